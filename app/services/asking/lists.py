"""Who asked and who waits, as staff look through them. Nothing here says why someone comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from app.db.tables import BookingRow, EnquiryMessageRow, EnquiryRow, WaitlistEntryRow
from app.db.unit_of_work import reading
from app.domain.draft import draft_from_answers
from app.domain.enquiry import enquiry_from_answers
from app.domain.waitlist import WaitWish


@dataclass(frozen=True, slots=True)
class Call:
    """The call that was booked with a question. `starts_at` is UTC, `state` the booking's."""

    reference: str
    starts_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One question in a list: its number, who asked and when, and whether it waits for an answer."""

    number: int
    name: str
    asked_at: datetime
    waits: bool
    call: Call | None


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One person in the waiting list. `offered` is the time (UTC) that is offered to them now."""

    name: str
    email: str
    phone: str
    wish: WaitWish
    asked_at: datetime
    offered: datetime | None


def list_asked(*, skip: int, most: int) -> tuple[list[AskedLine], int]:
    """Up to `most` questions after the first `skip`, those that wait first, then the newest; and how many there are."""
    waits = _waits()
    wanted = select(EnquiryRow, waits.label("waits")).order_by(case((waits, 0), else_=1), EnquiryRow.id.desc())
    with reading() as session:
        total = session.scalar(select(func.count()).select_from(EnquiryRow)) or 0
        rows = [
            (row.id, row.created_at, enquiry_from_answers(row.answers), bool(waiting))
            for row, waiting in session.execute(wanted.offset(skip).limit(most))
        ]
        called = [enquiry.call for _, _, enquiry, _ in rows if enquiry.call]
        found = select(BookingRow.reference, BookingRow.starts_at, BookingRow.state)
        calls = session.execute(found.where(BookingRow.reference.in_(called))) if called else ()
        by_reference = {reference: Call(reference, starts_at, state) for reference, starts_at, state in calls}
    return [
        AskedLine(number, enquiry.name, asked_at, waiting, by_reference.get(enquiry.call or ""))
        for number, asked_at, enquiry, waiting in rows
    ], total


def count_asked() -> int:
    """How many questions wait for an answer."""
    with reading() as session:
        return session.scalar(select(func.count()).select_from(EnquiryRow).where(_waits())) or 0


def find_call(reference: str) -> Call | None:
    """The call with this booking reference; None when it is gone."""
    with reading() as session:
        wanted = select(BookingRow.reference, BookingRow.starts_at, BookingRow.state)
        row = session.execute(wanted.where(BookingRow.reference == reference)).one_or_none()
        return None if row is None else Call(*row)


def list_waiting() -> list[WaitingLine]:
    """Everyone who waits for a time and has not taken an offer, in the order of asking."""
    wanted = select(WaitlistEntryRow).where(WaitlistEntryRow.taken_at.is_(None)).order_by(WaitlistEntryRow.id)
    with reading() as session:
        return [_waiting_line(row) for row in session.scalars(wanted)]


def _waiting_line(row: WaitlistEntryRow) -> WaitingLine:
    answers = draft_from_answers(row.answers)
    wish = WaitWish(row.treatment, row.practitioner, frozenset(row.weekdays), frozenset(row.parts), row.until)
    contact = (answers.name or "", answers.email or "", answers.phone or "")
    return WaitingLine(*contact, wish, row.asked_at, row.offered_start)


def _waits() -> ColumnElement[Any]:
    """Whether the last word is not the practice's, and nobody settled it otherwise: as `Thread.waits` has it."""
    last = (
        select(EnquiryMessageRow.sender)
        .where(EnquiryMessageRow.enquiry_id == EnquiryRow.id)
        .order_by(EnquiryMessageRow.id.desc())
        .limit(1)
        .correlate(EnquiryRow)
        .scalar_subquery()
    )
    return and_(EnquiryRow.settled_at.is_(None), func.coalesce(last, "client") == "client")
