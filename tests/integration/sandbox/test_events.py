"""Events reach the site signed, again until they are taken, and with whatever faults a test asks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from dev.stripe_sandbox.delivery import deliver_due, sign
from dev.stripe_sandbox.world import Endpoint
from tests.conftest import MovableClock
from tests.stripe_bench import StripeBench

Make = Callable[..., Any]


class Listener:
    """A webhook that keeps what it gets and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        self.answer = 200

    def __call__(self, _url: str, body: bytes, signature: str) -> int:
        self.got.append((body, signature))
        return self.answer

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.got]


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_the_sdk_believes_our_signature_and_no_other(
    open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench, listener: Listener
) -> None:
    session = open_session()
    stripe_sandbox.pay(session.id)
    deliver_due(stripe_sandbox.world, listener)
    ((body, signature),) = listener.got
    event = stripe_client.construct_event(body, signature, "whsec_sandbox")
    assert (event.type, event.api_version, event.livemode) == ("checkout.session.completed", "2026-10-28.endive", False)
    assert event.data.object.id == session.id
    assert event.data.object.payment_status == "paid"
    for wrong_body, secret in ((body, "whsec_other"), (body.replace(b"1200", b"1"), "whsec_sandbox")):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe_client.construct_event(wrong_body, signature, secret)


def test_only_what_was_subscribed_is_sent_and_everything_is_listed(
    open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench, listener: Listener
) -> None:
    stripe_sandbox.pay(open_session().id)
    deliver_due(stripe_sandbox.world, listener)
    assert listener.types == ["checkout.session.completed"]
    stripe_sandbox.world.endpoint = Endpoint("http://localhost/hook", ("*",))
    stripe_sandbox.pay(open_session().id)
    deliver_due(stripe_sandbox.world, listener)
    assert listener.types[1:] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert len(stripe_client.v1.events.list({"limit": 100}).data) == 8


def test_an_event_is_a_snapshot_of_its_moment(
    open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    session = open_session()
    stripe_sandbox.pay(session.id)
    payment = str(stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    stripe_client.v1.refunds.create({"payment_intent": payment}, {"idempotency_key": "r1"})
    events = {event.type: event for event in stripe_client.v1.events.list({"limit": 100}).data}
    assert events["charge.succeeded"].data.object.amount_refunded == 0
    assert events["charge.refunded"].data.object.amount_refunded == 1200
    assert events["refund.created"].request.idempotency_key == "r1"
    assert events["checkout.session.completed"].request.id is None


def test_a_refused_event_comes_again_later_with_a_fresh_signature(
    open_session: Make,
    stripe_client: stripe.StripeClient,
    stripe_sandbox: StripeBench,
    listener: Listener,
    clock: MovableClock,
) -> None:
    stripe_sandbox.pay(open_session().id)
    listener.answer = 500
    assert deliver_due(stripe_sandbox.world, listener) == 1
    assert deliver_due(stripe_sandbox.world, listener) == 0
    assert [one.type for one in stripe_client.v1.events.list({"delivery_success": False}).data] == [
        "checkout.session.completed"
    ]
    clock.advance(seconds=1)
    listener.answer = 0  # nobody there
    assert deliver_due(stripe_sandbox.world, listener) == 1
    clock.advance(seconds=2)
    listener.answer = 200
    assert deliver_due(stripe_sandbox.world, listener) == 1
    assert {json.loads(body)["id"] for body, _ in listener.got} == {json.loads(listener.got[0][0])["id"]}
    clock.advance(days=1)
    assert deliver_due(stripe_sandbox.world, listener) == 0
    assert stripe_client.v1.events.list({"delivery_success": False}).data == []


def test_an_endpoint_that_is_down_for_days_is_given_up_and_still_listed(
    open_session: Make,
    stripe_client: stripe.StripeClient,
    stripe_sandbox: StripeBench,
    listener: Listener,
    clock: MovableClock,
) -> None:
    stripe_sandbox.pay(open_session().id)
    listener.answer = 503
    deliver_due(stripe_sandbox.world, listener)
    clock.advance(days=3, minutes=1)
    deliver_due(stripe_sandbox.world, listener)
    clock.advance(days=1)
    assert deliver_due(stripe_sandbox.world, listener) == 0
    assert len(stripe_client.v1.events.list({"delivery_success": False}).data) == 1
    clock.advance(days=30)
    assert stripe_client.v1.events.list().data == []


def test_delivery_can_be_stopped_delayed_dropped_doubled_and_shuffled(
    open_session: Make, stripe_sandbox: StripeBench, listener: Listener, clock: MovableClock
) -> None:
    world = stripe_sandbox.world
    world.faults.webhooks_stopped = True
    stripe_sandbox.pay(open_session().id)
    assert deliver_due(world, listener) == 0
    world.faults.webhooks_stopped = False
    world.faults.duplicate_next = 1
    assert deliver_due(world, listener) == 1
    assert len(listener.got) == 2

    world.faults.drop_next = 1
    stripe_sandbox.pay(open_session().id)
    assert deliver_due(world, listener) == 0
    clock.advance(days=1)
    assert deliver_due(world, listener) == 0

    world.faults.webhook_delay_s = 90
    stripe_sandbox.pay(open_session().id)
    assert deliver_due(world, listener) == 0
    clock.advance(seconds=90)
    assert deliver_due(world, listener) == 1

    world.faults.webhook_delay_s = 0
    world.faults.webhooks_reordered = True
    ids = [stripe_sandbox.pay(open_session().id)["id"] for _ in range(12)]
    listener.got.clear()
    deliver_due(world, listener)
    arrived = [json.loads(body)["data"]["object"]["id"] for body, _ in listener.got]
    assert sorted(arrived) == sorted(ids)
    assert arrived != ids


def test_a_rolled_secret_signs_beside_the_old_one_for_a_while(
    open_session: Make,
    stripe_client: stripe.StripeClient,
    stripe_sandbox: StripeBench,
    listener: Listener,
    clock: MovableClock,
) -> None:
    stripe_sandbox.act(lambda world: world.roll_secret("whsec_new"))
    stripe_sandbox.pay(open_session().id)
    deliver_due(stripe_sandbox.world, listener)
    for secret in ("whsec_sandbox", "whsec_new"):
        assert stripe_client.construct_event(*listener.got[-1], secret).type == "checkout.session.completed"
    clock.advance(hours=24)
    stripe_sandbox.pay(open_session().id)
    deliver_due(stripe_sandbox.world, listener)
    assert stripe_client.construct_event(*listener.got[-1], "whsec_new").type == "checkout.session.completed"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe_client.construct_event(*listener.got[-1], "whsec_sandbox")


def test_the_decoy_scheme_is_never_enough(stripe_client: stripe.StripeClient) -> None:
    body = b'{"id": "evt_1", "object": "event"}'
    header = sign(body, [], 1_700_000_000)
    assert header.startswith("t=1700000000,v0=")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe_client.construct_event(body, header, "whsec_sandbox")


@pytest.mark.parametrize(
    ("wish", "count"),
    [
        ({"types": ["checkout.session.completed"]}, 2),
        ({"type": "payment_intent.*"}, 4),
        ({"types": ["charge.succeeded", "checkout.session.completed"]}, 4),
        ({"type": "charge.refunded"}, 0),
        ({"limit": 3}, 3),
    ],
    ids=str,
)
def test_events_are_listed_by_type(
    wish: dict[str, Any],
    count: int,
    open_session: Make,
    stripe_client: stripe.StripeClient,
    stripe_sandbox: StripeBench,
) -> None:
    for _ in range(2):
        stripe_sandbox.pay(open_session().id)
    assert len(stripe_client.v1.events.list(wish).data) == count  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wish", [{"limit": 0}, {"limit": 101}, {"starting_after": "evt_nothing"}, {"created": {"since": 1}}], ids=str
)
def test_a_wrong_list_is_refused(wish: dict[str, Any], stripe_client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        stripe_client.v1.events.list(wish)  # type: ignore[arg-type]
