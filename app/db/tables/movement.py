"""Stripe's own books: every movement of the practice's balance there, as it was read. Rows are only added."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id


class StripeMovementRow(Base):
    """One balance transaction. `at` is Stripe's time; `source_id` the charge, refund, dispute or payout behind it.

    `fee_minor` was taken off on the way: `amount_minor - fee_minor` is what the balance changed by.
    """

    __tablename__ = "stripe_movement"

    id: Mapped[Id]
    movement_id: Mapped[str] = mapped_column(String(255), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40))
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    source_id: Mapped[str | None] = mapped_column(String(255), index=True)
