"""Questions of people who have not booked: kept encrypted, answered by mail, forgotten after a year."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from app.db.queries.upsert import insert_new
from app.db.tables import EnquiryRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.enquiry import Enquiry, enquiry_as_answers, enquiry_from_answers
from app.domain.retention import enquiry_until
from app.services.outbox import enqueue


def ask(enquiry: Enquiry, *, key: str, now: datetime) -> bool:
    """Keep the question, and have it sent to the practice and its arrival to the sender; whether it is new.

    `key` (at most 64 characters) is the same for a form that was sent twice: the second one changes nothing.
    """
    values = {
        "key": key,
        "answers": enquiry_as_answers(enquiry),
        "created_at": now,
        "delete_after": enquiry_until(now),
    }
    with unit_of_work() as session:
        if not insert_new(session, EnquiryRow, values, key="key"):
            return False
        number = session.scalars(select(EnquiryRow.id).where(EnquiryRow.key == key)).one()
        for kind in ("enquiry_note", "enquiry_received"):
            enqueue(session, f"mail:{kind}:{number}", f"mail.{kind}", {"enquiry": number}, now)
        return True


def find_enquiry(number: int) -> Enquiry | None:
    """The question with that number; None once it is forgotten."""
    with reading() as session:
        row = session.get(EnquiryRow, number)
        return None if row is None else enquiry_from_answers(row.answers)


def forget_old_enquiries(*, now: datetime) -> int:
    """Delete every question past its last day; returns how many."""
    with unit_of_work() as session:
        done = session.execute(delete(EnquiryRow).where(EnquiryRow.delete_after < now))
        return int(done.rowcount)  # type: ignore[attr-defined]
