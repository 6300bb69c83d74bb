"""Mails that say what has changed about somebody's account, so that whoever did not do it knows at once."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from app.db.queries.staff import locked_staff
from app.db.unit_of_work import reading
from app.domain.staff import Staff
from app.services.staff.sittings import as_staff
from app.services.upkeep.outbox import enqueue


def tell_changed(session: Session, staff_id: int, what: Literal["password", "phone"], *, now: datetime) -> None:
    """Have a mail sent, inside the caller's unit of work, that says what has changed."""
    key = f"staff_changed:{staff_id}:{what}:{now:%Y%m%d%H%M%S}"
    enqueue(session, key, "mail.staff_changed", {"staff": staff_id, "what": what}, now)


def find_person(staff_id: int) -> Staff | None:
    """The person of this number who is still there, for whoever writes to them."""
    with reading() as session:
        row = locked_staff(session, staff_id)
        return as_staff(row) if row is not None else None
