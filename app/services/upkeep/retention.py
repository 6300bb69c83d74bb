"""Forgetting what is kept no longer: reasons past their day, people whose booking came to nothing, old letters."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_, select, update

from app.db.tables import (
    BookingReasonRow,
    BookingRow,
    DepositRow,
    DepositShareRow,
    OutboxRow,
    ProgrammeRow,
    StaffTaskRow,
)
from app.db.unit_of_work import unit_of_work
from app.domain.retention import OTHER_LETTER_DAYS, UNFINISHED_DAYS, letters_since

#: What names a person, or the machine they sat at.
PERSONAL = (
    "visitor", "network", "client_name", "client_email", "client_owner", "client_phone", "client_address",
    "attendee_name",
)  # fmt: skip
#: A deposit that took money makes its booking a record of a payment.
TOOK_MONEY = ("paid", "paid_conflict", "processing")


def forget_old_reasons(*, now: datetime) -> int:
    """Delete every reason past its last day; returns how many."""
    with unit_of_work() as session:
        done = session.execute(delete(BookingReasonRow).where(BookingReasonRow.delete_after < now))
        return int(done.rowcount)  # type: ignore[attr-defined]


def forget_reasons_of(visitor: str) -> int:
    """Delete why the visitor wanted to come, of every visit they have not booked; returns how many.

    For someone whom the safety lists sent elsewhere: of their answers nothing is kept.
    """
    with unit_of_work() as session:
        unbooked = select(BookingRow.id).where(
            BookingRow.visitor == visitor, BookingRow.state.in_(("held", "released"))
        )
        done = session.execute(delete(BookingReasonRow).where(BookingReasonRow.booking_id.in_(unbooked)))
        return int(done.rowcount)  # type: ignore[attr-defined]


def forget_unfinished(*, now: datetime, limit: int = 500) -> int:
    """Let go of up to `limit` holds that were given up 30 days ago and never paid; returns how many.

    A hold that nothing refers to is deleted. One with an attempt to pay, or on the staff's list, stays as a number
    without a person.
    """
    with unit_of_work() as session:
        deposit = exists().where(DepositRow.booking_id == BookingRow.id)
        task = exists().where(StaffTaskRow.booking_id == BookingRow.id) | exists().where(
            DepositShareRow.booking_id == BookingRow.id
        )
        wanted = (
            select(BookingRow.id, or_(deposit, task))
            .where(
                BookingRow.state == "released",
                BookingRow.updated_at < now - timedelta(days=UNFINISHED_DAYS),
                ~exists().where(DepositRow.booking_id == BookingRow.id, DepositRow.state.in_(TOOK_MONEY)),
                or_(~deposit & ~task, BookingRow.visitor.is_not(None)),
            )
            .limit(limit)
        )
        found = {booking_id: referred for booking_id, referred in session.execute(wanted)}
        nobodys = [booking_id for booking_id, referred in found.items() if not referred]
        referred_to = [booking_id for booking_id, referred in found.items() if referred]
        session.execute(delete(BookingReasonRow).where(BookingReasonRow.booking_id.in_(found)))
        session.execute(update(BookingRow).where(BookingRow.lead_id.in_(nobodys)).values(lead_id=None))
        session.execute(delete(OutboxRow).where(OutboxRow.booking_id.in_(nobodys)))
        session.execute(delete(BookingRow).where(BookingRow.id.in_(nobodys)))
        session.execute(delete(ProgrammeRow).where(~exists().where(BookingRow.programme_id == ProgrammeRow.id)))
        session.execute(update(BookingRow).where(BookingRow.id.in_(referred_to)).values(dict.fromkeys(PERSONAL)))
        return len(found)


def forget_old_letters(*, now: datetime, limit: int = 500) -> int:
    """Let go of up to `limit` pieces of work that were done, or given up, long ago; returns how many.

    What is about a booking is kept as long as its payment may be disputed, everything else for 30 days. What still
    waits is kept however old it is.
    """
    last = letters_since(now)
    of_none = (OutboxRow.booking_id.is_(None), OutboxRow.done_at < now - timedelta(days=OTHER_LETTER_DAYS))
    with unit_of_work() as session:
        # one question for each index: together they would be answered by reading the whole table
        found: list[int] = []
        for old in (of_none, (OutboxRow.done_at < last,), (OutboxRow.failed_at < last,)):
            wanted = select(OutboxRow.id).where(*old).limit(limit - len(found))
            found += session.scalars(wanted.where(OutboxRow.id.not_in(found)) if found else wanted)
        session.execute(delete(OutboxRow).where(OutboxRow.id.in_(found)))
        return len(found)
