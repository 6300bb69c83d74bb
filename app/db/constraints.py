"""Constraint names become domain refusals here and nowhere else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from app.domain.refusals import Refusal, SlotTaken

#: What each database says when a cell is already someone's: PostgreSQL names the constraint, SQLite the columns.
_CELL_MARKS = (
    "pk_booking_cell",
    "pk_room_cell",
    "ex_booking_overlap",
    "ex_booking_room",
    "booking_cell.practitioner, booking_cell.starts_at",
    "room_cell.room, room_cell.starts_at",
)


def refusal_for(error: IntegrityError, *, wanted: datetime | None = None) -> Refusal | None:
    """The business reason behind a broken constraint, or None when it is a fault of ours.

    `wanted` is the start of the visit that was asked for, for the words of the refusal.
    """
    words = str(error.orig)
    if any(mark in words for mark in _CELL_MARKS):
        return SlotTaken(wanted)
    return None
