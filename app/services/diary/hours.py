"""Time off and extra hours: changes of the weekly hours for one person or everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db.queries.bookings import as_booking, lock_hours
from app.db.tables import BookingRow, DiaryChangeRow
from app.db.tables.booking import LIVE
from app.db.unit_of_work import reading, unit_of_work
from app.domain.availability import LONGEST_BUSY
from app.domain.booking import Booking
from app.domain.diary import DiaryChange
from app.domain.refusals import DiaryChangeNotFound, TimesOutOfOrder
from app.domain.spans import Span
from app.services.upkeep.staff_tasks import add_task

Kind = Literal["extra", "off"]


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change as stored, with the note staff gave it."""

    id: int
    change: DiaryChange
    note: str | None


@dataclass(frozen=True, slots=True)
class TimeOff:
    """Time off that was entered, and the bookings it falls on: those stay until someone moves or cancels them."""

    planned: PlannedChange
    clashes: tuple[Booking, ...]


def add_time_off(
    practitioner: str | None, starts_at: datetime, ends_at: datetime, *, note: str | None = None, now: datetime
) -> TimeOff:
    """Offer no time of `practitioner` (None: of anyone) from `starts_at` up to `ends_at` (UTC).

    Nothing that is booked is lost: each booking or hold in that time becomes a task for staff, and is returned.
    Raises TimesOutOfOrder.
    """
    with unit_of_work() as session:
        lock_hours(session)  # a claim is either in before us, and found below, or it sees the time off
        row = _add(session, "off", practitioner, starts_at, ends_at, note, now=now)
        clashes = _bookings_in(session, practitioner, starts_at, ends_at)
        for booking in clashes:
            words = f"{booking.reference} falls on new time off of {practitioner or 'everybody'}."
            add_task(session, f"time_off:{row.id}:{booking.id}", "diary.clash", booking.id, words, now=now)
        return TimeOff(_planned(row), tuple(as_booking(session, booking) for booking in clashes))


def add_extra_hours(
    practitioner: str, starts_at: datetime, ends_at: datetime, *, note: str | None = None, now: datetime
) -> PlannedChange:
    """Offer time of `practitioner` from `starts_at` up to `ends_at` (UTC) beside the weekly hours.

    Raises TimesOutOfOrder.
    """
    with unit_of_work() as session:
        return _planned(_add(session, "extra", practitioner, starts_at, ends_at, note, now=now))


def remove_change(change_id: int) -> PlannedChange:
    """Take a change back; the weekly hours count again. Raises DiaryChangeNotFound."""
    with unit_of_work() as session:
        row = session.get(DiaryChangeRow, change_id)
        if row is None:
            raise DiaryChangeNotFound(change_id)
        planned = _planned(row)
        session.delete(row)
        return planned


def list_changes(window: Span) -> list[PlannedChange]:
    """The changes that touch `window`, in order of time."""
    with reading() as session:
        wanted = (
            select(DiaryChangeRow)
            .where(DiaryChangeRow.ends_at > window.starts_at, DiaryChangeRow.starts_at < window.ends_at)
            .order_by(DiaryChangeRow.starts_at, DiaryChangeRow.id)
        )
        return [_planned(row) for row in session.scalars(wanted)]


def _add(
    session: Session,
    kind: Kind,
    practitioner: str | None,
    starts_at: datetime,
    ends_at: datetime,
    note: str | None,
    *,
    now: datetime,
) -> DiaryChangeRow:
    if ends_at <= starts_at:
        raise TimesOutOfOrder
    row = DiaryChangeRow(
        kind=kind, practitioner=practitioner, starts_at=starts_at, ends_at=ends_at, note=note, created_at=now
    )
    session.add(row)
    session.flush()
    return row


def _bookings_in(session: Session, practitioner: str | None, start: datetime, end: datetime) -> list[BookingRow]:
    """Bookings and holds whose visit overlaps start..end; buffers may reach into time off."""
    wanted = select(BookingRow).where(
        text(LIVE),
        BookingRow.state.in_(("held", "confirmed")),
        BookingRow.busy_from.between(start - LONGEST_BUSY, end),  # what the index is ordered by
        BookingRow.starts_at < end,
        BookingRow.ends_at > start,
    )
    if practitioner is not None:
        wanted = wanted.where(BookingRow.practitioner == practitioner)
    return list(session.scalars(wanted.order_by(BookingRow.starts_at, BookingRow.id)))


def _planned(row: DiaryChangeRow) -> PlannedChange:
    span = Span(row.starts_at, row.ends_at)
    return PlannedChange(row.id, DiaryChange(row.kind, span, row.practitioner), row.note)  # type: ignore[arg-type]
