"""A payment that takes days: said so, held meanwhile, and told by mail when it does not arrive."""

from __future__ import annotations

import pytest
from flask import Flask

from app.jobs.outbox import send_due
from app.services.money.reconciliation import reconcile_deposits
from app.web.site import Site
from dev.stripe_sandbox import buyer
from tests.conftest import MovableClock
from tests.factories.tools import make_tools
from tests.integration.web.conftest import Store
from tests.integration.web.test_own_booking import Client
from tests.stripe_bench import StripeBench


@pytest.fixture
def waiting(booking_app: Flask, stripe_sandbox: StripeBench) -> Client:
    """A client whose bank takes its time; `link` is where the payment page led back to."""
    client = Client(booking_app.test_client())
    client.reach_check()
    client.send("/book/check")
    session_id = client.place.rpartition("/")[2]
    stripe_sandbox.act(buyer.pay_later, session_id)
    client.link = f"/book/return?session_id={session_id}"
    return client


def test_it_says_that_the_bank_decides_and_does_not_ask_again_by_itself(waiting: Client, store: Store) -> None:
    for path in (waiting.link, "/book/return"):
        answer = waiting.get(path)
        assert waiting.heading == "Your payment is being checked"
        assert "Refresh" not in answer.headers
    assert store.bookings("held") == 1


def test_neither_giving_back_nor_another_time_lets_go_of_it(waiting: Client, store: Store) -> None:
    waiting.get(waiting.link)
    waiting.send("/book/hold", do="release")
    assert waiting.place == "/book/return"
    times = waiting.times()
    waiting.send("/book/time", time=times[-1])
    assert waiting.place == "/book/return"
    waiting.send("/book/check")
    waiting.get(waiting.place)
    assert waiting.heading == "Your payment is being checked"
    waiting.get("/book/check")
    assert waiting.place == "/book/return", "no button to pay a second time"
    waiting.get(waiting.place)
    assert waiting.heading == "Your payment is being checked"
    assert store.bookings() == 1


def test_arrived_leads_to_the_booking(waiting: Client, stripe_sandbox: StripeBench) -> None:
    stripe_sandbox.act(buyer.settle, waiting.link.rpartition("=")[2], arrived=True)
    waiting.get(waiting.link)
    assert waiting.place.startswith("/booking/")


def test_not_arrived_is_told_by_mail(
    waiting: Client, booking_app: Flask, clock: MovableClock, stripe_sandbox: StripeBench
) -> None:
    waiting.get(waiting.link)
    stripe_sandbox.act(buyer.settle, waiting.link.rpartition("=")[2], arrived=False)
    sent: list[str] = []

    class Collects:
        def send(self, message: object) -> None:
            sent.append(f"{message.subject}\n{message.text}")  # type: ignore[attr-defined]

    site: Site = booking_app.extensions["site"]
    tools = make_tools(booking_app, mailer=Collects())
    with booking_app.app_context():
        reconcile_deposits(site.checkout, base_url=site.base_url, now=clock.advance(minutes=10))
        send_due(tools, clock.now, 50)
    [mail] = sent
    assert mail.startswith("Your payment did not arrive\n")
    assert "You have paid nothing, and you have no booking for that time" in mail
    waiting.get(waiting.link)
    assert waiting.heading == "This visit is not booked"
