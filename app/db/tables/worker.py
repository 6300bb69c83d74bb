"""What the worker did last, so that every process can tell whether it is alive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id


class MoneyAuditRow(Base):
    """One comparison of the ledger with the payment provider: how much was checked, and what was not the same."""

    __tablename__ = "money_audit"

    id: Mapped[Id]
    run_at: Mapped[datetime]
    checked: Mapped[int]
    differences: Mapped[int]


class WorkerStepRow(Base):
    """One kind of work: when it was last tried and last done, and how often it has failed since."""

    __tablename__ = "worker_step"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    tried_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(200))
