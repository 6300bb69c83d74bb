"""What keeps time in a window: live bookings, read from one covering index, and changes of the weekly hours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from app.db.queries.bookings import payable_ids
from app.db.tables import BookingRow, DiaryChangeRow
from app.db.tables.booking import LIVE
from app.domain.diary import Diary, DiaryChange, Taken
from app.domain.spans import Span

_LIVE = text(LIVE)


def read_diary(session: Session, window: Span, *, now: datetime, own_booking: int | None = None) -> Diary:
    """Every live booking that begins to keep time in `window`, of everybody; `own_booking` is left out.

    Live: confirmed, completed or missed; or held while the hold runs; or held while a deposit can still be paid.
    One indexed query whatever the number of people and days; one more only when there are holds that ran out.
    """
    rows = [row for row in session.execute(live_bookings(window)) if row.id != own_booking]
    over = [row.id for row in rows if row.state == "held" and row.hold_until <= now]
    gone = set(over) - payable_ids(session, over)
    return Diary(
        taken=tuple(
            Taken(row.practitioner, Span(row.busy_from, row.busy_until), row.minutes, row.room)
            for row in rows
            if row.id not in gone
        ),
        changes=_read_changes(session, window),
    )


def live_bookings(window: Span) -> Select:
    """The query of `read_diary`: all its columns are in `ix_booking_live`, so no row of the table is touched."""
    return (
        select(
            BookingRow.id,
            BookingRow.practitioner,
            BookingRow.room,
            BookingRow.busy_from,
            BookingRow.busy_until,
            BookingRow.minutes,
            BookingRow.state,
            BookingRow.hold_until,
        )
        .where(_LIVE, BookingRow.busy_from >= window.starts_at, BookingRow.busy_from < window.ends_at)
        .order_by(BookingRow.busy_from)
    )


def _read_changes(session: Session, window: Span) -> tuple[DiaryChange, ...]:
    wanted = (
        select(DiaryChangeRow.kind, DiaryChangeRow.practitioner, DiaryChangeRow.starts_at, DiaryChangeRow.ends_at)
        .where(DiaryChangeRow.ends_at > window.starts_at, DiaryChangeRow.starts_at < window.ends_at)
        .order_by(DiaryChangeRow.starts_at, DiaryChangeRow.id)
    )
    return tuple(
        DiaryChange(row.kind, Span(row.starts_at, row.ends_at), row.practitioner) for row in session.execute(wanted)
    )
