"""Comparing our ledger with the provider's, in both directions, and hearing what the webhook missed.

Every difference that cannot be settled by reading again becomes a staff task with one clear action.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.db.queries.deposits import find_deposit_id
from app.db.tables import DepositRow, MoneyAuditRow, RefundRow, StripeEventRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.checkout import CheckoutGateway, Movement, RefundSnapshot, SessionSnapshot
from app.domain.deposit import SETTLED
from app.domain.wording import money
from app.services.money.disputes import note_dispute
from app.services.money.month import store_movements
from app.services.money.refunds import follow_refunds
from app.services.money.settlement import apply_snapshot
from app.services.money.stripe_events import receive_event
from app.services.upkeep.staff_tasks import add_task

#: What the webhook is told of; the hourly look asks for the same.
EVENT_TYPES = (
    "checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed",
    "checkout.session.expired", "refund.created", "refund.updated", "refund.failed", "charge.dispute.created",
    "charge.dispute.updated", "charge.dispute.closed",
)  # fmt: skip
#: How far each look goes back: longer than any outage of ours that nobody noticed.
DAYS = 3
#: Sessions younger than this are still being followed by everyone else.
SETTLING = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same on both sides. `kind` is that of the staff task."""

    key: str
    kind: str
    words: str
    booking_id: int | None = None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """How many sessions and refunds were compared, and what was not the same."""

    checked: int
    differences: tuple[Difference, ...]


def hear_missed_events(checkout: CheckoutGateway, *, now: datetime) -> int:
    """Store the events of the last days that the webhook did not bring; returns how many there were.

    Not since the newest we know: one that was missed may be older. Raises CheckoutError when they cannot be listed.
    """
    since = now - timedelta(days=DAYS)
    listed = checkout.list_events(created_after=since, types=EVENT_TYPES)
    with reading() as session:
        wanted = select(StripeEventRow.event_id).where(StripeEventRow.created >= since - timedelta(days=1))
        known = set(session.scalars(wanted))
    return sum(receive_event(notice, now=now) for notice in listed if notice.id not in known)


def audit_money(checkout: CheckoutGateway, *, now: datetime, days: int = DAYS) -> AuditReport:
    """Compare `days` of sessions and refunds with the ledger; heal what reading again heals, and report the rest.

    Harmless when run twice. Raises CheckoutError when the provider does not answer; nothing is reported then.
    """
    since = now - timedelta(days=days)
    sessions = [s for s in checkout.list_sessions(created_after=since) if s.reference.startswith("dep_")]
    refunds = checkout.list_refunds_since(created_after=since)
    for payment_intent_id in sorted({refund.payment_intent_id for refund in refunds}):
        follow_refunds(payment_intent_id, checkout, now=now)
    for dispute in checkout.list_disputes_since(created_after=since):
        note_dispute(dispute, now=now)
    found = [difference for snapshot in sessions for difference in _compare_session(snapshot, now=now)]
    found += _paid_only_here(sessions, since, now=now)
    found += _refunds_apart(refunds, since, now=now)
    found += _movements_apart(checkout.list_movements(created_after=since, created_before=now))
    report = AuditReport(len(sessions) + len(refunds), tuple(found))
    with unit_of_work() as session:
        for difference in found:
            add_task(session, difference.key, difference.kind, difference.booking_id, difference.words, now=now)
        session.add(MoneyAuditRow(run_at=now, checked=report.checked, differences=len(found)))
    return report


def _compare_session(snapshot: SessionSnapshot, *, now: datetime) -> list[Difference]:
    if snapshot.payment_status != "paid":
        return []
    with reading() as session:
        deposit_id = find_deposit_id(session, session_id=snapshot.id, reference=snapshot.reference)
        row = session.get(DepositRow, deposit_id) if deposit_id is not None else None
        state, booking_id = (row.state, row.booking_id) if row is not None else (None, None)
    if state is None:
        paid, name = money(snapshot.amount_minor, snapshot.currency), snapshot.booking_reference or snapshot.reference
        words = f"Stripe took {paid} for {name}, which is unknown here. Run `money restore-from-stripe`."
        return [Difference(f"audit:unknown:{snapshot.id}", "audit.unknown_payment", words)]
    if state in SETTLED:
        return []
    outcome = apply_snapshot(snapshot, now=now)
    if outcome is not None and outcome.state in SETTLED:
        return []
    words = f"Stripe was paid for {snapshot.reference}, and here it is {state}. Look at both, then refund or book."
    return [Difference(f"audit:unbooked:{snapshot.id}", "audit.unbooked_payment", words, booking_id)]


def _paid_only_here(sessions: list[SessionSnapshot], since: datetime, *, now: datetime) -> list[Difference]:
    paid_there = {snapshot.id for snapshot in sessions if snapshot.payment_status == "paid"}
    with reading() as session:
        wanted = select(DepositRow).where(
            DepositRow.state.in_(SETTLED),
            DepositRow.created_at >= since + SETTLING,
            DepositRow.created_at < now - SETTLING,
        )
        rows = [(row.reference, row.session_id, row.booking_id) for row in session.scalars(wanted)]
    return [
        Difference(
            f"audit:unpaid:{reference}",
            "audit.unpaid_deposit",
            f"{reference} is paid here, and Stripe knows no such payment. Do not rely on it before you have looked.",
            booking_id,
        )
        for reference, session_id, booking_id in rows
        if session_id not in paid_there
    ]


def _movements_apart(movements: list[Movement]) -> list[Difference]:
    """Write down what moved at Stripe, and find amounts that are not what our ledger says."""
    store_movements(movements)
    sources = {one.source_id: one for one in movements if one.source_id and one.kind in ("charge", "refund")}
    with reading() as session:
        deposits = select(DepositRow.charge_id, DepositRow.amount_minor, DepositRow.currency, DepositRow.booking_id)
        refunds = select(RefundRow.refund_id, -RefundRow.amount_minor, RefundRow.currency, DepositRow.booking_id).join(
            DepositRow, RefundRow.deposit_id == DepositRow.id
        )
        ours = [
            *session.execute(deposits.where(DepositRow.charge_id.in_(sources))),
            *session.execute(refunds.where(RefundRow.refund_id.in_(sources))),
        ]
    return [
        Difference(
            f"audit:moved:{source}",
            "audit.amount_moved",
            f"{source} moved {money(sources[source].amount_minor, currency)} at Stripe, and {money(amount, currency)} "
            "here. Stripe is right: find out why before the month is closed.",
            booking_id,
        )
        for source, amount, currency, booking_id in ours
        # a payout account in another currency has other amounts: Stripe has changed the money
        if sources[source].currency == currency and sources[source].amount_minor != amount
    ]


def _refunds_apart(refunds: list[RefundSnapshot], since: datetime, *, now: datetime) -> list[Difference]:
    there = {refund.id: refund for refund in refunds}
    found: list[Difference] = []
    with reading() as session:
        wanted = (
            select(RefundRow, DepositRow.booking_id)
            .join(DepositRow, RefundRow.deposit_id == DepositRow.id)
            .where(RefundRow.refund_id.is_not(None), RefundRow.created_at >= since + SETTLING)
            .where(RefundRow.created_at < now - SETTLING)
        )
        for row, booking_id in session.execute(wanted):
            theirs = there.get(row.refund_id or "")
            if theirs is None:
                words = f"Refund {row.refund_id} stands here, and Stripe knows no such refund. Send it there."
                found.append(Difference(f"audit:refund:{row.id}", "audit.unknown_refund", words, booking_id))
            elif theirs.amount_minor != row.amount_minor:
                ours, there_is = money(row.amount_minor, row.currency), money(theirs.amount_minor, theirs.currency)
                words = f"Refund {row.refund_id} is {ours} here and {there_is} at Stripe. Pay the rest another way."
                found.append(Difference(f"audit:refund:{row.id}", "audit.refund_amount", words, booking_id))
    return found
