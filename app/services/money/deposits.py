"""Collecting a deposit: open a payment page for a held time, and close it again.

Every call to the provider stands between two units of work, never inside one. The row and its idempotency key are
committed before the first call, so that nothing is ever asked for twice.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.queries.bookings import set_state
from app.db.queries.deposits import find_live, lock_deposit, next_attempt
from app.db.queries.programmes import all_of_it, lock_together, paid_together, parts_of, share_deposit, together
from app.db.tables import BookingRow, DepositRow, ProgrammeRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.checkout import (
    CheckoutGateway,
    CheckoutRejected,
    CheckoutUnavailable,
    SessionNotOpen,
    SessionRequest,
    SessionSnapshot,
    VisitFacts,
)
from app.domain.deposit import AFTER_SESSION, SHORTEST_SESSION, State, session_end
from app.domain.hold import HOLD_MINUTES, longest_until
from app.domain.refusals import DepositNotPossible, DepositUncertain, DetailsMissing, HoldExpired
from app.services.booking.confirming import announce_confirmed
from app.services.money.credit import Proof, settle_credit
from app.services.money.settlement import DepositOutcome, apply, apply_snapshot
from app.services.upkeep.staff_tasks import add_task

#: What happens when the provider keeps failing on one attempt: another attempt, with another key.
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What must be known outside the transaction. `url` is set once the payment page is open."""

    id: int
    booking_id: int
    reference: str
    state: str
    session_id: str | None
    url: str | None
    request: SessionRequest
    created_at: datetime


def open_deposit(
    booking_id: int, checkout: CheckoutGateway, *, base_url: str, now: datetime, proof: Proof | None = None
) -> str:
    """The address of the page on which the deposit of a held booking is paid, or of the booking when nothing is due.

    Credit that `proof` opens is used first (services.money.credit). Asking again gives the same page. The time stays
    held until the page can no longer be paid. Raises HoldExpired, DetailsMissing, DepositNotPossible (a definite no:
    nothing was charged), DepositUncertain (no answer: ask again).
    """
    attempt = _prepare(booking_id, checkout.livemode, base_url, proof, now=now)
    if attempt is None:
        return f"{base_url}/book/return"
    if attempt.url is not None:
        return attempt.url
    if attempt.state != "creating":
        return f"{base_url}/book/return?session_id={attempt.session_id}"
    url = _create(attempt, checkout, now=now)
    if url is None:
        raise DepositUncertain
    return url


def resume_creating(deposit_id: int, checkout: CheckoutGateway, *, base_url: str, now: datetime) -> None:
    """Find out what became of an attempt whose answer was lost, with the same key and the same words.

    Leaves everything as it is while the provider does not answer.
    """
    with reading() as session:
        row = session.get(DepositRow, deposit_id)
        booking = session.get(BookingRow, row.booking_id) if row else None
        if row is None or booking is None or row.state != "creating":
            return
        attempt = _attempt(session, row, booking, base_url)
    try:
        _create(attempt, checkout, now=now)
    except (DepositNotPossible, DepositUncertain):
        return  # written down with the attempt


def expire_deposit(
    booking_id: int, checkout: CheckoutGateway, *, base_url: str, now: datetime
) -> DepositOutcome | None:
    """Close the booking's payment page, so that its time may be given back; None when there is none.

    When the client paid a moment before, the booking is confirmed instead: look at the outcome. Raises
    DepositUncertain when the provider does not answer; the time then stays held.
    """
    with reading() as session:
        row = find_live(session, booking_id)
        if row is None or row.state == "paid":
            return None if row is None else DepositOutcome("paid", booking_id)
        deposit_id, session_id = row.id, row.session_id
    if session_id is None:
        resume_creating(deposit_id, checkout, base_url=base_url, now=now)
        with reading() as session:
            again = session.get(DepositRow, deposit_id)
            state, session_id = (again.state, again.session_id) if again else ("failed", None)
        if session_id is None:
            if state == "creating":
                raise DepositUncertain
            return None
    try:
        return apply_snapshot(checkout.expire_session(session_id), now=now)
    except SessionNotOpen:
        return apply(session_id, checkout, now=now)
    except CheckoutUnavailable as error:
        raise DepositUncertain from error


def find_deposit_state(booking_id: int) -> State | None:
    """Where the booking's deposit stands, while it is being paid or once it was; else None."""
    with reading() as session:
        row = find_live(session, booking_id)
        return row.state if row else None  # type: ignore[return-value]


def _prepare(booking_id: int, livemode: bool, base_url: str, proof: Proof | None, *, now: datetime) -> _Attempt | None:
    """The attempt to go on with, written down; None when nothing is due and the booking is confirmed."""
    with unit_of_work() as session:
        visits = lock_together(session, booking_id)
        booking = visits[0] if visits else None
        if booking is None or booking.state not in ("held", "confirmed"):
            raise HoldExpired
        live = find_live(session, booking_id)
        if live is not None and not _worn_out(live, now):
            return _attempt(session, live, booking, base_url)
        if live is not None:
            live.state, live.updated_at, live.problem = "failed", now, "given up for another attempt"
            session.flush()
        if booking.state == "confirmed":
            return None
        assert booking.hold_until is not None
        if booking.hold_until <= now and longest_until(booking.created_at) <= now:
            raise HoldExpired
        if any(visit.state != "held" for visit in visits) or not all_of_it(session, visits):
            raise HoldExpired
        if not booking.client_email:
            raise DetailsMissing
        collected = settle_credit(session, visits, proof, now=now)
        for visit in visits:
            visit.policy_accepted_at = now
        if collected.card_minor == 0:
            for visit in visits:
                set_state(visit, "confirmed", now=now)
            announce_confirmed(session, booking, now=now)
            return None
        row = _new_row(session, booking, collected.card_minor, livemode, now=now)
        session.add(row)
        session.flush()
        share_deposit(session, row, visits)
        for visit in visits:
            visit.hold_until = row.session_expires_at + AFTER_SESSION
        return _attempt(session, row, booking, base_url)


def _worn_out(row: DepositRow, now: datetime) -> bool:
    """Whether an unanswered attempt cannot be repeated: the provider kept failing, or its end is too near by now.

    Should its session exist all the same and be paid, `apply` finds it by reference and gives the money back.
    """
    if row.state != "creating":
        return False
    return row.tries >= MOST_TRIES or row.session_expires_at - now < SHORTEST_SESSION


def _new_row(session: Session, booking: BookingRow, amount_minor: int, livemode: bool, *, now: datetime) -> DepositRow:
    reference = f"dep_{secrets.token_hex(12)}"
    return DepositRow(
        reference=reference,
        booking_id=booking.id,
        attempt_no=next_attempt(session, booking.id),
        amount_minor=amount_minor,
        currency=booking.currency,
        livemode=livemode,
        state="creating",
        idem_key=f"create:{reference}",
        session_expires_at=session_end(now),
        tries=0,
        check_after=now + timedelta(minutes=1),
        created_at=now,
        updated_at=now,
    )


def _attempt(session: Session, row: DepositRow, booking: BookingRow, base_url: str) -> _Attempt:
    request = SessionRequest(
        reference=row.reference,
        booking_reference=booking.reference,
        amount_minor=row.amount_minor,
        currency=row.currency,
        description=_described(session, booking),
        customer_email=booking.client_email or "",
        success_url=f"{base_url}/book/return?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{base_url}/book/check",
        expires_at=row.session_expires_at,
        idempotency_key=row.idem_key,
        visits=_visit_facts(session, row, booking),
    )
    url = row.session_url if row.state == "open" else None
    return _Attempt(row.id, booking.id, row.reference, row.state, row.session_id, url, request, row.created_at)


def _visit_facts(session: Session, row: DepositRow, booking: BookingRow) -> tuple[VisitFacts, ...]:
    """The visits that this attempt pays for. They do not move while they are held, so these words stay the same."""
    parts = parts_of(session, row)
    return tuple(
        VisitFacts(
            visit.reference,
            visit.starts_at,
            visit.minutes,
            visit.practitioner,
            visit.price_minor,
            parts.get(visit.id, row.amount_minor),
        )
        for visit in together(session, booking)
    )


def _described(session: Session, booking: BookingRow) -> str:
    """What the payment page says is paid for: neutral, and always the same words for one attempt."""
    if booking.programme_id is None:
        return f"{booking.minutes} min appointment"
    return f"{session.get_one(ProgrammeRow, booking.programme_id).visits} appointments of {booking.minutes} min"


def _create(attempt: _Attempt, checkout: CheckoutGateway, *, now: datetime) -> str | None:
    """Ask for the session of a written attempt; its address, or None when the outcome is not known."""
    try:
        snapshot = _find_or_create(attempt, checkout, now=now)
    except CheckoutUnavailable as error:
        _note_no_answer(attempt, str(error), now=now)
        return None
    except CheckoutRejected as error:
        _note_rejected(attempt, str(error), now=now)
        raise DepositNotPossible from error
    if snapshot is None:
        _note_never_opened(attempt, now=now)
        raise DepositUncertain
    apply_snapshot(snapshot, now=now)
    return snapshot.url or f"{attempt.request.success_url.partition('?')[0]}?session_id={snapshot.id}"


def _find_or_create(attempt: _Attempt, checkout: CheckoutGateway, *, now: datetime) -> SessionSnapshot | None:
    if attempt.request.expires_at - now >= SHORTEST_SESSION:
        return checkout.create_session(attempt.request)
    # too late to ask with the same words: look whether the first request got through after all
    return checkout.find_session(attempt.reference, created_after=attempt.created_at - timedelta(minutes=5))


def _note_no_answer(attempt: _Attempt, words: str, *, now: datetime) -> None:
    with unit_of_work() as session:
        _booking, row = lock_deposit(session, attempt.id)
        if row.state == "creating":
            row.tries += 1
            row.problem = words[:200]
            row.check_after = now + timedelta(minutes=1)


def _note_never_opened(attempt: _Attempt, *, now: datetime) -> None:
    """The provider knows no such session: nobody can pay it, and another attempt may begin."""
    with unit_of_work() as session:
        booking, row = lock_deposit(session, attempt.id)
        if row.state != "creating":
            return
        row.state, row.updated_at, row.problem = "failed", now, "never opened"
        _hold_on(session, booking, now=now)


def _hold_on(session: Session, booking: BookingRow, *, now: datetime) -> None:
    """Theirs still, to try again or phone."""
    if booking.state == "held":
        for visit in paid_together(session, booking):
            visit.hold_until = now + timedelta(minutes=HOLD_MINUTES)


def _note_rejected(attempt: _Attempt, words: str, *, now: datetime) -> None:
    with unit_of_work() as session:
        booking, row = lock_deposit(session, attempt.id)
        if row.state != "creating":
            return
        row.state, row.updated_at, row.problem = "failed", now, words[:200]
        _hold_on(session, booking, now=now)
        message = f"Stripe refused the deposit of {booking.reference}: {words}"
        add_task(session, f"rejected:{row.id}", "deposit.rejected", booking.id, message, now=now)
