"""The bookings that keep time in a window, read from one covering index."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db.queries.bookings import payable_ids
from app.db.tables import BookingRow, DiaryChangeRow
from app.db.tables.booking import LIVE
from app.domain.diary import Diary, DiaryChange, Taken
from app.domain.spans import Span


def read_diary(session: Session, window: Span, *, now: datetime, own_booking: int | None = None) -> Diary:
    """Every live booking that begins to keep time in `window`, whoever its practitioner is; `own_booking` left out.

    Live: confirmed, completed or missed; or held while the hold runs; or held while a deposit can still be paid.
    One indexed query; a second one only when there are holds that ran out.
    """
    wanted = (
        select(
            BookingRow.id,
            BookingRow.practitioner,
            BookingRow.busy_from,
            BookingRow.busy_until,
            BookingRow.minutes,
            BookingRow.room,
            BookingRow.state,
            BookingRow.hold_until,
        )
        .where(text(LIVE), BookingRow.busy_from >= window.starts_at, BookingRow.busy_from < window.ends_at)
        .order_by(BookingRow.busy_from)
    )
    rows = [row for row in session.execute(wanted) if row.id != own_booking]
    over = [row.id for row in rows if row.state == "held" and row.hold_until <= now]
    gone = set(over) - payable_ids(session, over)
    return Diary(
        taken=tuple(
            Taken(row.practitioner, Span(row.busy_from, row.busy_until), row.minutes, row.room)
            for row in rows
            if row.id not in gone
        ),
        changes=_changes(session, window),
    )


def _changes(session: Session, window: Span) -> tuple[DiaryChange, ...]:
    """Time off and extra hours that touch `window`."""
    wanted = (
        select(DiaryChangeRow)
        .where(DiaryChangeRow.ends_at > window.starts_at, DiaryChangeRow.starts_at < window.ends_at)
        .order_by(DiaryChangeRow.id)
    )
    return tuple(
        DiaryChange(row.kind, Span(row.starts_at, row.ends_at), row.practitioner)  # type: ignore[arg-type]
        for row in session.scalars(wanted)
    )
