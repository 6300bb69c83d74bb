"""What a letter about a booking must know, read in one go so that its parts agree."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app.db.queries.bookings import as_booking
from app.db.tables import BookingRow, CreditRow, DepositRow, RefundRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.domain.policy import BookingFacts
from app.domain.policy_rules import Policy
from app.domain.policy_snapshot import from_snapshot
from app.domain.refusals import BookingNotFound

#: Refunds in these states did not and will not take money back.
_VOID = ("failed", "canceled")


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """A booking, the rules it was made under, and its money on the way back, in minor units.

    `returning_minor` went or is going back to the card, `credit_minor` is kept for the next visit.
    """

    booking: Booking
    policy: Policy
    facts: BookingFacts
    returning_minor: int
    credit_minor: int


def read_letter_facts(booking_id: int) -> LetterFacts:
    """Everything a letter needs. Raises BookingNotFound."""
    with reading() as session:
        row = session.get(BookingRow, booking_id)
        if row is None:
            raise BookingNotFound
        returning = (
            select(func.coalesce(func.sum(RefundRow.amount_minor), 0))
            .join(DepositRow, RefundRow.deposit_id == DepositRow.id)
            .where(DepositRow.booking_id == booking_id, RefundRow.state.not_in(_VOID))
        )
        credit = select(func.coalesce(func.sum(CreditRow.amount_minor), 0)).where(CreditRow.booking_id == booking_id)
        booking = as_booking(session, row)
        return LetterFacts(
            booking=booking,
            policy=from_snapshot(row.policy),
            facts=BookingFacts(row.starts_at, booking.paid_minor, row.moves_made),
            returning_minor=int(session.scalar(returning) or 0),
            credit_minor=int(session.scalar(credit) or 0),
        )
