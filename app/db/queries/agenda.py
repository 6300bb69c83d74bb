"""What stands in the diary of some days, for the people who work there: a fixed number of queries for any of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session, defer

from app.db.queries.bookings import payable_ids
from app.db.queries.programmes import PAYS
from app.db.tables import BookingMoveRow, BookingRow, DepositRow, StaffTaskRow
from app.db.tables.booking import LIVE
from app.domain.availability import LONGEST_BUSY
from app.domain.spans import Span


def rows_touching(session: Session, window: Span, *, now: datetime) -> list[BookingRow]:
    """Visits, calls and holds that keep any time in `window`, in order of time; without holds that are over."""
    wanted = select(BookingRow).where(
        text(LIVE),
        BookingRow.busy_from.between(window.starts_at - LONGEST_BUSY, window.ends_at),  # what the index is ordered by
        BookingRow.busy_from < window.ends_at,
        BookingRow.busy_until > window.starts_at,
    )
    ordered = wanted.order_by(BookingRow.starts_at, BookingRow.id).options(defer(BookingRow.policy))
    rows = list(session.scalars(ordered))
    over = [row.id for row in rows if row.state == "held" and row.hold_until is not None and row.hold_until <= now]
    gone = set(over) - payable_ids(session, over)
    return [row for row in rows if row.id not in gone]


def cancelled_in(session: Session, window: Span) -> list[BookingRow]:
    """Visits and calls that would have begun in `window` and are cancelled, in order of time."""
    wanted = select(BookingRow).where(
        text("state = 'cancelled'"), BookingRow.starts_at >= window.starts_at, BookingRow.starts_at < window.ends_at
    )
    return list(session.scalars(wanted.order_by(BookingRow.starts_at, BookingRow.id).options(defer(BookingRow.policy))))


def moved_from(session: Session, window: Span) -> list[tuple[BookingMoveRow, BookingRow]]:
    """Visits and calls that stood in `window` and were moved, in order of that time; a time they came back to is not
    there, and one that they left twice is there once.
    """
    wanted = (
        select(BookingMoveRow, BookingRow)
        .join(BookingRow, BookingMoveRow.booking_id == BookingRow.id)
        .where(BookingMoveRow.starts_at >= window.starts_at, BookingMoveRow.starts_at < window.ends_at)
        .order_by(BookingMoveRow.starts_at, BookingMoveRow.id)
        .options(defer(BookingRow.policy))
    )
    left = {
        (row.id, move.starts_at, move.practitioner): (move, row)
        for move, row in session.execute(wanted)
        if (row.starts_at, row.practitioner) != (move.starts_at, move.practitioner)
    }
    return list(left.values())


def places_in_programmes(session: Session, rows: Sequence[BookingRow]) -> dict[int, tuple[int, int]]:
    """Which visit of how many each of `rows` is, by id, for those of a programme; cancelled visits are not counted."""
    programmes = {row.programme_id for row in rows if row.programme_id is not None}
    if not programmes:
        return {}
    wanted = select(BookingRow.id, BookingRow.programme_id).where(
        BookingRow.programme_id.in_(programmes), BookingRow.state.in_(("confirmed", "completed", "no_show"))
    )
    visits: dict[int | None, list[int]] = {}
    for booking_id, programme_id in session.execute(wanted.order_by(BookingRow.starts_at, BookingRow.id)):
        visits.setdefault(programme_id, []).append(booking_id)
    return {one: (number, len(ids)) for ids in visits.values() for number, one in enumerate(ids, 1)}


def open_tasks_of(session: Session, booking_ids: Sequence[int]) -> dict[int, list[StaffTaskRow]]:
    """What staff still have to do about these bookings, by booking, oldest first."""
    if not booking_ids:
        return {}
    wanted = select(StaffTaskRow).where(StaffTaskRow.booking_id.in_(booking_ids), StaffTaskRow.done_at.is_(None))
    found: dict[int, list[StaffTaskRow]] = {}
    for task in session.scalars(wanted.order_by(StaffTaskRow.created_at, StaffTaskRow.id)):
        found.setdefault(task.booking_id or 0, []).append(task)
    return found


def being_paid(session: Session, booking_ids: Sequence[int]) -> set[int]:
    """Those of these bookings whose payment was made and is not settled yet."""
    if not booking_ids:
        return set()
    paid_for = select(BookingRow.id).join(DepositRow, DepositRow.booking_id == PAYS)
    return set(session.scalars(paid_for.where(BookingRow.id.in_(booking_ids), DepositRow.state == "processing")))
