"""A booking as the people of the practice see it: with its place, its money, and what is still to be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.db.queries.agenda import being_paid, open_tasks_of, places_in_programmes
from app.db.queries.bookings import get_by_reference
from app.db.queries.clients import count_missed
from app.db.tables import BookingReasonRow
from app.db.unit_of_work import reading
from app.domain.call import CALL
from app.domain.policy import missed_from, missed_since
from app.domain.policy_snapshot import from_snapshot


@dataclass(frozen=True, slots=True)
class Task:
    """Something that staff still have to do about it."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """What the desk knows of a booking beside the booking itself (`manage.letters.LetterFacts`). Times are UTC.

    `missed_from` is when nobody's coming counts as missed; `missed_others` how many other visits were missed by this
    client within the months that count. `answered`: there is something the client said about their health.
    """

    room: str | None
    at_home: bool
    made_at: datetime
    changed_at: datetime
    missed_from: datetime
    missed_others: int
    place: tuple[int, int] | None
    tasks: tuple[Task, ...]
    paying: bool
    answered: bool
    gate_version: str | None


def read_desk_facts(reference: str, *, now: datetime) -> DeskFacts:
    """Everything above, read in one go. Raises BookingNotFound."""
    with reading() as session:
        row = get_by_reference(session, reference)
        policy = from_snapshot(row.policy)
        email, since = row.client_email, missed_since(policy, now)
        itself = row.state == "no_show" and row.starts_at >= since and row.treatment != CALL
        return DeskFacts(
            room=row.room,
            at_home=row.at_home,
            made_at=row.created_at,
            changed_at=row.updated_at,
            missed_from=missed_from(policy, row.starts_at, row.ends_at),
            missed_others=count_missed(session, email, since=since) - itself if email else 0,
            place=places_in_programmes(session, [row]).get(row.id),
            tasks=tuple(Task(task.kind, task.message) for task in open_tasks_of(session, [row.id]).get(row.id, ())),
            paying=row.id in being_paid(session, [row.id]),
            answered=session.get(BookingReasonRow, row.id) is not None,
            gate_version=row.gate_version,
        )
