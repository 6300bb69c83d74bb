"""Time off and extra hours: changes of the weekly hours for one person or everybody."""

from __future__ import annotations

from collections.abc import Sequence
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
from app.services.upkeep.staff_tasks import end_tasks_under, put_task

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


@dataclass(frozen=True, slots=True)
class Visit:
    """A booking or hold by its reference. `starts_at` is UTC, `practitioner` a slug."""

    reference: str
    starts_at: datetime
    practitioner: str


def add_time_off(
    practitioner: str | None,
    starts_at: datetime,
    ends_at: datetime,
    *,
    name: str | None = None,
    note: str | None = None,
    now: datetime,
    once: bool = False,
) -> TimeOff:
    """Offer no time of `practitioner` (None: of anyone) from `starts_at` up to `ends_at` (UTC).

    Nothing that is booked is lost: each booking or hold in that time becomes a task for staff, and is returned.
    The task says `name`, what the practitioner is called. With `once` the same time off again adds nothing: a form may
    be sent twice. Raises TimesOutOfOrder.
    """
    with unit_of_work() as session:
        lock_hours(session)  # a claim is either in before us, and found below, or it sees the time off
        row = _same(session, "off", practitioner, starts_at, ends_at) if once else None
        new = row is None
        row = row or _add(session, "off", practitioner, starts_at, ends_at, note, now=now)
        clashes = _bookings_in(session, practitioner, starts_at, ends_at)
        for booking in clashes if new else ():
            words = f"{booking.reference} falls on new time off of {name or practitioner or 'everybody'}."
            # put, not added: a database may give the number of a change that was removed again
            put_task(session, f"{_tasks_of(row.id)}{booking.id}", "diary.clash", words, now=now, booking_id=booking.id)
        return TimeOff(_planned(row), tuple(as_booking(session, booking) for booking in clashes))


def add_extra_hours(
    practitioner: str,
    starts_at: datetime,
    ends_at: datetime,
    *,
    note: str | None = None,
    now: datetime,
    once: bool = False,
) -> PlannedChange:
    """Offer time of `practitioner` from `starts_at` up to `ends_at` (UTC) beside the weekly hours.

    `once` as for time off. Raises TimesOutOfOrder.
    """
    with unit_of_work() as session:
        if once:
            lock_hours(session)
        row = _same(session, "extra", practitioner, starts_at, ends_at) if once else None
        return _planned(row or _add(session, "extra", practitioner, starts_at, ends_at, note, now=now))


def remove_change(change_id: int, *, now: datetime, by: int | None = None) -> PlannedChange:
    """Take a change back; the weekly hours count again. Raises DiaryChangeNotFound.

    Its open tasks are settled, by the staff account `by`: no visit is in the way any more.
    """
    with unit_of_work() as session:
        row = session.get(DiaryChangeRow, change_id, with_for_update=True)
        if row is None:
            raise DiaryChangeNotFound(change_id)
        planned = _planned(row)
        end_tasks_under(session, _tasks_of(row.id), now=now, by=by)
        session.delete(row)
        return planned


def find_visits_in(planned: Sequence[PlannedChange], *, now: datetime) -> dict[int, tuple[Visit, ...]]:
    """What is booked in each time off of `planned` and not over by `now`, in order of time, by number of the change."""
    off = [one for one in planned if one.change.kind == "off"]
    spans = [one.change.span for one in off]
    if not off:
        return {}
    start, end = max(now, min(span.starts_at for span in spans)), max(span.ends_at for span in spans)
    with reading() as session:
        visits = [
            (Visit(row.reference, row.starts_at, row.practitioner), Span(row.starts_at, row.ends_at))
            for row in _bookings_in(session, None, start, end)
        ]
    return {
        one.id: tuple(
            visit
            for visit, span in visits
            if one.change.practitioner in (None, visit.practitioner) and span.overlaps(one.change.span)
        )
        for one in off
    }


def list_changes(window: Span) -> list[PlannedChange]:
    """The changes that touch `window`, in order of time."""
    with reading() as session:
        wanted = (
            select(DiaryChangeRow)
            .where(DiaryChangeRow.ends_at > window.starts_at, DiaryChangeRow.starts_at < window.ends_at)
            .order_by(DiaryChangeRow.starts_at, DiaryChangeRow.id)
        )
        return [_planned(row) for row in session.scalars(wanted)]


def _tasks_of(change_id: int) -> str:
    return f"time_off:{change_id}:"


def _same(
    session: Session, kind: Kind, practitioner: str | None, starts_at: datetime, ends_at: datetime
) -> DiaryChangeRow | None:
    """The change that was entered alike, if one was."""
    wanted = select(DiaryChangeRow).where(
        DiaryChangeRow.kind == kind,
        DiaryChangeRow.practitioner == practitioner,
        DiaryChangeRow.starts_at == starts_at,
        DiaryChangeRow.ends_at == ends_at,
    )
    return session.scalars(wanted.order_by(DiaryChangeRow.id).limit(1)).first()


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
