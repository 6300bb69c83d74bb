"""What only a person at the practice can settle."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.queries.upsert import insert_new
from app.db.tables import StaffTaskRow


def add_task(session: Session, key: str, kind: str, booking_id: int | None, message: str, *, now: datetime) -> bool:
    """Put a task on the list inside the caller's unit of work; a cause that is on it already adds nothing."""
    values = {"key": key[:120], "kind": kind, "booking_id": booking_id, "message": message[:300], "created_at": now}
    return insert_new(session, StaffTaskRow, values, key="key")
