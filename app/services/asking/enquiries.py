"""Questions of people who have not booked: kept encrypted, answered by mail, forgotten after a year."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.queries.upsert import insert_new
from app.db.tables import EnquiryMessageRow, EnquiryRow, StaffRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.enquiry import Enquiry, enquiry_as_answers, enquiry_from_answers
from app.domain.refusals import EnquiryMovedOn, EnquiryNotFound
from app.domain.retention import enquiry_until
from app.services.upkeep.outbox import enqueue


@dataclass(frozen=True, slots=True)
class Said:
    """One message about a question. `ours`: the practice wrote it. `by` names who of its people sent or kept it."""

    at: datetime
    ours: bool
    words: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A question, who asked it, what was written since, and when all of it is deleted.

    `settled_at` and `settled_by` tell when, and whose name, said that nobody need answer.
    """

    number: int
    asked_at: datetime
    delete_after: datetime
    enquiry: Enquiry
    said: tuple[Said, ...]
    settled_at: datetime | None = None
    settled_by: str | None = None

    @property
    def waits(self) -> bool:
        """Whether the last word is not the practice's, and nobody settled it otherwise."""
        return self.settled_at is None and (not self.said or not self.said[-1].ours)


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


def answer_enquiry(number: int, words: str, *, now: datetime, by: int | None = None, seen: int | None = None) -> None:
    """Send what the practice answers by mail, and keep it with the question, as written by the staff account `by`.

    The same words again within the hour are sent once. `seen` is how many messages the writer has read: with others
    since then nothing is sent. Raises EnquiryNotFound, EnquiryMovedOn.
    """
    with unit_of_work() as session:
        _lock(session, number)
        if _is_written(session, number, "practice", words, seen):
            return
        said = EnquiryMessageRow(enquiry_id=number, sender="practice", words=words, created_at=now, written_by=by)
        digest = hashlib.sha256(words.encode()).hexdigest()[:16]
        session.add(said)
        session.flush()
        work = {"enquiry": number, "message": said.id}
        if not enqueue(session, f"mail:answer:{number}:{digest}:{now:%Y%m%d%H}", "mail.enquiry_answer", work, now):
            session.delete(said)


def keep_reply(number: int, words: str, *, now: datetime, by: int | None = None, seen: int | None = None) -> None:
    """Keep with the question what the client wrote back, which arrived in the practice's mailbox: it waits again.

    `by` and `seen` as in `answer_enquiry`. Raises EnquiryNotFound, EnquiryMovedOn.
    """
    with unit_of_work() as session:
        row = _lock(session, number)
        if _is_written(session, number, "client", words, seen):
            return
        kept = EnquiryMessageRow(enquiry_id=number, sender="client", words=words, created_at=now, written_by=by)
        session.add(kept)
        row.settled_at = row.settled_by = None


def settle_enquiry(number: int, *, now: datetime, by: int | None = None) -> bool:
    """Note that nobody need answer (any more); False when that was noted before. Raises EnquiryNotFound."""
    with unit_of_work() as session:
        row = _lock(session, number)
        if row.settled_at is not None:
            return False
        row.settled_at, row.settled_by = now, by
        return True


def read_thread(number: int) -> Thread:
    """The question with everything that was written about it, in order. Raises EnquiryNotFound."""
    with reading() as session:
        row = session.get(EnquiryRow, number)
        if row is None:
            raise EnquiryNotFound
        return _thread(session, row)


def list_enquiries() -> list[Thread]:
    """All questions that are kept, the newest first."""
    with reading() as session:
        return [_thread(session, row) for row in session.scalars(select(EnquiryRow).order_by(EnquiryRow.id.desc()))]


def find_answer(message_id: int) -> str | None:
    """The words of one answer; None once they are forgotten."""
    with reading() as session:
        row = session.get(EnquiryMessageRow, message_id)
        return None if row is None else str(row.words)


def _lock(session: Session, number: int) -> EnquiryRow:
    row = session.get(EnquiryRow, number, with_for_update=True, populate_existing=True)
    if row is None:
        raise EnquiryNotFound
    return row


def _is_written(session: Session, number: int, sender: str, words: str, seen: int | None) -> bool:
    """Whether a form that was sent twice wrote just this a moment ago. Raises EnquiryMovedOn for anything else new."""
    if seen is None:
        return False
    wanted = select(EnquiryMessageRow).where(EnquiryMessageRow.enquiry_id == number).order_by(EnquiryMessageRow.id)
    rows = list(session.scalars(wanted))
    if len(rows) == seen:
        return False
    if rows and (rows[-1].sender, rows[-1].words) == (sender, words):
        return True
    raise EnquiryMovedOn


def _thread(session: Session, row: EnquiryRow) -> Thread:
    wanted = (
        select(EnquiryMessageRow, StaffRow.name)
        .outerjoin(StaffRow, EnquiryMessageRow.written_by == StaffRow.id)
        .where(EnquiryMessageRow.enquiry_id == row.id)
        .order_by(EnquiryMessageRow.id)
    )
    said = [Said(m.created_at, m.sender == "practice", str(m.words), name) for m, name in session.execute(wanted)]
    settler = session.get(StaffRow, row.settled_by) if row.settled_by is not None else None
    return Thread(
        row.id,
        row.created_at,
        row.delete_after,
        enquiry_from_answers(row.answers),
        tuple(said),
        row.settled_at,
        settler.name if settler else None,
    )


def forget_old_enquiries(*, now: datetime) -> int:
    """Delete every question past its last day; returns how many."""
    with unit_of_work() as session:
        done = session.execute(delete(EnquiryRow).where(EnquiryRow.delete_after < now))
        return int(done.rowcount)  # type: ignore[attr-defined]
