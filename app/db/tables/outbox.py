"""Work for later, written in the transaction of its cause, and what only a person can settle."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id


class OutboxRow(Base):
    """One thing to do once. `key` makes a repeated cause harmless; `failed_at` is the dead-letter mark.

    `booking_id` repeats the booking that the payload names. It is a note, no reference: work outlives a hold that is
    deleted.
    """

    __tablename__ = "outbox"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    booking_id: Mapped[int | None] = mapped_column(BigInteger)
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]

    __table_args__ = (
        Index(
            "ix_outbox_due",
            "run_at",
            sqlite_where=text("done_at IS NULL AND failed_at IS NULL"),
            postgresql_where=text("done_at IS NULL AND failed_at IS NULL"),
        ),
        # the letters of one booking; and those of none, by age
        Index("ix_outbox_booking", "booking_id", "done_at"),
        Index("ix_outbox_done", "done_at"),
        Index(
            "ix_outbox_failed",
            "failed_at",
            sqlite_where=text("failed_at IS NOT NULL"),
            postgresql_where=text("failed_at IS NOT NULL"),
        ),
    )


class StaffTaskRow(Base):
    """Something a person at the practice must look at. `key` keeps one cause from filling the list.

    `done_by` is who settled it; None when it settled itself, or by a command.
    """

    __tablename__ = "staff_task"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    message: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
