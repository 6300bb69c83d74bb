"""Changes of the weekly hours: time off and extra hours of one person, or of everybody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id


class DiaryChangeRow(Base):
    """Extra hours, or time off, from `starts_at` up to `ends_at`. Without a practitioner it is for everybody."""

    __tablename__ = "diary_change"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(8))
    practitioner: Mapped[str | None] = mapped_column(String(80))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('extra', 'off')", name="known_kind"),
        CheckConstraint("starts_at < ends_at", name="times_in_order"),
        Index("ix_diary_change_ends_at", "ends_at"),
    )
