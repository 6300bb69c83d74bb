"""Checkout Sessions through the real SDK: create, read, list, expire, and every refusal with its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.conftest import MovableClock
from tests.stripe_bench import StripeBench

Make = Callable[..., Any]


def test_a_new_session_is_open_unpaid_and_has_no_payment_yet(open_session: Make, stripe_sandbox: StripeBench) -> None:
    session = open_session()
    assert session.id.startswith("cs_test_")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency, session.livemode) == (1200, "gbp", False)
    assert session.payment_intent is None
    assert session.client_reference_id == "dep_1"
    assert session.metadata.to_dict() == {"deposit": "dep_1"}
    assert session.customer_details.email == "sam@client.example"
    assert session.url == f"{stripe_sandbox.url}/c/pay/{session.id}"


def test_paying_makes_the_payment_and_carries_its_own_metadata(
    open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    session = open_session(metadata={"only": "session"}, payment_intent_data={"metadata": {"only": "payment"}})
    stripe_sandbox.pay(session.id)
    paid = stripe_client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "line_items"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    intent = paid.payment_intent
    assert intent.status == "succeeded"
    assert intent.amount_received == 1200
    assert intent.metadata.to_dict() == {"only": "payment"}
    assert intent.latest_charge.status == "succeeded"
    assert intent.latest_charge.payment_intent == intent.id
    assert paid.line_items.data[0].description == "60 min appointment"


def test_a_declined_card_leaves_the_session_open_for_another_try(
    open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    session = open_session()
    stripe_sandbox.decline(session.id)
    read = stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (read.status, read.payment_status) == ("open", "unpaid")
    assert read.payment_intent.last_payment_error.code == "card_declined"
    stripe_sandbox.pay(session.id)
    again = stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert again.payment_status == "paid"
    assert again.payment_intent.id == read.payment_intent.id
    assert again.payment_intent.last_payment_error is None


def test_time_expires_a_session_and_nobody_can_pay_it_then(
    open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench, clock: MovableClock
) -> None:
    session = open_session()
    clock.advance(minutes=33)
    assert stripe_client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    with pytest.raises(Exception, match="cannot be paid"):
        stripe_sandbox.pay(session.id)
    types = [event.type for event in stripe_client.v1.events.list().data]
    assert types == ["checkout.session.expired"]


def test_expiring_works_once_and_not_after_payment(
    open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench
) -> None:
    session = open_session()
    assert stripe_client.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`") as caught:
        stripe_client.v1.checkout.sessions.expire(session.id)
    assert caught.value.http_status == 400
    paid = open_session()
    stripe_sandbox.pay(paid.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        stripe_client.v1.checkout.sessions.expire(paid.id)


def test_a_list_is_newest_first_and_pages_by_cursor(open_session: Make, stripe_client: stripe.StripeClient) -> None:
    made = [open_session(client_reference_id=f"dep_{n}").id for n in range(5)]
    listed = [one.id for one in stripe_client.v1.checkout.sessions.list({"limit": 2}).auto_paging_iter()]
    assert listed == made[::-1]
    before = stripe_client.v1.checkout.sessions.list({"limit": 2, "ending_before": made[0]})
    assert [one.id for one in before.data] == [made[2], made[1]]
    assert before.has_more


def test_a_list_is_narrowed_by_time_status_and_payment(
    open_session: Make, stripe_client: stripe.StripeClient, stripe_sandbox: StripeBench, clock: MovableClock
) -> None:
    early = open_session()
    stripe_sandbox.pay(early.id)
    clock.advance(minutes=5)
    late = open_session()
    sessions = stripe_client.v1.checkout.sessions

    def ids(**wish: Any) -> list[str]:
        return [one.id for one in sessions.list(wish).data]  # type: ignore[arg-type]

    assert ids(created={"gte": late.created}) == [late.id]
    assert ids(created={"lt": late.created}) == [early.id]
    assert ids(status="open") == [late.id]
    assert ids(payment_intent=sessions.retrieve(early.id).payment_intent) == [early.id]


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"sucess_url": "http://localhost/"}, "parameter_unknown", "sucess_url"),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
        ({"cancel_url": "/book/check"}, "url_invalid", "cancel_url"),
        ({"line_items": None}, "parameter_missing", "line_items"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
        ({"submit_type": "buy"}, None, "submit_type"),
        ({"mode": "subscription"}, None, "mode"),
        ({"expires_at": 0}, None, "expires_at"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"client_reference_id": "x" * 201}, None, "client_reference_id"),
        ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, None, "metadata"),
        ({"metadata": {"a": {"b": "c"}}}, None, "metadata"),
        ({"discounts": [{"coupon": "x"}]}, None, "discounts"),
        ({"amount": 29}, "amount_too_small", None),
        ({"amount": 100_000_000}, "amount_too_large", None),
        ({"amount": -1}, "parameter_invalid_integer", "line_items[0][price_data][unit_amount]"),
        ({"amount": 12.5}, "parameter_invalid_integer", "line_items[0][price_data][unit_amount]"),
        ({"currency": "gpb"}, None, "line_items[0][price_data][currency]"),
        ({"expand": ["customer"]}, None, "expand"),
    ],
    ids=str,
)
def test_a_wrong_wish_is_refused_with_its_place_and_leaves_nothing(
    changes: dict[str, Any], code: str | None, param: str | None, terms: Make, stripe_client: stripe.StripeClient
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe_client.v1.checkout.sessions.create(terms(**changes))
    assert caught.value.http_status == 400
    assert caught.value.error.code == code  # type: ignore[union-attr]
    assert caught.value.param == param
    assert stripe_client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize(
    ("seconds", "fits"), [(30 * 60 - 1, False), (30 * 60, True), (24 * 3600, True), (25 * 3600, False)]
)
def test_expiry_lies_between_half_an_hour_and_a_day(
    seconds: int, *, fits: bool, open_session: Make, stripe_sandbox: StripeBench
) -> None:
    wish = {"expires_at": stripe_sandbox.world.now() + seconds}
    if fits:
        assert open_session(**wish).expires_at == wish["expires_at"]
    else:
        with pytest.raises(stripe.InvalidRequestError) as caught:
            open_session(**wish)
        assert caught.value.param == "expires_at"


def test_a_currency_without_small_units_is_taken_as_it_is(open_session: Make) -> None:
    assert open_session(amount=500, currency="jpy").amount_total == 500


def test_what_is_not_there_is_a_404(stripe_client: stripe.StripeClient) -> None:
    for read in (
        stripe_client.v1.checkout.sessions.retrieve,
        stripe_client.v1.payment_intents.retrieve,
        stripe_client.v1.charges.retrieve,
        stripe_client.v1.refunds.retrieve,
        stripe_client.v1.events.retrieve,
        stripe_client.v1.disputes.retrieve,
    ):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            read("nothing")
        assert (caught.value.http_status, caught.value.error.code) == (404, "resource_missing")  # type: ignore[union-attr]
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        stripe_client.v1.customers.list()


@pytest.mark.parametrize("key", ["sk_live_" + "x" * 20, "rk_live_" + "x" * 20, "pk_test_x", "nonsense"])
def test_only_test_keys_are_taken(key: str, make_client: Make) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        make_client(key).v1.checkout.sessions.list()
    assert caught.value.http_status == 401
    assert key not in str(caught.value)


def test_a_restricted_test_key_is_enough(make_client: Make) -> None:
    assert make_client("rk_test_x").v1.checkout.sessions.list().data == []
