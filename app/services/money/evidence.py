"""What is shown to others about one booking and its money: to a bank in a dispute, or to the client as a receipt.

Nothing of why the client came, nothing of the safety lists, no note for staff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.queries.bookings import as_booking, get_by_reference
from app.db.queries.ledger import money_of
from app.db.tables import BookingRow, DepositRow, OutboxRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.domain.ledger import BookingMoney
from app.domain.policy_rules import Policy
from app.domain.policy_snapshot import from_snapshot
from app.services.money.story import Entry, entries_of_booking


@dataclass(frozen=True, slots=True)
class Payment:
    """One card payment with Stripe's names for it, in minor units."""

    paid_at: datetime
    amount_minor: int
    payment_intent_id: str
    charge_id: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail that was sent. `kind` is that of its work: "confirmed", "cancelled"."""

    sent_at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A booking, the rules it was made under and when they were accepted, and what happened since, in order of time."""

    booking: Booking
    money: BookingMoney
    policy: Policy
    policy_accepted_at: datetime | None
    marked_at: datetime | None
    cancelled_at: datetime | None
    payments: Sequence[Payment]
    letters: Sequence[Letter]
    entries: Sequence[Entry]

    @property
    def movements(self) -> list[Entry]:
        """What moved money, in order of time."""
        return [entry for entry in self.entries if entry.amount_minor]


def read_evidence(reference: str) -> Evidence:
    """Everything about the booking with that reference that others may see. Raises BookingNotFound."""
    with reading() as session:
        row = get_by_reference(session, reference)
        marked = row.state in ("completed", "no_show")
        return Evidence(
            booking=as_booking(session, row),
            money=money_of(session, row.id),
            policy=from_snapshot(row.policy),
            policy_accepted_at=row.policy_accepted_at,
            marked_at=row.updated_at if marked else None,
            cancelled_at=row.cancelled_at,
            payments=_payments(session, row),
            letters=_letters(session, row),
            entries=[entry for entry in entries_of_booking(session, row) if not entry.inner],
        )


def _payments(session: Session, row: BookingRow) -> list[Payment]:
    wanted = select(DepositRow).where(DepositRow.booking_id == (row.lead_id or row.id), DepositRow.paid_at.is_not(None))
    return [
        Payment(paid.paid_at, paid.amount_minor, paid.pi_id or "", paid.charge_id or "")
        for paid in session.scalars(wanted.order_by(DepositRow.paid_at))
        if paid.paid_at is not None
    ]


def _letters(session: Session, row: BookingRow) -> list[Letter]:
    wanted = select(OutboxRow).where(
        OutboxRow.booking_id == row.id,
        OutboxRow.kind.startswith("mail."),
        OutboxRow.done_at.is_not(None),
    )
    found = session.scalars(wanted.order_by(OutboxRow.done_at))
    return [Letter(one.done_at, one.kind.removeprefix("mail.")) for one in found if one.done_at is not None]
