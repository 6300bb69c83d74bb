"""With a seeded chance and a clock of its own the sandbox does the same thing twice: simulations rest on it."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

from dev.stripe_sandbox import buyer
from dev.stripe_sandbox.api import ApiRequest, answer
from dev.stripe_sandbox.delivery import deliver_due
from dev.stripe_sandbox.world import Endpoint, World

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WORDS = {
    "success_url": "http://localhost/", "mode": "payment", "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "gbp", "line_items[0][price_data][unit_amount]": "1200",
    "line_items[0][price_data][product_data][name]": "visit",
}  # fmt: skip


def history(seed: int) -> list[str]:
    told: list[str] = []

    def post(_url: str, body: bytes, _signature: str) -> int:
        told.append(body.decode())
        return 200

    world = World(
        public_url="http://sandbox", endpoint=Endpoint("http://site/hook", ("*",)), clock=lambda: NOW,
        chance=random.Random(seed),
    )  # fmt: skip
    world.faults.webhooks_reordered = True
    for number in range(5):
        made = answer(
            world, ApiRequest("POST", "/v1/checkout/sessions", tuple(WORDS.items()), "Bearer sk_test_x", f"k{number}")
        )
        with world.store.transaction():
            buyer.pay(world, made.body["id"])
    deliver_due(world, post)
    told.append(json.dumps(answer(world, ApiRequest("GET", "/v1/events", (), "Bearer sk_test_x")).body))
    world.store.close()
    return told


def test_one_seed_one_history() -> None:
    assert history(7) == history(7)
    assert history(7) != history(8)
