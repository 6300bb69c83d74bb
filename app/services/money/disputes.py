"""Disputes: a client's bank asks for the money back, or first only asks. Written down step by step."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.db.queries.deposits import find_by_payment, lock_deposit
from app.db.queries.ledger import add_dispute_entry
from app.db.tables import BookingRow, RefundRow
from app.db.unit_of_work import unit_of_work
from app.domain.checkout import CheckoutGateway, DisputeSnapshot
from app.domain.ledger import CLOSED, LedgerEntry, dispute_steps
from app.domain.wording import money, plain_date
from app.services.upkeep.staff_tasks import add_task, end_task


def follow_dispute(dispute_id: str, checkout: CheckoutGateway, *, now: datetime) -> str:
    """Read a dispute again and write down what it did since; returns its status, or "not ours".

    Harmless however often and in whatever order messages come. Raises CheckoutError when it cannot be read.
    """
    return note_dispute(checkout.read_dispute(dispute_id), now=now)


def note_dispute(dispute: DisputeSnapshot, *, now: datetime) -> str:
    """Write down a dispute as it was just read."""
    with unit_of_work() as session:
        deposit = find_by_payment(session, dispute.payment_intent_id)
        if deposit is None:
            return "not ours"
        booking, deposit = lock_deposit(session, deposit.id)
        for entry in dispute_steps(dispute.status, dispute.amount_minor):
            if add_dispute_entry(session, deposit, dispute.id, entry, now=now):
                _tell(session, booking, dispute, entry, now=now)
        if dispute.status in ("won", "prevented", "lost"):  # what waited for the bank need not wait longer
            waiting = update(RefundRow).where(RefundRow.deposit_id == deposit.id, RefundRow.state == "requested")
            session.execute(waiting.values(check_after=now))
    return dispute.status


def _tell(
    session: Session, booking: BookingRow, dispute: DisputeSnapshot, entry: LedgerEntry, *, now: datetime
) -> None:
    """Put on the staff's list what a person must do, and take off what is over."""
    amount = money(dispute.amount_minor, dispute.currency)
    by = f" before {plain_date(dispute.answer_by.date())}" if dispute.answer_by else ""
    if entry.kind == "dispute_inquiry":
        words = f"The bank of {booking.reference} asks about {amount}. Answer in Stripe{by}, or refund it there."
        add_task(session, f"inquiry:{dispute.id}", "deposit.inquiry", booking.id, words, now=now)
    elif entry.kind == "dispute_opened" and dispute.status not in ("won", "lost", "prevented"):
        words = f"The bank took {amount} of {booking.reference} back for now. Answer in Stripe{by}, with its evidence."
        add_task(session, f"dispute:{dispute.id}", "deposit.dispute", booking.id, words, now=now)
    elif entry.kind == "dispute_lost":
        words = (
            f"The dispute about {booking.reference} is lost: the client has {amount}. Does a visit ahead still stand?"
        )
        add_task(session, f"lost:{dispute.id}", "deposit.dispute_lost", booking.id, words, now=now)
    if entry.kind in CLOSED:
        end_task(session, f"inquiry:{dispute.id}", now=now)
        end_task(session, f"dispute:{dispute.id}", now=now)
    elif entry.kind == "dispute_opened":
        end_task(session, f"inquiry:{dispute.id}", now=now)
