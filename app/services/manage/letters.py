"""What a letter about a booking must know, read in one go so that its parts agree."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app.db.queries.bookings import as_booking, get_by_id
from app.db.queries.ledger import credit_of, money_of
from app.db.tables import RefundRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.domain.checkout import VOID_REFUNDS
from app.domain.ledger import owner_of
from app.domain.policy import BookingFacts
from app.domain.policy_rules import Policy
from app.domain.policy_snapshot import from_snapshot


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """A booking, the rules it was made under, and its money on the way back, in minor units.

    `returning_minor` went or is going back to the card, `credit_minor` became credit for the next visit, `kept_minor`
    stays with the practice. `from_credit_minor` was paid from credit; `credit_left_minor` is all the client has now.
    `disputed`: the client's bank holds the payment, and a refund of it waits until the bank has decided.
    """

    booking: Booking
    policy: Policy
    facts: BookingFacts
    returning_minor: int
    credit_minor: int
    kept_minor: int
    from_credit_minor: int
    credit_left_minor: int
    disputed: bool

    @property
    def paid_in_minor(self) -> int:
        """All that came in for it, with what went back since: what is shown beside those amounts adds up to it."""
        return self.booking.paid_minor + self.returning_minor + self.credit_minor + self.kept_minor


def read_letter_facts(booking_id: int) -> LetterFacts:
    """Everything a letter needs. Raises BookingNotFound."""
    with reading() as session:
        row = get_by_id(session, booking_id)
        returning = select(func.coalesce(func.sum(RefundRow.amount_minor), 0)).where(
            RefundRow.booking_id == booking_id, RefundRow.state.not_in(VOID_REFUNDS)
        )
        booking, money = as_booking(session, row), money_of(session, booking_id)
        client = booking.client
        return LetterFacts(
            booking=booking,
            policy=from_snapshot(row.policy),
            facts=BookingFacts(
                row.starts_at, money.paid_minor, row.moves_made, money.credit_minor, row.handed_at is not None
            ),
            returning_minor=int(session.scalar(returning) or 0),
            credit_minor=money.given_minor,
            kept_minor=money.kept_minor,
            from_credit_minor=money.credit_minor,
            credit_left_minor=credit_of(session, owner_of(client.email), row.currency) if client else 0,
            disputed=money.disputed,
        )
