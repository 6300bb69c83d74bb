"""What only a person at the practice can settle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db.queries.upsert import insert_new, insert_or_update
from app.db.tables import BookingRow, OutboxRow, StaffRow, StaffTaskRow
from app.db.unit_of_work import reading, unit_of_work

#: How the keys of tasks about work that was given up begin; the key of the work follows.
WORK = "outbox:"
#: Databases limit how many values one statement may hold.
MOST_KEYS = 500


def add_task(session: Session, key: str, kind: str, booking_id: int | None, message: str, *, now: datetime) -> bool:
    """Put a task on the list inside the caller's unit of work; a cause that is on it already adds nothing."""
    return insert_new(session, StaffTaskRow, _values(key, kind, booking_id, message, now), key="key")


def put_task(
    session: Session, key: str, kind: str, message: str, *, now: datetime, booking_id: int | None = None
) -> None:
    """Put a task on the list, or open it again with these words: for what can come back after it was settled."""
    values = _values(key, kind, booking_id, message, now) | {"done_at": None, "done_by": None}
    insert_or_update(session, StaffTaskRow, values, key="key")


def reword_task(session: Session, key: str, message: str) -> None:
    """Change what an open task says; one that is settled, or was never put, stays as it is."""
    waiting = update(StaffTaskRow).where(StaffTaskRow.key == key, StaffTaskRow.done_at.is_(None))
    session.execute(waiting.values(message=message[:300]))


def end_task(session: Session, key: str, *, now: datetime, by: int | None = None) -> None:
    """Take off the list what has settled itself, or what `by` settled elsewhere."""
    over = update(StaffTaskRow).where(StaffTaskRow.key == key, StaffTaskRow.done_at.is_(None))
    session.execute(over.values(done_at=now, done_by=by))


def end_tasks_under(session: Session, start: str, *, now: datetime, by: int | None = None) -> None:
    """The same for everything whose key begins with `start`."""
    over = update(StaffTaskRow).where(StaffTaskRow.key.startswith(start, autoescape=True))
    session.execute(over.where(StaffTaskRow.done_at.is_(None)).values(done_at=now, done_by=by))


def end_tasks_of(session: Session, booking_id: int, *kinds: str, now: datetime) -> None:
    """The same for everything of these kinds about one booking."""
    over = update(StaffTaskRow).where(StaffTaskRow.booking_id == booking_id, StaffTaskRow.kind.in_(kinds))
    session.execute(over.where(StaffTaskRow.done_at.is_(None)).values(done_at=now))


def _values(key: str, kind: str, booking_id: int | None, message: str, now: datetime) -> dict[str, object]:
    return {"key": key[:120], "kind": kind, "booking_id": booking_id, "message": message[:300], "created_at": now}


@dataclass(frozen=True, slots=True)
class StaffTask:
    """One thing for a person. `booking` is a reference, when it is about one. `work` is the kind of what was given up,
    and `error` why, while it can be tried again. `done_by` is a name, None when it settled itself.
    """

    id: int
    kind: str
    message: str
    booking: str | None
    created_at: datetime
    done_at: datetime | None = None
    done_by: str | None = None
    work: str | None = None
    error: str | None = None


def open_tasks() -> list[StaffTask]:
    """What is not settled yet, oldest first."""
    with reading() as session:
        return _tasks(session, StaffTaskRow.done_at.is_(None), StaffTaskRow.created_at, StaffTaskRow.id)


def count_open_tasks() -> int:
    """How many there are."""
    with reading() as session:
        return session.scalar(select(func.count()).where(StaffTaskRow.done_at.is_(None))) or 0


def settled_tasks(*, since: datetime, most: int) -> list[StaffTask]:
    """Up to `most` that were settled after `since`, the last one first."""
    newest = (StaffTaskRow.done_at.desc(), StaffTaskRow.id.desc())
    with reading() as session:
        return _tasks(session, StaffTaskRow.done_at > since, *newest, most=most)


def _tasks(session: Session, condition: Any, *order: Any, most: int | None = None) -> list[StaffTask]:
    wanted = (
        select(StaffTaskRow, BookingRow.reference, StaffRow.name)
        .outerjoin(BookingRow, StaffTaskRow.booking_id == BookingRow.id)
        .outerjoin(StaffRow, StaffTaskRow.done_by == StaffRow.id)
        .where(condition)
        .order_by(*order)
        .limit(most)
    )
    rows = [(row, reference, name) for row, reference, name in session.execute(wanted)]
    keys = [row.key.removeprefix(WORK) for row, _, _ in rows if row.key.startswith(WORK) and row.done_at is None]
    given_up = select(OutboxRow).where(OutboxRow.key.in_(keys[:MOST_KEYS]), OutboxRow.failed_at.is_not(None))
    works = {WORK + work.key: work for work in session.scalars(given_up)} if keys else {}
    return [
        StaffTask(
            id=row.id,
            kind=row.kind,
            message=row.message,
            booking=reference,
            created_at=row.created_at,
            done_at=row.done_at,
            done_by=name,
            work=works[row.key].kind if row.key in works else None,
            error=works[row.key].error if row.key in works else None,
        )
        for row, reference, name in rows
    ]


def settle_task(task_id: int, *, now: datetime, by: int | None = None) -> bool:
    """Take a task off the list; False when it is not on it. `by` is the id of whoever settled it."""
    with unit_of_work() as session:
        row = session.get(StaffTaskRow, task_id, with_for_update=True)
        if row is None or row.done_at is not None:
            return False
        row.done_at, row.done_by = now, by
        return True


def reopen_task(task_id: int) -> bool:
    """Put a settled task back on the list; False when there is none."""
    with unit_of_work() as session:
        row = session.get(StaffTaskRow, task_id, with_for_update=True)
        if row is None or row.done_at is None:
            return False
        row.done_at = row.done_by = None
        return True


def try_work_again(task_id: int, *, now: datetime, by: int | None = None) -> bool:
    """Have the worker do once more what was given up, and take its task off the list.

    False when the task is not on the list, or nothing that was given up stands behind it.
    """
    with unit_of_work() as session:
        task = session.get(StaffTaskRow, task_id, with_for_update=True)
        if task is None or task.done_at is not None or not task.key.startswith(WORK):
            return False
        wanted = select(OutboxRow).where(OutboxRow.key == task.key.removeprefix(WORK), OutboxRow.failed_at.is_not(None))
        work = session.scalars(wanted.with_for_update()).one_or_none()
        if work is None:
            return False
        work.failed_at, work.attempts, work.run_at, work.error = None, 0, now, None
        task.done_at, task.done_by = now, by
        return True
