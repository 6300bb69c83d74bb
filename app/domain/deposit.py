"""The life of a deposit: one pure, total answer for every state and every reading of its payment session.

The next state follows from what the provider says the session is now, never from the kind of message that made us
look. `paid` and `paid_conflict` never go back: refunds and disputes are ledgers beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.domain.checkout import SessionSnapshot

State = Literal["creating", "open", "processing", "paid", "failed", "expired", "paid_conflict"]
Reading = Literal["open", "expired", "processing", "failed", "paid"]
#: What the change does to the booking, in the same transaction.
Effect = Literal["none", "confirm", "release"]

#: While a deposit is in one of these, its hold may not be released by time.
LIVE_STATES: frozenset[State] = frozenset({"creating", "open", "processing", "paid"})
#: The provider has not had its last word.
UNSETTLED: frozenset[State] = frozenset({"creating", "open", "processing"})
#: Money has arrived.
SETTLED: frozenset[State] = frozenset({"paid", "paid_conflict"})

#: Stripe refuses sessions that end in less than 30 minutes; the rest is for slow requests and clocks that differ.
SESSION_MINUTES = 33
SHORTEST_SESSION = timedelta(minutes=30, seconds=20)
#: A payment made in the last second must still find its time held.
AFTER_SESSION = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Expected:
    """What we asked for, and what a payment must match before it is believed. Amount in minor units."""

    reference: str
    amount_minor: int
    currency: str
    livemode: bool
    session_id: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """The next state, and what happens to the booking with it."""

    state: State
    effect: Effect = "none"


def mismatch(expected: Expected, snapshot: SessionSnapshot) -> str | None:
    """The name of the first thing that is not as we asked for, or None. Such a session is never believed."""
    checks = {
        "session": expected.session_id in (None, snapshot.id),
        "reference": snapshot.reference == expected.reference,
        "amount": snapshot.amount_minor == expected.amount_minor,
        "currency": snapshot.currency.upper() == expected.currency.upper(),
        "mode": snapshot.livemode == expected.livemode,
    }
    return next((name for name, right in checks.items() if not right), None)


def read(snapshot: SessionSnapshot) -> Reading:
    """What a session means for us. Complete is not paid: a delayed payment is still on its way."""
    if snapshot.status == "open":
        return "open"
    if snapshot.status == "expired":
        return "expired"
    if snapshot.payment_status == "paid":
        return "paid"
    return "failed" if snapshot.payment_failed else "processing"


def next_step(state: State, reading: Reading, *, slot_free: bool) -> Step:
    """The next state after `reading`. `slot_free`: the booking's time is still its own, or free to be taken again."""
    if state in SETTLED:
        return Step(state)
    if reading == "paid":
        return Step("paid", "confirm") if slot_free else Step("paid_conflict")
    if state in ("failed", "expired"):
        return Step(state)
    if reading == "open":
        return Step("open" if state == "creating" else state)
    if reading == "processing":
        return Step("processing")
    if reading == "failed":
        return Step("failed", "release")
    # an expired session that was already complete cannot be: what is being paid stays being paid
    return Step("processing") if state == "processing" else Step("expired", "release")


def session_end(now: datetime) -> datetime:
    """When a payment session opened at `now` should end, in whole seconds as the provider counts."""
    return now.replace(microsecond=0) + timedelta(minutes=SESSION_MINUTES)


def next_look(created_at: datetime, now: datetime) -> datetime:
    """When to ask about a session again if no message comes: every minute at first, then every five."""
    return now + timedelta(minutes=1 if now - created_at < timedelta(minutes=15) else 5)
