"""A copy of what is kept of a client, for a client who asks for it: everything that `upkeep.erasure` would delete, and
what happened to their bookings and payments. Sums are in minor units, times UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import (
    BookingReasonRow,
    BookingRow,
    DraftRow,
    EnquiryMessageRow,
    EnquiryRow,
    StaffAccessRow,
    StaffRow,
    WaitlistEntryRow,
)
from app.db.unit_of_work import unit_of_work
from app.domain.ledger import owner_of
from app.services.money.story import entries_of_booking

Copy = dict[str, list[dict[str, Any]]]
#: Of a booking, as its columns are called.
BOOKING = (
    "id", "reference", "state", "treatment_name", "minutes", "practitioner", "starts_at", "ends_at", "price_minor",
    "deposit_minor", "currency", "client_name", "client_email", "client_phone", "client_address", "client_returning",
    "attendee_name", "attendee_age", "guardian_agreed_at", "gate_version", "gate_passed_at", "policy_accepted_at",
    "policy",
)  # fmt: skip
WAITING = ("treatment", "practitioner", "weekdays", "parts", "until", "asked_at")


def copy_of_client(email: str, staff_id: int, *, now: datetime) -> Copy:
    """What is kept under this address, ready for JSON: bookings with health answers, who opened them and what happened;
    questions with what was written; places in the waiting list; forms that were begun. What there is none of is not in.

    That this person of the practice reads it is noted, as when they open health answers and questions one by one.
    """
    owner = owner_of(email)
    with unit_of_work() as session:
        mine = select(BookingRow).where(BookingRow.client_owner == owner).order_by(BookingRow.id)
        found = {
            "bookings": [_booking(session, row) for row in session.scalars(mine)],
            "questions": [_question(session, row) for row in _named(session, EnquiryRow, owner)],
            "waiting": [
                _columns(row, WAITING) | {"answers": row.answers} for row in _named(session, WaitlistEntryRow, owner)
            ],
            "unfinished": [
                {"answers": row.answers, "updated_at": _plain(row.updated_at)}
                for row in _named(session, DraftRow, owner)
            ],
        }
        opened: list[tuple[str, int | None]] = [
            (booking["reference"], booking["id"]) for booking in found["bookings"] if booking["health_answers"]
        ]
        opened += [(f"Q{question['number']}", None) for question in found["questions"]]
        for reference, booking_id in opened:
            session.add(StaffAccessRow(staff_id=staff_id, booking_id=booking_id, reference=reference, at=now))
        return {what: parts for what, parts in found.items() if parts}


def _booking(session: Session, row: BookingRow) -> dict[str, Any]:
    reason = session.get(BookingReasonRow, row.id)
    return _columns(row, BOOKING) | {
        "health_answers": reason.answers if reason is not None else {},
        "opened": _opened(session, row.reference),
        "happened": [
            {
                "at": _plain(entry.at),
                "what": entry.what,
                "amount_minor": entry.amount_minor,
                "was_at": _plain(entry.was_at),
            }
            for entry in entries_of_booking(session, row)
        ],
    }


def _question(session: Session, row: EnquiryRow) -> dict[str, Any]:
    wanted = select(EnquiryMessageRow).where(EnquiryMessageRow.enquiry_id == row.id).order_by(EnquiryMessageRow.id)
    return {
        "number": row.id,
        "asked_at": _plain(row.created_at),
        "answers": row.answers,
        "written": [
            {"at": _plain(one.created_at), "by": one.sender, "words": one.words} for one in session.scalars(wanted)
        ],
        "opened": _opened(session, f"Q{row.id}"),
        "delete_after": _plain(row.delete_after),
    }


def _opened(session: Session, reference: str) -> list[dict[str, Any]]:
    """Who of the practice opened it, and when."""
    wanted = select(StaffAccessRow.at, StaffRow.name).join(StaffRow, StaffRow.id == StaffAccessRow.staff_id)
    wanted = wanted.where(StaffAccessRow.reference == reference).order_by(StaffAccessRow.id)
    return [{"at": _plain(at), "by": name} for at, name in session.execute(wanted)]


def _named(session: Session, table: Any, owner: str) -> Iterator[Any]:
    """The rows whose encrypted answers name that address: they are read one by one."""
    for row in session.scalars(select(table)):
        answers: Mapping[str, Any] = row.answers
        if owner_of(answers.get("email") or "") == owner:
            yield row


def _columns(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (datetime, date)) else value
