"""The sandbox speaks as Stripe does: held against Stripe's published description and against the SDK's own types."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe

from dev.stripe_sandbox import balance, buyer, disputes, refunds
from dev.stripe_sandbox.parameters import shape
from tests.integration.sandbox.sdk_types import object_faults
from tests.stripe_bench import StripeBench

KEY = {"Authorization": "Bearer sk_test_sandbox"}
CLASSES: dict[str, type[stripe.StripeObject]] = {
    "checkout.session": stripe.checkout.Session,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "event": stripe.Event,
    "dispute": stripe.Dispute,
    "balance_transaction": stripe.BalanceTransaction,
}


@pytest.fixture
def everything(open_session: Callable[..., Any], stripe_sandbox: StripeBench) -> dict[str, list[dict[str, Any]]]:
    """One of each thing in each state it can be in, as the API would send it."""
    store = stripe_sandbox.world.store
    open_session()
    stripe_sandbox.decline(open_session().id)
    expired = open_session()
    stripe_sandbox.decline(expired.id)
    for arrived in (True, False):
        later = open_session()
        stripe_sandbox.act(buyer.pay_later, later.id)
        stripe_sandbox.act(buyer.settle, later.id, arrived=arrived)
    stripe_sandbox.act(buyer.pay_later, open_session().id)
    for inquiry, ends in ((False, "won"), (False, "lost"), (True, "warning_closed"), (True, None)):
        paid = stripe_sandbox.pay(open_session().id)
        charge = store.find("payment_intent", paid["payment_intent"])["latest_charge"]  # type: ignore[index]
        dispute = stripe_sandbox.act(disputes.open_dispute, charge, inquiry=inquiry)
        if ends:
            stripe_sandbox.act(disputes.settle, dispute["id"], ends)
    paid = stripe_sandbox.pay(open_session().id)
    for status, end in (("pending", "failed"), ("pending", "canceled"), ("pending", "succeeded"), ("succeeded", None)):
        stripe_sandbox.world.faults.next_refunds = [status]
        refund = stripe_sandbox.act(refunds.create, {"payment_intent": paid["payment_intent"], "amount": 100})
        if end:
            stripe_sandbox.act(refunds.settle, refund["id"], end)
    stripe_sandbox.world.move_clock(3600)
    stripe_sandbox.act(lambda _world: None)
    return {kind: store.newest_first(kind) for kind in CLASSES} | {
        "balance_transaction": balance.movements(stripe_sandbox.world)
    }


def test_every_state_was_met(everything: dict[str, list[dict[str, Any]]]) -> None:
    def states(kind: str) -> set[str]:
        return {one["status"] for one in everything[kind]}

    assert states("checkout.session") == {"complete", "expired"}
    assert states("payment_intent") == {"succeeded", "processing", "requires_payment_method", "canceled"}
    assert states("charge") == {"succeeded", "pending", "failed"}
    assert states("refund") == {"succeeded", "failed", "canceled"}
    assert states("dispute") == {"won", "lost", "warning_closed", "warning_needs_response"}


@pytest.mark.parametrize("kind", CLASSES)
def test_objects_are_what_the_sdk_expects(kind: str, everything: dict[str, list[dict[str, Any]]]) -> None:
    found = {fault for one in everything[kind] for fault in object_faults(CLASSES[kind], one, kind)}
    assert not found, "\n".join(sorted(found))


@pytest.mark.parametrize("kind", CLASSES)
def test_objects_are_what_stripes_description_says(kind: str, everything: dict[str, list[dict[str, Any]]]) -> None:
    facts = shape()["objects"][kind]
    found: set[str] = set()
    for thing in everything[kind]:
        found |= {f"{name} is missing" for name in facts["required"] if name not in thing}
        for name, value in thing.items():
            if name in facts["fields"]:
                found |= set(described_faults(name, facts["fields"][name], value))
    assert not found


TYPES = {"integer": int, "string": str, "boolean": bool, "object": dict, "array": list, "number": float}


def described_faults(name: str, facts: dict[str, Any], value: Any) -> list[str]:
    if value is None:
        return [] if facts.get("nullable") else [f"{name} must not be null"]
    kinds = tuple(TYPES[one] for one in facts["types"])
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return [f"{name} is {type(value).__name__}"]
    if "enum" in facts and value not in facts["enum"]:
        return [f"{name} is {value}"]
    return []


def test_the_events_of_a_deposits_life_were_told(everything: dict[str, list[dict[str, Any]]]) -> None:
    told = {event["type"] for event in everything["event"]}
    assert told >= {
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "charge.refunded",
        "refund.created",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.closed",
    }


def test_the_description_was_read_for_every_operation() -> None:
    facts = shape()
    assert set(facts["objects"]) == set(CLASSES)
    create = facts["operations"]["POST /v1/checkout/sessions"]["fields"]
    assert "payment_method_types" not in create
    assert create["allowed_payment_method_types"] == {"type": "array", "items": {"type": "string", "max": 5000}}


def test_the_sandbox_knows_every_parameter_the_sdk_may_send() -> None:
    from stripe.params import RefundCreateParams
    from stripe.params.checkout import SessionCreateParams

    options = {"api_key", "content_type", "headers", "idempotency_key", "max_network_retries", "stripe_account",
               "stripe_context", "stripe_version"}  # fmt: skip
    for name, params in (("POST /v1/checkout/sessions", SessionCreateParams), ("POST /v1/refunds", RefundCreateParams)):
        known = set(shape()["operations"][name]["fields"])
        assert set(params.__annotations__) - options == known, name


def test_every_operation_answers_with_what_is_described(
    everything: dict[str, list[dict[str, Any]]], stripe_sandbox: StripeBench
) -> None:
    known = {things[0]["object"]: things[0]["id"] for things in everything.values() if things}
    for operation, described in shape()["answers"].items():
        method, path = operation.split(" ")
        if method == "GET":
            kind = described.get("object") or described["list"]
            given = requests.get(f"{stripe_sandbox.url}{re.sub(r'{.*}', known[kind], path)}", headers=KEY, timeout=10)
            assert given.status_code == 200, operation
            answer = given.json()
            if "list" in described:
                assert set(described["required"]) <= set(answer), operation
                assert (answer["object"], answer["url"]) == ("list", path)
                answer = answer["data"][0]
            assert answer["object"] == kind, operation


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/refunds/re_none", KEY, 404),
        ("/v1/nothing", KEY, 404),
        ("/v1/refunds?limit=0", KEY, 400),
        ("/v1/refunds?colour=blue", KEY, 400),
        ("/v1/refunds", {}, 401),
    ],
    ids=str,
)
def test_a_refusal_is_what_is_described(
    path: str, headers: dict[str, str], status: int, stripe_sandbox: StripeBench
) -> None:
    given = requests.get(stripe_sandbox.url + path, headers=headers, timeout=10)
    assert given.status_code == status
    facts, error = shape()["error"], given.json()["error"]
    assert set(facts["required"]) <= set(error) <= set(facts["fields"])
    assert [
        fault for name, value in error.items() for fault in described_faults(name, facts["fields"][name], value)
    ] == []
