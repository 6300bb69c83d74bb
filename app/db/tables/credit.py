"""Credit: what a client paid and may use for the next visit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id


class CreditRow(Base):
    """The deposit of one cancelled booking, kept for its client. Used once, as a whole."""

    __tablename__ = "credit"

    id: Mapped[Id]
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_for_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)

    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"),)
