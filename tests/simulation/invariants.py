"""What must hold after every single action, read from the committed rows and from Stripe's own objects.

The numbers are those of the ten invariants in docs/payments.md. Number 5 is watched over by `wire`, 7 where webhooks
are delivered and 9 where someone looks (`luck`, `deeds`); all three add to `practice.faults`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from app.domain.booking import LIVE_STATES, cells_between
from dev.stripe_sandbox.store import Object
from tests.simulation.practice import Practice

PAID = ("paid", "paid_conflict")
LIVE_DEPOSIT = ("creating", "open", "processing", "paid")
VOID = ("failed", "canceled")
DEPOSITS = (
    "SELECT id, booking_id, state, reference, amount_minor, currency, livemode, session_id FROM deposit ORDER BY id"
)
CREDIT_USED = (
    "SELECT booking_id, -sum(amount_minor) FROM ledger_entry WHERE kind IN ('credit_used', 'credit_returned') "
    "GROUP BY booking_id"
)
CREDIT_LEFT = (
    "SELECT l.owner, l.currency, sum(l.amount_minor) FROM ledger_entry l JOIN booking b ON b.id = l.booking_id "
    "WHERE l.kind LIKE 'credit%' AND b.state != 'released' GROUP BY 1, 2"
)
SMALLEST_CARD = 50
BOOKINGS = (
    "SELECT id, state, practitioner, room, busy_from, busy_until, deposit_minor, coalesce(lead_id, id) FROM booking "
    "ORDER BY id"
)
#: The visits of each programme together, and whether their first one can still be paid for.
TOGETHER = (
    "SELECT programme_id, group_concat(DISTINCT state), max(hold_until) > ? OR EXISTS (SELECT 1 FROM deposit d "
    "WHERE d.booking_id = coalesce(b.lead_id, b.id) AND d.state IN ('creating', 'open', 'processing')) "
    "FROM booking b WHERE programme_id IS NOT NULL GROUP BY 1"
)


def find_faults(practice: Practice) -> list[str]:
    """What does not hold now; empty when all is well. What was not written since the last look still holds."""
    noted = [*practice.faults, *practice.stage.wire.faults]
    seen = (practice.raw.total_changes, practice.world.store.writes, len(noted))
    if seen == practice.seen:
        return []
    practice.seen = seen
    sessions = {one["id"]: one for one in practice.stripe("checkout.session")}
    deposits = practice.rows(DEPOSITS)
    bookings = {row[0]: row for row in practice.rows(BOOKINGS)}
    found = [*noted, *_diary(practice, list(bookings.values()))]
    found += _bookings_have_their_money(practice, bookings, deposits)
    found += _programmes_are_whole(practice)
    found += _credit_is_used_once(practice)
    found += _deposits_match_stripe(deposits, bookings, sessions)
    found += _paid_stays_paid(practice, deposits)
    found += _refunds_fit(practice, deposits)
    found += _once(practice)
    return found


def _diary(practice: Practice, bookings: list[tuple[Any, ...]]) -> Iterator[str]:
    """Nobody is in two places: a booking's cells are all there, and only those of live bookings."""
    for table, place in (("booking_cell", 2), ("room_cell", 3)):
        column = "practitioner" if place == 2 else "room"
        kept: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for booking_id, where, start in practice.rows(f"SELECT booking_id, {column}, starts_at FROM {table}"):
            kept[booking_id].add((where, start))
        for row in bookings:
            wanted = set()
            if row[1] in LIVE_STATES and row[place]:
                wanted = {(row[place], start) for start in _cells(row[4], row[5])}
            if wanted != kept.pop(row[0], set()):
                yield f"booking {row[0]} is {row[1]} and its {column} cells do not fit"
        for booking_id in kept:
            yield f"cells of a booking {booking_id} that is not there"


def _bookings_have_their_money(
    practice: Practice, bookings: dict[int, tuple[Any, ...]], deposits: list[tuple[Any, ...]]
) -> Iterator[str]:
    """(1) No booking stands without its money, from a card or from credit; one attempt at a time."""
    covered = dict(practice.rows(CREDIT_USED))
    states: dict[int, Counter[str]] = defaultdict(Counter)
    for row in deposits:
        states[row[1]][row[2]] += 1
    for row in bookings.values():
        own = states[row[7]]
        due = row[6] - covered.get(row[0], 0) - SMALLEST_CARD  # so little is left for the day
        if row[1] in ("confirmed", "completed", "no_show") and due > 0 and not own["paid"]:
            yield f"(1) booking {row[0]} is {row[1]} without its money"
        if sum(own[state] for state in LIVE_DEPOSIT) > 1:
            yield f"(1) booking {row[0]} has two live deposits"


def _programmes_are_whole(practice: Practice) -> Iterator[str]:
    """(2) All dates of a programme are held and sold together; one whose time is over may lose them one by one."""
    now = practice.now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    for number, joined, payable in practice.rows(TOGETHER, now):
        states = set(joined.split(","))
        if (
            len(states) > 1
            and ("held" in states or "released" in states)
            and (payable or states != {"held", "released"})
        ):
            yield f"(2) the visits of programme {number} are {joined}"


def _credit_is_used_once(practice: Practice) -> Iterator[str]:
    """(4) Nobody pays with more credit than they were given."""
    for owner, currency, left in practice.rows(CREDIT_LEFT):
        if left < 0:
            yield f"(4) {owner} has used {-left} {currency} of credit too much"


def _deposits_match_stripe(
    deposits: list[tuple[Any, ...]], bookings: dict[int, tuple[Any, ...]], sessions: dict[str, Object]
) -> Iterator[str]:
    """(1) What is paid here is paid there, as it was asked for; (2) a payable time is kept; (10) no live mode."""
    for number, booking_id, state, reference, amount, currency, livemode, session_id in deposits:
        there = sessions.get(session_id or "")
        if livemode or (there and there["livemode"]):
            yield f"(10) deposit {number} has met the live mode"
        if state in PAID:
            wanted = ("complete", "paid", amount, currency.lower(), reference)
            names = ("status", "payment_status", "amount_total", "currency", "client_reference_id")
            if there is None or wanted != tuple(there[name] for name in names):
                yield f"(1) deposit {number} is {state} here and something else at Stripe"
        payable = there is not None and there["status"] == "open"
        if payable and bookings[booking_id][1] == "released":
            yield f"(2) booking {booking_id} was released while deposit {number} ({state}) can be paid"


def _paid_stays_paid(practice: Practice, deposits: list[tuple[Any, ...]]) -> Iterator[str]:
    """(3) Money that arrived stays arrived."""
    paid = {row[0] for row in deposits if row[2] in PAID}
    for lost in sorted(practice.ever_paid - paid):
        yield f"(3) deposit {lost} was paid and is not any more"
    practice.ever_paid |= paid


def _refunds_fit(practice: Practice, deposits: list[tuple[Any, ...]]) -> Iterator[str]:
    """(4) Never more back than came in, here and there."""
    back: Counter[int] = Counter()
    for deposit_id, amount, state in practice.rows("SELECT deposit_id, amount_minor, state FROM refund"):
        if amount <= 0:
            yield f"(4) a refund of {amount}"
        if state not in VOID:
            back[deposit_id] += amount
    for row in deposits:
        if back[row[0]] > row[4]:
            yield f"(4) {back[row[0]]} of the {row[4]} of deposit {row[0]} go back"
        if back[row[0]] and row[2] not in PAID:
            yield f"(4) deposit {row[0]} is {row[2]} and {back[row[0]]} of it go back"


def _once(practice: Practice) -> Iterator[str]:
    """(6) Each event, mail and refund once in effect; (10) an event of the live mode has none."""
    for table, column in (("stripe_event", "event_id"), ("outbox", "key"), ("refund", "refund_id")):
        twice = f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
        for (name,) in practice.rows(twice):
            yield f"(6) {name} stands twice in {table}"
    confirmed = "SELECT key FROM outbox WHERE kind = 'mail.confirmed'"
    told = Counter(key.split(":")[2] for (key,) in practice.rows(confirmed))
    yield from (f"(6) booking {number} is told twice that it stands" for number, n in told.items() if n > 1)
    live = (
        "SELECT event_id, outcome FROM stripe_event WHERE livemode AND outcome IS NOT NULL AND outcome != 'other mode'"
    )
    yield from (f"(10) {name} of the live mode had the effect {what!r}" for name, what in practice.rows(live))


@cache
def _cells(busy_from: str, busy_until: str) -> tuple[str, ...]:
    """The cells of a span, all as SQLite keeps them."""
    first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (busy_from, busy_until))
    return tuple(start.strftime("%Y-%m-%d %H:%M:%S.%f") for start in cells_between(first, last))
