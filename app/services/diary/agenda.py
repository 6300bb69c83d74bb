"""The practice's own days: who comes when, and what is still to be done before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from app.db.queries.agenda import (
    being_paid,
    cancelled_in,
    moved_from,
    open_tasks_of,
    places_in_programmes,
    rows_touching,
)
from app.db.tables import BookingRow
from app.db.unit_of_work import reading
from app.domain.booking import State
from app.domain.call import CALL
from app.domain.spans import Span


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """A visit, call or hold as the day shows it. `at` is the visit, `busy` adds its buffers.

    `name` is who comes, `booked_by` whoever booked when that is someone else; a hold has neither, as it is nobody's
    visit yet. `place` is (2, 5) for the second of five visits of a programme. `tasks` are the kinds of what staff
    still have to do. `gate_open`: whoever comes has not answered the safety lists: they were given the visit,
    it was booked for them at the desk, or put back after a loss.
    """

    reference: str
    state: State
    at: Span
    busy: Span
    practitioner: str
    room: str | None
    treatment_name: str
    minutes: int
    by_phone: bool = False
    at_home: bool = False
    name: str | None = None
    booked_by: str | None = None
    with_guardian: bool = False
    first_visit: bool = False
    place: tuple[int, int] | None = None
    tasks: tuple[str, ...] = ()
    paying: bool = False
    gate_open: bool = False

    @property
    def held(self) -> bool:
        """Whether somebody is only about to book it."""
        return self.state == "held"


@dataclass(frozen=True, slots=True)
class OffEntry:
    """A visit or call that stood in the day of `practitioner` and takes place there no longer. Times are UTC.

    `starts_at` is when it would have begun, `off_at` when that was changed. One that was moved stands at `now_at` now,
    with `now_with`.
    """

    reference: str
    starts_at: datetime
    off_at: datetime
    practitioner: str
    treatment_name: str
    name: str | None
    now_at: datetime | None = None
    now_with: str | None = None

    @property
    def moved(self) -> bool:
        """Whether it takes place, or was to take place, at another time or with somebody else."""
        return self.now_at is not None


def read_off(window: Span) -> tuple[OffEntry, ...]:
    """What was to begin in `window` and was cancelled or moved away, in order of time: nobody need wait for them."""
    with reading() as session:
        off = [_off(row, row.starts_at, row.practitioner, row.cancelled_at) for row in cancelled_in(session, window)]
        for move, row in moved_from(session, window):
            left = _off(row, move.starts_at, move.practitioner, move.moved_at)
            off.append(replace(left, now_at=row.starts_at, now_with=row.practitioner))
        return tuple(sorted(off, key=lambda one: one.starts_at))


def _off(row: BookingRow, starts_at: datetime, practitioner: str, off_at: datetime | None) -> OffEntry:
    return OffEntry(
        reference=row.reference,
        starts_at=starts_at,
        off_at=off_at or row.updated_at,
        practitioner=practitioner,
        treatment_name=row.treatment_name,
        name=row.attendee_name or row.client_name,
    )


def read_agenda(window: Span, *, now: datetime) -> tuple[AgendaEntry, ...]:
    """All visits, calls and holds that keep any time in `window`, in order of time. Cancelled ones are not there."""
    with reading() as session:
        rows = rows_touching(session, window, now=now)
        ids = [row.id for row in rows]
        places, tasks = places_in_programmes(session, rows), open_tasks_of(session, ids)
        paying = being_paid(session, [row.id for row in rows if row.state == "held"])
        return tuple(
            _entry(row, places.get(row.id), tuple(task.kind for task in tasks.get(row.id, ())), row.id in paying)
            for row in rows
        )


def _entry(row: BookingRow, place: tuple[int, int] | None, tasks: tuple[str, ...], paying: bool) -> AgendaEntry:
    entry = AgendaEntry(
        reference=row.reference,
        state=row.state,  # type: ignore[arg-type]
        at=Span(row.starts_at, row.ends_at),
        busy=Span(row.busy_from, row.busy_until),
        practitioner=row.practitioner,
        room=row.room,
        treatment_name=row.treatment_name,
        minutes=row.minutes,
        by_phone=row.treatment == CALL,
        at_home=row.at_home,
        paying=paying,
    )
    if entry.held:
        return entry
    return replace(
        entry,
        name=row.attendee_name or row.client_name,
        booked_by=row.client_name if row.attendee_name else None,
        with_guardian=row.guardian_agreed_at is not None,
        first_visit=not (row.client_returning or entry.by_phone) and (place is None or place[0] == 1),
        place=place,
        tasks=tasks,
        gate_open=row.state == "confirmed" and row.gate_passed_at is None and not entry.by_phone,
    )
