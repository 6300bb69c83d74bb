"""The real SDK, pointed at the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.stripe_bench import StripeBench

VERSION = "2026-10-28.endive"


@pytest.fixture
def make_client(stripe_sandbox: StripeBench) -> Callable[..., stripe.StripeClient]:
    stripe.enable_telemetry = False

    def make(key: str = "sk_test_sandbox", retries: int = 0) -> stripe.StripeClient:
        return stripe.StripeClient(
            key,
            stripe_version=VERSION,
            max_network_retries=retries,
            base_addresses={"api": stripe_sandbox.url},
            http_client=stripe.RequestsClient(timeout=(3, 15)),
        )

    return make


@pytest.fixture
def stripe_client(make_client: Callable[..., stripe.StripeClient]) -> stripe.StripeClient:
    return make_client()


@pytest.fixture
def terms(stripe_sandbox: StripeBench) -> Callable[..., dict[str, Any]]:
    """What a booking site asks for; keywords change or (with None) remove a parameter."""

    def make(amount: int = 1200, currency: str = "gbp", **changes: Any) -> dict[str, Any]:
        price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "60 min appointment"}}
        wish = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": "http://localhost/book/return?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://localhost/book/check",
            "client_reference_id": "dep_1",
            "customer_email": "sam@client.example",
            "submit_type": "book",
            "metadata": {"deposit": "dep_1"},
            "payment_intent_data": {"metadata": {"deposit": "dep_1"}},
            "allowed_payment_method_types": ["card"],
            "adaptive_pricing": {"enabled": False},
            "expires_at": stripe_sandbox.world.now() + 33 * 60,
        }
        return {name: value for name, value in {**wish, **changes}.items() if value is not None}

    return make


@pytest.fixture
def open_session(
    stripe_client: stripe.StripeClient, terms: Callable[..., dict[str, Any]]
) -> Callable[..., stripe.checkout.Session]:
    def make(**changes: Any) -> stripe.checkout.Session:
        return stripe_client.v1.checkout.sessions.create(terms(**changes))

    return make
