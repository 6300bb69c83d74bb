"""Credit: what a client paid, may use for a next visit, and only they get to know of.

A stranger who types somebody's address must learn nothing. So credit is offered only to a browser that came by a link
which was mailed to that address (the link of any of its bookings), and only for a booking under the same address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.db.queries.bookings import get_by_reference, get_locked
from app.db.queries.deposits import find_live
from app.db.queries.ledger import credit_of, lock_credit, money_of, use_credit
from app.db.tables import BookingRow, LedgerEntryRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.ledger import CREDIT, owner_of
from app.domain.money import Collected, collect
from app.domain.refusals import NotMarkable

#: The booking whose mailed link a browser came by: its id and link version.
Proof = tuple[int, int]


@dataclass(frozen=True, slots=True)
class DepositPlan:
    """How the deposit of a hold would be paid now, and what credit is left after it, in minor units.

    `elsewhere`: there is credit, and it is another address's.
    """

    collected: Collected
    left_minor: int = 0
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One change of a client's credit, in minor units. `booking` is a reference."""

    at: datetime
    kind: str
    amount_minor: int
    currency: str
    booking: str


def plan_payment(booking_id: int, proof: Proof | None) -> DepositPlan:
    """How the deposit of a hold would be paid with what `proof` opens; the hold must exist. Changes nothing."""
    with reading() as session:
        row = session.get_one(BookingRow, booking_id)
        owner = _proven_owner(session, proof)
        mine = owner is not None and owner == owner_of(row.client_email or "")
        there = max(0, credit_of(session, owner, row.currency)) if owner is not None else 0
        visits = list(
            session.scalars(
                select(BookingRow).where(or_(BookingRow.id == booking_id, BookingRow.lead_id == booking_id))
            )
        )
        used = sum(money_of(session, visit.id).credit_minor for visit in visits)
        live = find_live(session, booking_id)
        if live is not None:  # a payment page that is open keeps its amount
            return DepositPlan(Collected(used, live.amount_minor), there if mine else 0)
        credit = there + used if mine else 0
        collected = collect(sum(visit.deposit_minor for visit in visits), credit, row.currency)
        return DepositPlan(collected, credit - collected.credit_minor, elsewhere=there > 0 and not mine)


def settle_credit(session: Session, visits: Sequence[BookingRow], proof: Proof | None, *, now: datetime) -> Collected:
    """Use the credit that `proof` opens for the locked hold, inside the caller's unit of work; what is left to pay.

    The visits of a programme are paid together: credit pays for the first ones.
    """
    owner = owner_of(visits[0].client_email or "")
    credit = 0
    if _proven_owner(session, proof) == owner:
        lock_credit(session, owner)
        # what this hold used before is its own to use again
        used = sum(money_of(session, visit.id).credit_minor for visit in visits)
        credit = max(0, credit_of(session, owner, visits[0].currency)) + used
    collected = collect(sum(visit.deposit_minor for visit in visits), credit, visits[0].currency)
    left = collected.credit_minor
    for visit in visits:
        part = min(left, visit.deposit_minor)
        use_credit(session, visit, part, now=now)
        left -= part
    return collected


def cover_retaken(session: Session, row: BookingRow, *, now: datetime) -> None:
    """A given-up hold came back by a late payment: credit that another booking used in the meantime is not its own.

    What is missing then is due on the day.
    """
    used = money_of(session, row.id).credit_minor
    if not used:
        return
    owner = owner_of(row.client_email or "")
    lock_credit(session, owner)
    missing = max(0, -credit_of(session, owner, row.currency))
    if missing:
        use_credit(session, row, max(0, used - missing), now=now)


def take_credit(reference: str, *, now: datetime) -> int:
    """Let the client's credit pay what is left to pay of a visit, at the desk; returns how much it pays.

    Raises BookingNotFound, and NotMarkable for a visit that is not booked.
    """
    with unit_of_work() as session:
        row = get_locked(session, get_by_reference(session, reference).id)
        if row.state not in ("confirmed", "completed"):
            raise NotMarkable(row.state)
        owner, money = owner_of(row.client_email or ""), money_of(session, row.id)
        lock_credit(session, owner)
        taken = max(0, min(credit_of(session, owner, row.currency), row.price_minor - money.paid_minor))
        use_credit(session, row, money.credit_minor + taken, now=now)
        return taken


def read_credit(email: str) -> Sequence[CreditLine]:
    """Every change of the credit of an address that counts, oldest first: for staff."""
    with reading() as session:
        wanted = (
            select(LedgerEntryRow, BookingRow.reference)
            .join(BookingRow, LedgerEntryRow.booking_id == BookingRow.id)
            .where(LedgerEntryRow.owner == owner_of(email), LedgerEntryRow.kind.in_(CREDIT))
            .where(BookingRow.state != "released")
            .order_by(LedgerEntryRow.id)
        )
        return [
            CreditLine(row.created_at, row.kind, row.amount_minor, row.currency, reference)
            for row, reference in session.execute(wanted)
        ]


def _proven_owner(session: Session, proof: Proof | None) -> str | None:
    """The address that the proof's link was mailed to; None for a link that was revoked or never sent."""
    if proof is None:
        return None
    row = session.get(BookingRow, proof[0])
    if row is None or row.link_version != proof[1] or row.state in ("held", "released"):
        return None
    return owner_of(row.client_email) if row.client_email else None
