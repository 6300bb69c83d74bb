"""Refunds and disputes: the sums always add up, and what cannot be is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from dev.stripe_sandbox import buyer, disputes, refunds
from dev.stripe_sandbox.errors import ApiError
from tests.stripe_bench import StripeBench

Make = Callable[..., Any]


@pytest.fixture
def payment(open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench) -> str:
    session = open_session()
    stripe_sandbox.pay(session.id)
    return str(stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent)


def charge_of(client: stripe.StripeClient, payment: str) -> stripe.Charge:
    charge = client.v1.payment_intents.retrieve(payment, {"expand": ["latest_charge"]}).latest_charge
    assert isinstance(charge, stripe.Charge)
    return charge


def test_partial_refunds_add_up_to_the_charge_and_no_further(
    payment: str, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    first = stripe_client.v1.refunds.create({"payment_intent": payment, "amount": 500, "metadata": {"ref": "r1"}})
    assert (first.status, first.amount, first.metadata.to_dict()) == ("succeeded", 500, {"ref": "r1"})  # type: ignore[union-attr]
    assert not charge_of(stripe_client, payment).refunded
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe_client.v1.refunds.create({"payment_intent": payment, "amount": 701})
    assert caught.value.param == "amount"
    stripe_client.v1.refunds.create({"payment_intent": payment})
    charge = charge_of(stripe_client, payment)
    assert (charge.amount_refunded, charge.refunded) == (1200, True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe_client.v1.refunds.create({"payment_intent": payment, "amount": 1})
    assert caught.value.error.code == "charge_already_refunded"  # type: ignore[union-attr]
    listed = stripe_client.v1.refunds.list({"payment_intent": payment}).data
    assert [one.amount for one in listed] == [700, 500]
    told = stripe_client.v1.events.list({"types": ["charge.refunded"]}).data
    assert [event.data.previous_attributes.to_dict() for event in told] == [  # type: ignore[union-attr]
        {"amount_refunded": 500, "refunded": False},
        {"amount_refunded": 0},
    ]


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"reason": "because"}, "reason"),
        ({"charge": "ch_1"}, None),
        ({"reverse_transfer": True}, "reverse_transfer"),
    ],
    ids=str,
)
def test_a_wrong_refund_moves_nothing(
    wish: dict[str, Any], param: str | None, payment: str, stripe_client: stripe.StripeClient
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe_client.v1.refunds.create({"payment_intent": payment, **wish})  # type: ignore[typeddict-item]
    assert caught.value.param == param
    assert charge_of(stripe_client, payment).amount_refunded == 0


def test_an_unpaid_payment_cannot_be_refunded(
    open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    session = open_session()
    stripe_sandbox.decline(session.id)
    payment = stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        stripe_client.v1.refunds.create({"payment_intent": str(payment)})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe_client.v1.refunds.create({"payment_intent": "pi_nothing"})
    assert caught.value.http_status == 404


def test_a_refund_may_wait_and_then_fail_and_the_money_is_back(
    payment: str, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    stripe_sandbox.world.faults.next_refunds = ["pending"]
    refund = stripe_client.v1.refunds.create({"payment_intent": payment, "amount": 1200})
    assert refund.status == "pending"
    stripe_sandbox.act(refunds.settle, refund.id, "failed")
    failed = stripe_client.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    charge = charge_of(stripe_client, payment)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert stripe_client.v1.refunds.create({"payment_intent": payment}).amount == 1200
    with pytest.raises(ApiError):
        stripe_sandbox.act(refunds.settle, refund.id, "succeeded")


def test_also_a_refund_that_succeeded_can_fail_weeks_later(
    payment: str, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    refund = stripe_client.v1.refunds.create({"payment_intent": payment})
    stripe_sandbox.act(refunds.settle, refund.id, "failed")
    types = [event.type for event in stripe_client.v1.events.list({"types": ["refund.updated", "refund.failed"]}).data]
    assert types == ["refund.failed", "refund.updated"]


def test_a_dispute_blocks_refunds_and_an_inquiry_does_not(
    open_session: Make, payment: str, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    charge = charge_of(stripe_client, payment)
    dispute = stripe_sandbox.act(disputes.open_dispute, charge.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe_client.v1.refunds.create({"payment_intent": payment})
    assert caught.value.error.code == "charge_disputed"  # type: ignore[union-attr]
    stripe_sandbox.act(disputes.settle, dispute["id"], "lost")
    read = stripe_client.v1.disputes.list({"payment_intent": payment}).data
    assert [(one.id, one.status, one.is_charge_refundable) for one in read] == [(dispute["id"], "lost", False)]

    session = open_session()
    stripe_sandbox.pay(session.id)
    other = str(stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    inquiry = stripe_sandbox.act(disputes.open_dispute, charge_of(stripe_client, other).id, inquiry=True)
    assert inquiry["status"] == "warning_needs_response"
    assert stripe_client.v1.refunds.create({"payment_intent": other, "amount": 100}).status == "succeeded"
    stripe_sandbox.act(disputes.settle, inquiry["id"], "warning_closed")
    with pytest.raises(ApiError):
        stripe_sandbox.act(disputes.settle, inquiry["id"], "won")


@pytest.mark.parametrize("arrived", [True, False])
def test_a_delayed_payment_completes_unpaid_and_ends_later(
    arrived: bool, open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    session = open_session(allowed_payment_method_types=["card", "bacs_debit"])
    stripe_sandbox.act(buyer.pay_later, session.id)
    waiting = stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert waiting.payment_intent.status == "processing"  # type: ignore[union-attr]
    stripe_sandbox.act(buyer.settle, session.id, arrived=arrived)
    done = stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert done.payment_status == ("paid" if arrived else "unpaid")
    newest = stripe_client.v1.events.list({"limit": 1}).data[0].type
    assert newest == f"checkout.session.async_payment_{'succeeded' if arrived else 'failed'}"
