"""Programmes: several visits that were booked in one go."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Slug


class ProgrammeRow(Base):
    """The terms under which the visits of one programme were sold; its visits are bookings that name it.

    `slug` is that of the text that declared it, `visits` how many there were, `price_minor` what they cost together.
    """

    __tablename__ = "programme"

    id: Mapped[Id]
    slug: Mapped[Slug]
    title: Mapped[str] = mapped_column(String(120))
    visits: Mapped[int]
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    min_days: Mapped[int]
    max_days: Mapped[int]
    valid_until: Mapped[date]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("visits >= 2 AND price_minor >= 0", name="several"),
        CheckConstraint("1 <= min_days AND min_days <= max_days", name="spacing"),
    )
