"""What Stripe, its banks, bad luck and time do. Each function is one action of a schedule."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from dev.stripe_sandbox import buyer, checkout, disputes, refunds
from dev.stripe_sandbox.delivery import deliver_due, sign
from dev.stripe_sandbox.errors import ApiError
from dev.stripe_sandbox.faults import ApiFault, FaultKind
from tests.simulation.practice import Practice
from tests.simulation.schedule import Action

API_FAULTS: dict[str, FaultKind] = {
    "lose_answer": "lose_answer", "lose_request": "lose_request", "stripe_down": "down", "rate_limit": "rate_limit",
    "broken_before": "error_before", "broken_after": "error_after", "slow": "slow", "slow_answer": "slow_answer",
}  # fmt: skip
PATHS = ("/v1/", "/v1/", "/v1/checkout/sessions", "/v1/refunds")
FOREIGN = {
    "success_url": "https://shop.example/", "client_reference_id": "order-1",
    "line_items": [{"quantity": 1, "price_data": {
        "currency": "gbp", "unit_amount": 900, "product_data": {"name": "A towel"},
    }}],
}  # fmt: skip


def deliver(practice: Practice, action: Action) -> None:
    """Stripe sends what is due. A web process that stops on the way is one that did not answer."""

    def post(_url: str, body: bytes, signature: str) -> int:
        return _post(practice, body, signature, action.stop)

    with practice.at_stripe():
        pass
    deliver_due(practice.world, post)


def _post(practice: Practice, body: bytes, signature: str, stop: int) -> int:
    def work() -> int:
        client = practice.stage.app.test_client()
        return client.post("/stripe/webhook", data=body, headers={"Stripe-Signature": signature}).status_code

    status = practice.start("webhook", work, stop).result or 0
    if 200 <= status < 300:
        event_id = json.loads(body)["id"]
        if not practice.rows("SELECT 1 FROM stripe_event WHERE event_id = ?", event_id):
            practice.faults.append(f"event {event_id} was answered with {status} and not stored")
    return status


def dashboard_refund(practice: Practice, action: Action) -> None:
    """Someone refunds in Stripe's dashboard."""
    charges = practice.stripe("charge", status="succeeded")
    if charges:
        payment = charges[action.number % len(charges)]["payment_intent"]
        _at_stripe(practice, refunds.create, {"payment_intent": payment, "amount": 1 + action.number % 700})


def open_dispute(practice: Practice, action: Action) -> None:
    """A client's bank wants the money back, or only asks."""
    charges = practice.stripe("charge", status="succeeded", disputed=False)
    if charges:
        charge = charges[action.number % len(charges)]
        _at_stripe(practice, disputes.open_dispute, charge["id"], inquiry=action.number % 3 == 0)


def settle_dispute(practice: Practice, action: Action) -> None:
    """The bank has decided."""
    for dispute in practice.stripe("dispute"):
        ends = disputes.ENDS.get(dispute["status"])
        if ends:
            _at_stripe(practice, disputes.settle, dispute["id"], ends[action.number % len(ends)])


def settle_payment(practice: Practice, action: Action) -> None:
    """A payment that takes days arrives, or does not."""
    for page in practice.stripe("checkout.session", status="complete", payment_status="unpaid"):
        _at_stripe(practice, buyer.settle, page["id"], arrived=action.number % 2 == 0)


def pending_refund(practice: Practice, action: Action) -> None:
    """The next refunds take their time."""
    practice.world.faults.next_refunds += ["pending"] * (1 + action.number % 2)


def settle_refund(practice: Practice, action: Action) -> None:
    """A refund arrives, is taken back, or fails, which one that had arrived may do too."""
    known = practice.stripe("refund")
    if known:
        one, status = (
            known[action.number % len(known)],
            ("succeeded", "failed", "failed", "canceled")[action.number % 4],
        )
        _at_stripe(practice, refunds.settle, one["id"], status)


def foreign_sale(practice: Practice, _action: Action) -> None:
    """The same Stripe account sells something else."""
    with practice.at_stripe() as world:
        buyer.pay(world, checkout.create(world, FOREIGN)["id"])


def live_event(practice: Practice, action: Action) -> None:
    """An event of the live mode reaches a test site, with a true signature."""
    known = practice.stripe("event")
    if known:
        event = known[action.number % len(known)]
        wrong = event | {"id": f"evt_live_{action.number}", "livemode": True}
        wrong["data"] = {"object": event["data"]["object"] | {"livemode": True}}
        body = json.dumps(wrong).encode()
        _post(practice, body, sign(body, list(practice.secrets), _machine_second()), action.stop)


def altered_page(practice: Practice, action: Action) -> None:
    """Someone with access to Stripe changes what is asked for on a page."""
    pages = practice.stripe("checkout.session", status="open", payment_intent=None)
    if pages:
        page = pages[action.number % len(pages)]
        change = {"amount_total": 30} if action.number % 2 else {"currency": "usd"}
        practice.altered.add(page["client_reference_id"])
        with practice.at_stripe() as world:
            world.store.put("checkout.session", page | change)


def api_fault(practice: Practice, action: Action) -> None:
    """The next requests go wrong in one way."""
    number, kind = action.number, API_FAULTS[action.name]
    method, path = "POST" if number % 2 else "*", PATHS[number % len(PATHS)]
    practice.world.faults.api = [ApiFault(kind, method, path, 1 + number % 5, seconds=number % 25)]


def drop_webhooks(practice: Practice, action: Action) -> None:
    """The next deliveries are lost for good."""
    practice.world.faults.drop_next = 1 + action.number % 4


def double_webhooks(practice: Practice, action: Action) -> None:
    """The next deliveries come twice."""
    practice.world.faults.duplicate_next = 1 + action.number % 4


def reorder_webhooks(practice: Practice, action: Action) -> None:
    """Deliveries come in any order, or in the right one again."""
    practice.world.faults.webhooks_reordered = action.number % 3 != 0


def delay_webhooks(practice: Practice, action: Action) -> None:
    """Deliveries come late, up to two hours."""
    practice.world.faults.webhook_delay_s = action.number % 7200


def roll_secret(practice: Practice, action: Action) -> None:
    """The webhook's secret is rolled; now and then nobody tells the site."""
    secret = f"whsec_{action.number}"
    with practice.at_stripe() as world:
        world.roll_secret(secret, keep_old_s=action.number % 2 * 3600)
    if action.number % 4:
        practice.use_secrets(secret, practice.secrets[0])


def wait_minutes(practice: Practice, action: Action) -> None:
    """Time goes by."""
    practice.clock.advance(minutes=action.number % 40, seconds=action.number % 60)


def wait_hours(practice: Practice, action: Action) -> None:
    """A night, or a day and a half without anybody at work. What stood still that long is dead."""
    practice.clock.advance(hours=1 + action.number % 36)
    practice.end_old_processes()


def stripe_ahead(practice: Practice, action: Action) -> None:
    """Stripe's clock and ours are not the same."""
    with practice.at_stripe() as world:
        world.move_clock(action.number % 40)


def go_on(practice: Practice, action: Action) -> None:
    """A process that was stopped goes on, perhaps long after, and may stop again."""
    if practice.paused:
        process = practice.paused.pop(action.number % len(practice.paused))
        if not process.go_on(action.stop).dead:
            practice.paused.append(process)


def kill(practice: Practice, action: Action) -> None:
    """A process that was stopped is dead."""
    if practice.paused:
        practice.paused.pop(action.number % len(practice.paused)).kill()


def _at_stripe(practice: Practice, act: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """Something happens at Stripe if the state of things allows it."""
    try:
        with practice.at_stripe() as world:
            act(world, *arguments, **named)
    except ApiError:
        pass


def _machine_second() -> int:
    """The library compares signatures with the machine's clock."""
    return int(time.time())


LUCK: dict[str, Callable[[Practice, Action], None]] = {
    "deliver": deliver, "dashboard_refund": dashboard_refund, "open_dispute": open_dispute,
    "settle_dispute": settle_dispute, "settle_payment": settle_payment, "pending_refund": pending_refund,
    "settle_refund": settle_refund, "foreign_sale": foreign_sale, "live_event": live_event,
    "altered_page": altered_page, **dict.fromkeys(API_FAULTS, api_fault), "drop_webhooks": drop_webhooks,
    "double_webhooks": double_webhooks, "reorder_webhooks": reorder_webhooks, "delay_webhooks": delay_webhooks,
    "roll_secret": roll_secret, "wait_minutes": wait_minutes, "wait_hours": wait_hours, "stripe_ahead": stripe_ahead,
    "go_on": go_on, "kill": kill,
}  # fmt: skip
