"""What only a person at the practice can settle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.queries.upsert import insert_new, insert_or_update
from app.db.tables import BookingRow, StaffTaskRow
from app.db.unit_of_work import reading, unit_of_work


def add_task(session: Session, key: str, kind: str, booking_id: int | None, message: str, *, now: datetime) -> bool:
    """Put a task on the list inside the caller's unit of work; a cause that is on it already adds nothing."""
    return insert_new(session, StaffTaskRow, _values(key, kind, booking_id, message, now), key="key")


def put_task(
    session: Session, key: str, kind: str, message: str, *, now: datetime, booking_id: int | None = None
) -> None:
    """Put a task on the list, or open it again with these words: for what can come back after it was settled."""
    values = _values(key, kind, booking_id, message, now) | {"done_at": None}
    insert_or_update(session, StaffTaskRow, values, key="key")


def reword_task(session: Session, key: str, message: str) -> None:
    """Change what an open task says; one that is settled, or was never put, stays as it is."""
    waiting = update(StaffTaskRow).where(StaffTaskRow.key == key, StaffTaskRow.done_at.is_(None))
    session.execute(waiting.values(message=message[:300]))


def end_task(session: Session, key: str, *, now: datetime) -> None:
    """Take off the list what has settled itself."""
    over = update(StaffTaskRow).where(StaffTaskRow.key == key, StaffTaskRow.done_at.is_(None))
    session.execute(over.values(done_at=now))


def end_tasks_of(session: Session, booking_id: int, *kinds: str, now: datetime) -> None:
    """The same for everything of these kinds about one booking."""
    over = update(StaffTaskRow).where(StaffTaskRow.booking_id == booking_id, StaffTaskRow.kind.in_(kinds))
    session.execute(over.where(StaffTaskRow.done_at.is_(None)).values(done_at=now))


def _values(key: str, kind: str, booking_id: int | None, message: str, now: datetime) -> dict[str, object]:
    return {"key": key[:120], "kind": kind, "booking_id": booking_id, "message": message[:300], "created_at": now}


@dataclass(frozen=True, slots=True)
class StaffTask:
    """One thing for a person. `booking` is a reference, when it is about one."""

    id: int
    kind: str
    message: str
    booking: str | None
    created_at: datetime


def open_tasks() -> list[StaffTask]:
    """What is not settled yet, oldest first."""
    with reading() as session:
        wanted = (
            select(StaffTaskRow, BookingRow.reference)
            .outerjoin(BookingRow, StaffTaskRow.booking_id == BookingRow.id)
            .where(StaffTaskRow.done_at.is_(None))
            .order_by(StaffTaskRow.created_at, StaffTaskRow.id)
        )
        return [
            StaffTask(row.id, row.kind, row.message, reference, row.created_at)
            for row, reference in session.execute(wanted)
        ]


def settle_task(task_id: int, *, now: datetime) -> bool:
    """Take a task off the list; False when it is not on it."""
    with unit_of_work() as session:
        row = session.get(StaffTaskRow, task_id, with_for_update=True)
        if row is None or row.done_at is not None:
            return False
        row.done_at = now
        return True
