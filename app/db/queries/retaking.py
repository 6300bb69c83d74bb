"""Taking a time again that was given back: for a payment that arrives after its hold was given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.constraints import refusal_for
from app.db.queries.bookings import add_cells, lock_diaries, release_stale, set_state
from app.db.tables import BookingRow


def retake(session: Session, rows: Sequence[BookingRow], *, now: datetime) -> bool:
    """Confirm released bookings by taking their own times again, all of them. False, and nothing changed, when one
    is someone's.

    `rows` must be locked. They are one booking, or the visits of a programme.
    """
    lock_diaries(session, [(row.practitioner, row.room) for row in rows])
    for row in rows:
        release_stale(session, row.practitioner, row.room, row.busy_from, row.busy_until, now=now)
    try:
        with session.begin_nested():
            for row in rows:
                add_cells(session, row)
                set_state(row, "confirmed", now=now)
            session.flush()
    except IntegrityError as error:
        if refusal_for(error) is None:
            raise
        for row in rows:
            session.refresh(row)
        return False
    return True
