"""The practice's own days: who comes when, and what is still to be done before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from app.db.queries.agenda import being_paid, open_tasks_of, places_in_programmes, rows_touching
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
    still have to do. `gate_open`: whoever comes was given the visit and has not answered the safety lists.
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
        gate_open=row.state == "confirmed" and row.handed_at is not None and row.gate_passed_at is None,
    )
