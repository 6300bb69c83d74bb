"""Deleting what is kept of a client because they ask for it: their health answers, or everything that names them.

What was paid stays, as a payment of nobody: the books must add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.db.queries.bookings import get_by_reference, get_locked
from app.db.queries.ledger import credit_of
from app.db.queries.programmes import raise_links
from app.db.tables import BookingReasonRow, BookingRow, DraftRow, EnquiryRow, LedgerEntryRow, WaitlistEntryRow
from app.db.unit_of_work import unit_of_work
from app.domain.ledger import owner_of
from app.domain.refusals import ClientNeeded

#: What stands in place of the name of a client who was forgotten.
NOBODY = "Somebody who was forgotten"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many bookings, questions and places in the waiting list named nobody any more, or went."""

    bookings: int
    questions: int
    waiting: int


def forget_answers(reference: str) -> bool:
    """Delete what the client of a booking said about their health; whether there was anything.

    Raises BookingNotFound.
    """
    with unit_of_work() as session:
        row = get_locked(session, get_by_reference(session, reference).id)
        was_there = row.reason is not None
        row.reason = None
        return was_there


def forget_client(email: str, *, now: datetime) -> Forgotten:
    """Delete everything that names the client with this address, and what they said about their health.

    Their bookings and payments stay without a person, and links to them lead nowhere. Raises ClientNeeded while
    something is not over: a visit ahead, a time that is held or being paid, or credit.
    """
    owner = owner_of(email)
    with unit_of_work() as session:
        mine = select(BookingRow).where(BookingRow.client_owner == owner).order_by(BookingRow.id).with_for_update()
        rows = list(session.scalars(mine, execution_options={"populate_existing": True}))
        _check_over(session, rows, owner, now=now)
        for row in rows:
            _forget(session, row)
        if rows:  # the sums of an address stay what they are
            whose = LedgerEntryRow.owner == owner
            session.execute(update(LedgerEntryRow).where(whose).values(owner=_address(rows[0])))
        questions = _drop(session, EnquiryRow, EnquiryRow.id, owner)
        waiting = _drop(session, WaitlistEntryRow, WaitlistEntryRow.id, owner)
        _drop(session, DraftRow, DraftRow.visitor, owner)
        return Forgotten(len(rows), questions, waiting)


def _check_over(session: Session, rows: list[BookingRow], owner: str, *, now: datetime) -> None:
    for row in rows:
        if row.state == "held" or (row.state == "confirmed" and row.ends_at > now):
            raise ClientNeeded(row.reference)
        if credit_of(session, owner, row.currency) > 0:
            raise ClientNeeded("credit")


def _forget(session: Session, row: BookingRow) -> None:
    raise_links(session, row)
    session.execute(delete(BookingReasonRow).where(BookingReasonRow.booking_id == row.id))
    row.client_name, row.client_email = NOBODY, _address(row)
    row.client_phone = row.client_address = row.network = row.visitor = None
    row.attendee_name = row.attendee_age = row.guardian_agreed_at = None


def _address(row: BookingRow) -> str:
    return f"booking-{row.id}@forgotten.invalid"


def _drop(session: Session, table: Any, key: Any, owner: str) -> int:
    """Delete the rows whose encrypted answers name that address: they are read one by one."""
    named: list[Any] = [
        found
        for found, answers in session.execute(select(key, table.answers))
        if owner_of(answers.get("email") or "") == owner
    ]
    if named:
        session.execute(delete(table).where(key.in_(named)))
    return len(named)
