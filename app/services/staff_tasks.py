"""What only a person at the practice can settle."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.db.queries.upsert import insert_new, insert_or_update
from app.db.tables import StaffTaskRow


def add_task(session: Session, key: str, kind: str, booking_id: int | None, message: str, *, now: datetime) -> bool:
    """Put a task on the list inside the caller's unit of work; a cause that is on it already adds nothing."""
    return insert_new(session, StaffTaskRow, _values(key, kind, booking_id, message, now), key="key")


def put_task(session: Session, key: str, kind: str, message: str, *, now: datetime) -> None:
    """Put a task on the list, or open it again with these words: for what can come back after it was settled."""
    insert_or_update(session, StaffTaskRow, _values(key, kind, None, message, now) | {"done_at": None}, key="key")


def end_task(session: Session, key: str, *, now: datetime) -> None:
    """Take off the list what has settled itself."""
    over = update(StaffTaskRow).where(StaffTaskRow.key == key, StaffTaskRow.done_at.is_(None))
    session.execute(over.values(done_at=now))


def _values(key: str, kind: str, booking_id: int | None, message: str, now: datetime) -> dict[str, object]:
    return {"key": key[:120], "kind": kind, "booking_id": booking_id, "message": message[:300], "created_at": now}
