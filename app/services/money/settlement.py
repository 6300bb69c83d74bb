"""Letting a deposit follow what became of its payment session: the only way in which money changes a booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.queries.bookings import drop_cells, set_state
from app.db.queries.deposits import find_deposit_id, find_live, lock_deposit
from app.db.queries.programmes import all_of_it, paid_together
from app.db.queries.refunds import request_refund
from app.db.queries.retaking import retake
from app.db.tables import BookingRow, DepositRow
from app.db.unit_of_work import unit_of_work
from app.domain.checkout import CheckoutGateway, SessionSnapshot
from app.domain.deposit import Expected, State, Step, mismatch, next_look, next_step, read
from app.services.booking.confirming import announce_confirmed
from app.services.money.credit import cover_retaken
from app.services.upkeep.outbox import enqueue
from app.services.upkeep.staff_tasks import add_task

#: A payment that is still being checked so shortly before the visit is for a person to decide about.
SLOW_BEFORE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class DepositOutcome:
    """Where a deposit stands after it was looked at."""

    state: State
    booking_id: int


def apply(session_id: str, checkout: CheckoutGateway, *, now: datetime) -> DepositOutcome | None:
    """Read the session again and let the deposit follow. The only way in which money changes a booking.

    Webhook, success page, poller and staff call it; calling it twice is harmless. None: no deposit of ours.
    Raises CheckoutError when the session cannot be read.
    """
    return apply_snapshot(checkout.read_session(session_id), now=now)


def apply_snapshot(snapshot: SessionSnapshot, *, now: datetime) -> DepositOutcome | None:
    """Let the deposit follow a session as it was just read, under row locks, in one commit."""
    with unit_of_work() as session:
        deposit_id = find_deposit_id(session, session_id=snapshot.id, reference=snapshot.reference)
        if deposit_id is None:
            return None
        booking, row = lock_deposit(session, deposit_id)
        expected = Expected(row.reference, row.amount_minor, row.currency, row.livemode, row.session_id)
        fault = mismatch(expected, snapshot)
        if fault is not None:
            row.problem = f"the session's {fault} is not ours"
            row.check_after = now + timedelta(hours=1)
            words = f"Payment for {booking.reference} does not match: {fault}. Nothing was confirmed; look at Stripe."
            add_task(session, f"mismatch:{row.id}:{fault}", "deposit.mismatch", booking.id, words, now=now)
            return DepositOutcome(row.state, booking.id)  # type: ignore[arg-type]
        _adopt(row, snapshot)
        step = _step(session, booking, row, snapshot, now=now)
        _follow(session, booking, row, step, now=now)
        return DepositOutcome(step.state, booking.id)


def _step(session: Session, booking: BookingRow, row: DepositRow, snapshot: SessionSnapshot, *, now: datetime) -> Step:
    reading_now = read(snapshot)
    wanted = next_step(row.state, reading_now, slot_free=True)  # type: ignore[arg-type]
    if wanted.effect != "confirm":
        return wanted
    if booking.state == "held":
        _supersede(session, row, now=now)
        for visit in paid_together(session, booking):
            set_state(visit, "confirmed", now=now)
        return wanted
    # paid after the time was given back: take the same time again if nobody has it, of a programme all times
    if booking.state == "released" and booking.starts_at > now and _take_again(session, booking, now=now):
        _supersede(session, row, now=now)
        for visit in paid_together(session, booking):
            cover_retaken(session, visit, now=now)
        return wanted
    return next_step(row.state, reading_now, slot_free=False)  # type: ignore[arg-type]


def _take_again(session: Session, booking: BookingRow, *, now: datetime) -> bool:
    rows = paid_together(session, booking)
    return all_of_it(session, rows) and retake(session, rows, now=now)


def _supersede(session: Session, row: DepositRow, *, now: datetime) -> None:
    """End the attempt that followed the one that was paid after all; paid as well, its money goes back."""
    other = find_live(session, row.booking_id)
    if other is not None and other.id != row.id:
        other.state, other.updated_at, other.problem = "failed", now, "another attempt was paid"
        session.flush()


def _follow(session: Session, booking: BookingRow, row: DepositRow, step: Step, *, now: datetime) -> None:
    if step.state == row.state:
        row.check_after = next_look(row.created_at, now)
        if row.state == "processing":
            _warn_when_slow(session, booking, row, now=now)
        return
    was_processing = row.state == "processing"
    row.state, row.updated_at, row.check_after = step.state, now, next_look(row.created_at, now)
    if step.effect == "confirm":
        row.paid_at = now
        announce_confirmed(session, booking, now=now)
    elif step.state == "paid_conflict":
        row.paid_at = now
        _give_back(session, booking, row, now=now)
    elif step.effect == "release" and booking.state == "held":
        rows = paid_together(session, booking)
        for visit in rows:
            set_state(visit, "released", now=now)
        session.flush()
        drop_cells(session, [visit.id for visit in rows])
        if was_processing:  # they left days ago and rely on it: an ended page needs no mail, this does
            payload = {"booking": booking.id, "deposit": row.id}
            enqueue(session, f"mail:payment_failed:{row.id}", "mail.payment_failed", payload, now)


def _warn_when_slow(session: Session, booking: BookingRow, row: DepositRow, *, now: datetime) -> None:
    """The bank has not decided and the visit is near: a person says whether it takes place."""
    if booking.state == "held" and booking.starts_at - now < SLOW_BEFORE:
        words = (
            f"The bank has not yet decided about the deposit of {booking.reference}. Phone the client: does it stand?"
        )
        add_task(session, f"slow:{row.id}", "deposit.slow", booking.id, words, now=now)


def _give_back(session: Session, booking: BookingRow, row: DepositRow, *, now: datetime) -> None:
    """A payment without a time: all of it goes back, the client is told, and a person sees it."""
    session.flush()
    request_refund(session, row, row.amount_minor, "slot_gone", now=now)
    payload = {"booking": booking.id, "deposit": row.id}
    enqueue(session, f"mail:payment_conflict:{row.id}", "mail.payment_conflict", payload, now)
    words = f"{booking.reference} was paid after its time was gone. The money goes back by itself; offer another time."
    add_task(session, f"conflict:{row.id}", "deposit.conflict", booking.id, words, now=now)


def _adopt(row: DepositRow, snapshot: SessionSnapshot) -> None:
    row.session_id = snapshot.id
    row.session_url = snapshot.url
    row.pi_id = snapshot.payment_intent_id or row.pi_id
    row.charge_id = snapshot.charge_id or row.charge_id
    row.problem = None
