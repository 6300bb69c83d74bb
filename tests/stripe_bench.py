"""A Stripe sandbox for tests: served over real HTTP on a free port, on the test's clock, told what to do by the test.

Nothing happens by itself: a test pays or declines as the buyer, and delivers events when it wants them delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Thread
from typing import Any

import pytest
import stripe
from flask.testing import FlaskClient

from dev.stripe_sandbox import buyer, checkout
from dev.stripe_sandbox.delivery import deliver_due
from dev.stripe_sandbox.server import make_sandbox_server
from dev.stripe_sandbox.world import Endpoint, World

WEBHOOK = "http://localhost/stripe/webhook"


@dataclass
class StripeBench:
    """A running sandbox. `url` is its address; `world` has its objects, faults and clock."""

    world: World
    url: str

    def act(self, what: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Do something in the sandbox's world in one transaction: `bench.act(disputes.open_dispute, charge_id)`."""
        with self.world.store.transaction():
            checkout.expire_overdue(self.world)
            return what(self.world, *arguments, **named)

    def pay(self, session_id: str) -> dict[str, Any]:
        """The buyer pays on the hosted page; nobody has been told yet."""
        return self.act(buyer.pay, session_id)

    def decline(self, session_id: str) -> dict[str, Any]:
        """The buyer's card is declined; the session stays open."""
        return self.act(buyer.decline, session_id)

    def session(self, session_id: str) -> dict[str, Any]:
        """The session as Stripe has it now."""
        return self.act(checkout.get, session_id)

    def deliver(self, client: FlaskClient) -> list[int]:
        """Send every event that is due to the site behind `client`, over its real webhook. Returns its answers."""
        answers: list[int] = []

        def post(_url: str, body: bytes, signature: str) -> int:
            answer = client.post(
                "/stripe/webhook",
                data=body,
                headers={"Stripe-Signature": signature, "Content-Type": "application/json; charset=utf-8"},
            )
            answers.append(answer.status_code)
            return answer.status_code

        self.act(lambda _world: None)
        deliver_due(self.world, post)
        return answers


def start_bench(clock: Callable[[], datetime]) -> tuple[StripeBench, Callable[[], None]]:
    """A sandbox on a free port and on `clock`, and the function that ends it."""
    world = World(public_url="http://127.0.0.1", endpoint=Endpoint(WEBHOOK), clock=clock)
    server = make_sandbox_server(world, 0)
    world.public_url = f"http://127.0.0.1:{server.port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()
        world.store.close()

    return StripeBench(world, world.public_url), stop


@pytest.fixture
def stripe_sandbox(clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeBench]:
    """A sandbox of its own for this test. Point STRIPE_API_BASE (`settings.stripe_api_base`) at its `url`.

    Between two tries of a call Stripe's library sleeps for half a second and more: here it tries again at once.
    """
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.02)
    bench, stop = start_bench(clock)
    yield bench
    stop()
