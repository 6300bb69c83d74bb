"""Sending refunds that were written down, and following them to their end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.queries.deposits import find_by_payment, lock_deposit
from app.db.queries.ledger import disputes_of
from app.db.tables import DepositRow, RefundRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.checkout import (
    VOID_REFUNDS,
    CheckoutGateway,
    CheckoutRejected,
    CheckoutUnavailable,
    KeyRefused,
    RefundSnapshot,
)
from app.domain.ledger import lost_minor, open_disputes
from app.domain.wording import money
from app.services.upkeep.staff_tasks import add_task

#: Not at their end yet.
UNSETTLED = ("requested", "pending", "requires_action")
#: How often a refund that is on its way is looked at.
LOOK_AGAIN = timedelta(hours=6)
KEY_LASTS_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Due:
    id: int
    state: str
    amount_minor: int
    idem_key: str
    tries: int
    refund_id: str | None
    payment_intent_id: str | None
    paid_minor: int


def send_refunds(checkout: CheckoutGateway, *, now: datetime, limit: int = 50) -> int:
    """Send or look at up to `limit` due refunds; returns how many. A key makes sending again harmless."""
    with reading() as session:
        wanted = (
            select(RefundRow, DepositRow.pi_id, DepositRow.amount_minor)
            .join(DepositRow, RefundRow.deposit_id == DepositRow.id)
            .where(RefundRow.state.in_(UNSETTLED), RefundRow.check_after <= now)
            .order_by(RefundRow.check_after)
            .limit(limit)
        )
        due = [
            _Due(row.id, row.state, row.amount_minor, row.idem_key, row.tries, row.refund_id, payment, paid)
            for row, payment, paid in session.execute(wanted)
        ]
    for refund in due:
        _settle(refund, checkout, now=now)
    return len(due)


def follow_refunds(payment_intent_id: str, checkout: CheckoutGateway, *, now: datetime) -> str:
    """Let the ledger follow the refunds of one payment as they are now; in short what was found.

    Those made at the provider and not here are written down and told to a person. One of ours that had succeeded may
    still fail, weeks later. A refund whose answer was lost carries our key. Raises CheckoutError.
    """
    known_there = checkout.list_refunds(payment_intent_id)
    with unit_of_work() as session:
        deposit = find_by_payment(session, payment_intent_id)
        if deposit is None:
            return "not ours"
        booking, deposit = lock_deposit(session, deposit.id)
        rows = list(session.scalars(select(RefundRow).where(RefundRow.deposit_id == deposit.id).with_for_update()))
        by_name = {name: row for row in rows for name in (row.refund_id, row.idem_key) if name}
        foreign = 0
        for found in known_there:
            row = by_name.get(found.id) or by_name.get(found.reference or "")
            if row is not None:
                _follow(session, row, found, now=now)
                continue
            foreign += 1
            session.add(_foreign(deposit, found, None if booking.programme_id else booking.id, now=now))
            words = f"A refund for {booking.reference} was made at Stripe. Check whether the booking still stands."
            add_task(session, f"foreign:{found.id}", "refund.foreign", booking.id, words, now=now)
            if found.status == "failed":
                _tell_failed(session, f"foreign_failed:{found.id}", booking.id, found, now=now)
        _make_room(deposit, rows, known_there, now=now)
        return f"{len(known_there)} refunds, {foreign} new"


def _foreign(deposit: DepositRow, found: RefundSnapshot, booking_id: int | None, *, now: datetime) -> RefundRow:
    return RefundRow(
        deposit_id=deposit.id,
        booking_id=booking_id,
        amount_minor=found.amount_minor,
        currency=deposit.currency,
        reason="made_at_stripe",
        state=found.status,
        idem_key=f"foreign:{found.id}"[:80],
        refund_id=found.id,
        tries=0,
        check_after=now + LOOK_AGAIN,
        created_at=found.created,
        updated_at=now,
    )


def _make_room(deposit: DepositRow, rows: list[RefundRow], known: list[RefundSnapshot], *, now: datetime) -> None:
    """Shorten what was not sent yet, so that together with what the provider knows it never exceeds the payment."""
    left = deposit.amount_minor - _gone(known)
    for row in rows:
        if row.state == "requested":
            left -= _shorten(row, left, now=now)


def _gone(known: list[RefundSnapshot]) -> int:
    return sum(one.amount_minor for one in known if one.status not in VOID_REFUNDS)


def _shorten(row: RefundRow, left_minor: int, *, now: datetime) -> int:
    """Let the locked row ask for no more than what is left; returns for how much it asks then, 0 for nothing."""
    fits = max(0, min(row.amount_minor, left_minor))
    if fits == 0:
        row.state, row.problem, row.updated_at = "canceled", "all of it was refunded at Stripe", now
    elif fits < row.amount_minor:
        row.amount_minor, row.problem, row.updated_at = fits, "a part was refunded at Stripe", now
    return fits


def _settle(refund: _Due, checkout: CheckoutGateway, *, now: datetime) -> None:
    if refund.payment_intent_id is None:
        _fail(refund.id, "the deposit has no payment", now=now)
        return
    try:
        known = checkout.list_refunds(refund.payment_intent_id)
        found = _find(refund, known)
        if found is None and _bank_decides(refund, now=now):
            return
        amount_minor = refund.amount_minor if found else _fit(refund, known, now=now)
        if amount_minor == 0:
            return
        if found is None:
            found = checkout.create_refund(
                payment_intent_id=refund.payment_intent_id,
                amount_minor=amount_minor,
                reference=refund.idem_key,
                idempotency_key=_key(refund, amount_minor),
            )
    except (CheckoutUnavailable, KeyRefused) as error:
        _wait(refund.id, str(error), now=now)
    except CheckoutRejected as error:
        _fail(refund.id, str(error), now=now)
    else:
        _adopt(refund.id, found, now=now)


def _bank_decides(refund: _Due, *, now: datetime) -> bool:
    """Whether the client's bank has the money now, or gave it back: then sending it as well would pay twice.

    While a dispute is open the refund waits. Lost, it is over; won, it is sent after all.
    """
    with unit_of_work() as session:
        row = session.get_one(RefundRow, refund.id, with_for_update=True)
        disputes = disputes_of(session, row.deposit_id)
        lost = lost_minor(disputes)
        if lost >= row.amount_minor:
            row.state, row.updated_at, row.problem = "canceled", now, "the client's bank gave it back"
            return True
        if not open_disputes(disputes):
            return False
        row.problem, row.check_after = "waits for the client's bank", now + LOOK_AGAIN
        booking_id = session.get_one(DepositRow, row.deposit_id).booking_id
        amount = money(row.amount_minor, row.currency)
        words = f"A refund of {amount} waits: the client's bank holds the money. Settle the dispute in Stripe first."
        add_task(session, f"disputed:{row.id}", "refund.waits", booking_id, words, now=now)
        return True


def _fit(refund: _Due, known: list[RefundSnapshot], *, now: datetime) -> int:
    """What is left to send back when someone refunded at the provider in the meantime. Minor units, 0 for nothing.

    The row then says what is really sent: together they never exceed the payment.
    """
    left = refund.paid_minor - _gone(known)
    if left >= refund.amount_minor:
        return refund.amount_minor
    with unit_of_work() as session:
        row = session.get_one(RefundRow, refund.id, with_for_update=True)
        return _shorten(row, left, now=now) if row.state == "requested" else 0


def _key(refund: _Due, amount_minor: int) -> str:
    """The key of this request: another amount is another request. A provider that stored an error under a key repeats
    that error for a day, so after three tries, minutes apart, the next key is used: the list was just read, and no
    such refund is on it.
    """
    key = f"{refund.idem_key}:{amount_minor}"
    return key if refund.tries < KEY_LASTS_TRIES else f"{key}:{refund.tries // KEY_LASTS_TRIES}"


def _find(refund: _Due, known: list[RefundSnapshot]) -> RefundSnapshot | None:
    """The refund at the provider: by its id, or (the answer was lost) by the key it carries."""
    return next((r for r in known if r.id == refund.refund_id or r.reference == refund.idem_key), None)


def _adopt(refund_id: int, found: RefundSnapshot, *, now: datetime) -> None:
    with unit_of_work() as session:
        row = session.get(RefundRow, refund_id, with_for_update=True)
        if row is not None:
            _follow(session, row, found, now=now)


def _follow(session: Session, row: RefundRow, found: RefundSnapshot, *, now: datetime) -> None:
    """Let the locked row follow the refund as it was just read. Failed and canceled are the end."""
    if row.state in VOID_REFUNDS and row.refund_id == found.id:
        return
    row.refund_id, row.amount_minor, row.check_after = found.id, found.amount_minor, now + LOOK_AGAIN
    if row.state == found.status:
        return
    row.state, row.updated_at, row.problem = found.status, now, None
    if found.status in VOID_REFUNDS:
        row.problem = (found.failure_reason or found.status)[:200]
        deposit = session.get_one(DepositRow, row.deposit_id)
        _tell_failed(session, f"refund:{row.id}", deposit.booking_id, found, now=now)


def _tell_failed(session: Session, key: str, booking_id: int, found: RefundSnapshot, *, now: datetime) -> None:
    amount = money(found.amount_minor, found.currency)
    words = f"A refund of {amount} failed at the bank. The money is with Stripe: send it back another way."
    add_task(session, key, "refund.failed", booking_id, words, now=now)


def _wait(refund_id: int, words: str, *, now: datetime) -> None:
    with unit_of_work() as session:
        row = session.get(RefundRow, refund_id, with_for_update=True)
        if row is not None and row.state in UNSETTLED:
            row.tries += 1
            row.problem = words[:200]
            row.check_after = now + timedelta(minutes=min(2**row.tries, 360))


def _fail(refund_id: int, words: str, *, now: datetime) -> None:
    with unit_of_work() as session:
        row = session.get(RefundRow, refund_id, with_for_update=True)
        if row is None or row.state not in UNSETTLED:
            return
        row.state, row.problem, row.updated_at = "failed", words[:200], now
        deposit = session.get_one(DepositRow, row.deposit_id)
        message = f"Stripe refused a refund: {words}. Look at the payment there and settle it by hand."
        add_task(session, f"refund:{row.id}", "refund.refused", deposit.booking_id, message, now=now)
