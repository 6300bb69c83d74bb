"""Bad luck ends, banks decide, the workers go on for some days: then nothing may be left half done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from app.domain.ledger import dispute_steps
from app.services.money.audit import EVENT_TYPES, audit_money
from dev.stripe_sandbox import refunds
from dev.stripe_sandbox.faults import Faults
from dev.stripe_sandbox.store import Object
from tests.simulation.deeds import DEEDS
from tests.simulation.invariants import VOID, find_faults
from tests.simulation.luck import LUCK
from tests.simulation.practice import Practice
from tests.simulation.schedule import Action

#: Minutes between the last rounds. A page is asked about each minute at first and every five later, so the first two
#: are all that the reconciler may need to see a payment. What rests is not asked again: the rounds end early.
ROUNDS = (5, 5, 40, 400, 400, 700, 1500)
#: What the workers do in a round. Missed events are listed once an hour: in the rounds of LISTING.
STEPS = ("deliver", "process", "poll", "release_holds", "send_refunds", "send_mails")
LISTING = (2, 4, 6)
#: The booking whose deposit pays for each.
PAYER = "SELECT id, coalesce(lead_id, id) FROM booking"


def come_to_rest(practice: Practice) -> list[str]:
    """Let everything come to its end, and name what did not."""
    practice.world.faults = Faults()
    practice.use_secrets(*practice.world.signing_secrets())
    for process in practice.paused:
        process.go_on()
    practice.paused = []
    found = find_faults(practice)
    for number, minutes in enumerate(ROUNDS):
        practice.clock.advance(minutes=minutes)
        for name in ("hear_missed", *STEPS) if number in LISTING else STEPS:
            (DEEDS | LUCK)[name](practice, Action(name, number))
        found += find_faults(practice)
        if number == 1:
            found += _paid_and_unknown(practice)
            _let_banks_decide(practice)
        if number > 1 and not any(_left_open(practice)) and not practice.stripe("delivery", state="waiting"):
            break
    report = practice.start("audit", lambda: audit_money(practice.checkout, now=practice.now), 0).result
    words = [one.words for one in report.differences]
    found += [f"audit: {one}" for one in words if not any(reference in one for reference in practice.altered)]
    found += [*_left_open(practice), *_money_apart(practice), *_nobody_told(practice), *_unheard(practice)]
    return list(dict.fromkeys(found))


def _let_banks_decide(practice: Practice) -> None:
    for name in ("settle_payment", "settle_dispute", "settle_dispute"):
        LUCK[name](practice, Action(name, len(practice.ever_paid)))
    for refund in practice.stripe("refund", status="pending"):
        with practice.at_stripe() as world:
            refunds.settle(world, refund["id"], "succeeded")


def _paid_and_unknown(practice: Practice) -> Iterator[str]:
    """Two rounds of the reconciler are enough to see every payment of an attempt that stands.

    A page of an attempt that was given up, for want of an answer, is heard of within the hour, when events are listed.
    """
    states = dict(practice.rows("SELECT session_id, state FROM deposit WHERE session_id IS NOT NULL"))
    for page in _own_pages(practice, payment_status="paid"):
        if states.get(page["id"]) in ("creating", "open", "processing"):
            yield f"{page['id']} was paid, and two rounds later it is {states[page['id']]} here"


def _left_open(practice: Practice) -> Iterator[str]:
    """Nothing may be on its way any more."""
    altered = ",".join(f"'{one}'" for one in practice.altered) or "''"
    queries = {
        f"SELECT id, state, problem FROM deposit WHERE state IN ('creating', 'open', 'processing') "
        f"AND reference NOT IN ({altered})": "deposit {} is still {}: {}",
        "SELECT id, state, problem FROM refund WHERE state IN ('requested', 'pending', 'requires_action')":
            "refund {} is still {}: {}",
        f"SELECT id, visitor, hold_until FROM booking WHERE state = 'held' AND coalesce(lead_id, id) NOT IN "
        f"(SELECT booking_id FROM deposit WHERE reference IN ({altered}))": "booking {} is still held by {} until {}",
        "SELECT event_id, type, tries FROM stripe_event WHERE processed_at IS NULL": "event {} ({}) waits, {} tries",
        "SELECT key, attempts, error FROM outbox WHERE done_at IS NULL": "{} was not sent in {} attempts: {}",
    }  # fmt: skip
    for query, words in queries.items():
        yield from (words.format(*row) for row in practice.rows(query))
    for (key,) in practice.rows("SELECT key FROM outbox WHERE done_at IS NOT NULL"):
        times = practice.mailbox.sent.count(key)
        if times > 1 and not practice.mails_paused:
            yield f"{key} was sent {times} times, and no worker died over it"


def _money_apart(practice: Practice) -> Iterator[str]:
    """The ledger and Stripe agree to the penny; nobody's money is kept without a booking."""
    states = dict(practice.rows("SELECT id, state FROM booking"))
    payer = dict(practice.rows(PAYER))
    deposits = {row[2]: row for row in practice.rows("SELECT id, booking_id, pi_id, state FROM deposit")}
    disputed = {one["charge"]: one for one in practice.stripe("dispute")}
    own = {page["payment_intent"] for page in _own_pages(practice, payment_status="paid")}
    for charge in practice.stripe("charge", status="succeeded"):
        if charge["payment_intent"] not in own:
            continue
        if charge["payment_intent"] not in deposits:
            yield f"{charge['id']} is not known here"
            continue
        deposit_id, booking_id, _, state = deposits[charge["payment_intent"]]
        rows = practice.rows("SELECT amount_minor, state, reason FROM refund WHERE deposit_id = ?", deposit_id)
        gone = sum(amount for amount, how, _ in rows if how not in VOID)
        if gone != charge["amount_refunded"]:
            yield f"deposit {deposit_id}: {gone} went back here and {charge['amount_refunded']} at Stripe ({rows})"
        left = charge["amount"] - charge["amount_refunded"]
        by_hand = any(how in VOID for _, how, _ in rows) or charge["id"] in disputed
        if left and not by_hand and (state == "paid_conflict" or states[booking_id] in ("held", "released")):
            yield f"{charge['id']}: {left} kept of a deposit that is {state}, its booking {states[booking_id]}"
        promised = sum(amount for one, amount in practice.promised.items() if payer[one] == booking_id)
        if state == "paid" and not by_hand and gone < promised:
            yield f"booking {booking_id} was cancelled for {promised} and got {gone}"


def _nobody_told(practice: Practice) -> Iterator[str]:
    """What only a person can settle is on the list of a person."""
    kinds = [row[0] for row in practice.rows("SELECT kind FROM staff_task")]
    payer = dict(practice.rows(PAYER))
    tasks = {(kind, payer.get(about)) for kind, about in practice.rows("SELECT kind, booking_id FROM staff_task")}
    booking_of = dict(practice.rows("SELECT pi_id, booking_id FROM deposit WHERE pi_id IS NOT NULL"))
    for (booking_id,) in practice.rows("SELECT booking_id FROM deposit WHERE state = 'paid_conflict'"):
        if ("deposit.conflict", booking_id) not in tasks:
            yield f"nobody is told of the conflict of booking {booking_id}"
    for dispute in practice.stripe("dispute"):
        if dispute["payment_intent"] in booking_of:
            yield from _dispute_unknown(practice, dispute)
    for reference in practice.altered:
        paid = practice.stripe("checkout.session", client_reference_id=reference, payment_status="paid")
        if paid and "deposit.mismatch" not in kinds:
            yield f"nobody is told that {reference} was paid with other words than asked for"
    for refund in practice.stripe("refund"):
        booking_id = booking_of.get(refund["payment_intent"])
        if booking_id is not None:
            yield from _refund_untold(refund, {kind for kind, about in tasks if about == booking_id})
    failed = "SELECT d.booking_id FROM refund r JOIN deposit d ON d.id = r.deposit_id WHERE r.state = 'failed'"
    for (booking_id,) in practice.rows(failed):
        if not {("refund.failed", booking_id), ("refund.refused", booking_id)} & tasks:
            yield f"nobody is told that a refund of booking {booking_id} failed"


def _dispute_unknown(practice: Practice, dispute: Object) -> Iterator[str]:
    """The ledger has every step of a dispute up to where it stands, once."""
    steps = [one.kind for one in dispute_steps(dispute["status"], dispute["amount"])]
    kinds = [kind for (kind,) in practice.rows("SELECT kind FROM ledger_entry WHERE stripe_id = ?", dispute["id"])]
    if not set(steps) <= set(kinds) or len(kinds) != len(set(kinds)):
        yield f"{dispute['id']} is {dispute['status']} at Stripe, and here are {kinds}"
    if dispute["status"] == "lost" and not practice.rows(
        "SELECT 1 FROM staff_task WHERE kind = 'deposit.dispute_lost'"
    ):
        yield f"nobody is told that {dispute['id']} is lost"


def _refund_untold(refund: Object, told: set[str]) -> Iterator[str]:
    foreign = not refund["metadata"].get("refund")
    if foreign and "refund.foreign" not in told:
        yield f"nobody is told of {refund['id']}, made at Stripe"
    # whoever takes a refund back in the dashboard knows it
    if refund["status"] in (("failed",) if foreign else VOID) and "refund.failed" not in told:
        yield f"nobody is told that {refund['id']} is {refund['status']}"


def _unheard(practice: Practice) -> Iterator[str]:
    """Every event of the last days that we asked for stands in the inbox."""
    known = {row[0] for row in practice.rows("SELECT event_id FROM stripe_event")}
    since = int((practice.now - timedelta(days=2)).timestamp())
    for event in practice.stripe("event"):
        if event["type"] in EVENT_TYPES and event["created"] >= since and event["id"] not in known:
            yield f"{event['id']} ({event['type']}) was never heard"


def _own_pages(practice: Practice, **wanted: Any) -> list[Object]:
    pages = practice.stripe("checkout.session", **wanted)
    own = [page for page in pages if str(page["client_reference_id"]).startswith("dep_")]
    return [page for page in own if page["client_reference_id"] not in practice.altered]
