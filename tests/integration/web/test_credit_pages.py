"""Credit on the pages: said plainly to whoever came by the mailed link, and to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import OutboxRow
from app.db.unit_of_work import reading
from app.jobs.outbox import send_due
from app.services.booking.bookings import get_booking
from tests.booking_visitor import BookingVisitor
from tests.conftest import MovableClock
from tests.factories.tools import make_tools
from tests.integration.web.conftest import Store
from tests.integration.web.test_calls import book as book_call
from tests.integration.web.test_own_booking import Client, set_rules
from tests.stripe_bench import StripeBench


@pytest.fixture
def owner(booking_app: Flask, clock: MovableClock, stripe_sandbox: StripeBench) -> Client:
    """A client whose cancelled visit became 12 pounds of credit; `link` is its page, as it was mailed."""
    client = Client(booking_app.test_client())
    clock.now = client.book(stripe_sandbox) - timedelta(days=2)
    set_rules(booking_app, cancel={"bands": [{"hours": 0, "returned": "credit"}], "fee_minor": 0, "by": "online"})
    client.ask_to_cancel()
    client.cancel()
    client.get(client.link)
    assert "To use your credit, open the link in the email we send you" in client.text()
    with booking_app.app_context():
        client.link = f"/booking/{booking_app.extensions['site'].links.token_for(get_booking(1))}"
    return client


def start_again(client: Client) -> None:
    client.get(client.link)
    assert "You have £12.00 credit with us" in client.text()
    client.send(f"{client.link}/again")
    assert client.place == "/book"


def test_the_deposit_is_paid_from_credit(owner: Client, store: Store) -> None:
    start_again(owner)
    owner.reach_check(returning="yes")
    owner.get("/book/check")
    assert "From your credit£12.00" in owner.text()
    assert "Pay now£0.00" in owner.text()
    assert "Book with your credit" in owner.text()
    assert "Stripe" not in owner.text()
    [shown] = [e.attributes["value"] for e in owner.page.all("input", name="shown")]
    owner.send("/book/check", shown=shown)
    owner.get(owner.place)
    assert owner.place.startswith("/booking/")
    owner.get(owner.place)
    assert "Of it, from your credit£12.00" in owner.text()
    assert store.bookings("confirmed") == 1


def test_what_the_page_says_is_what_is_paid(owner: Client, store: Store) -> None:
    start_again(owner)
    owner.reach_check(returning="yes")
    owner.send("/book/check", shown="another")  # as it was before the credit came
    assert owner.status == 200
    assert "has changed since you opened this page" in owner.text()
    assert store.bookings("confirmed") == 0


def test_a_stranger_who_types_the_address_learns_nothing(
    owner: Client, booking_app: Flask, booker: BookingVisitor
) -> None:
    booker.reach_check(returning="yes")
    booker.get("/book/check")
    page = booker.answer.text if booker.answer else ""
    assert "credit" not in page.lower()
    [shown] = [e.attributes["value"] for e in booker.page.all("input", name="shown")]
    booker.send("/book/check", shown=shown)
    assert "/c/pay/" in booker.place


def test_nor_does_a_stranger_who_books_under_it_and_is_led_to_that_booking(
    owner: Client, booking_app: Flask, stripe_sandbox: StripeBench
) -> None:
    stranger = Client(booking_app.test_client())
    stranger.book(stripe_sandbox)  # under the same address; the mail goes to its owner, the browser to the booking
    stranger.get(stranger.link)
    assert "credit" not in stranger.text().lower()
    stranger.send(f"{stranger.link}/again")
    stranger.reach_check(returning="yes")
    stranger.get("/book/check")
    assert "credit" not in stranger.text().lower()
    assert "£12.00" in stranger.text(), "what the deposit is"


def test_nor_one_who_books_a_call_under_it(owner: Client, booking_app: Flask, clock: MovableClock) -> None:
    stranger = Client(booking_app.test_client())
    book_call(stranger, clock)
    stranger.send(f"{stranger.place}/again")
    assert stranger.place == "/book"
    stranger.reach_check(returning="yes")
    stranger.get("/book/check")
    assert "credit" not in stranger.text().lower()


@pytest.mark.parametrize("token", ["x", "WzEsMV0.forged"])
def test_a_forged_link_opens_nothing(booker: BookingVisitor, token: str) -> None:
    booker.send(f"/booking/{token}/again")
    assert booker.status == 404


def test_with_another_address_it_says_which_one_counts(owner: Client) -> None:
    start_again(owner)
    owner.reach_check(returning="yes", email="other@client.example")
    owner.get("/book/check")
    assert "Your credit counts with the email address that we sent your link to" in owner.text()
    assert "£12.00" in owner.text(), "what the deposit is, without credit"


def test_reading_the_link_changes_nothing(owner: Client) -> None:
    for method in ("get", "head"):
        assert getattr(owner.client, method)(f"{owner.link}/again").status_code == 405


def test_the_mails_say_it_in_plain_words(owner: Client, booking_app: Flask, clock: MovableClock) -> None:
    start_again(owner)
    owner.reach_check(returning="yes")
    owner.send("/book/check")
    sent: list[str] = []

    class Collects:
        def send(self, message: object) -> None:
            sent.append(f"{message.subject}\n{message.text}")  # type: ignore[attr-defined]

    tools = make_tools(booking_app, mailer=Collects())
    with booking_app.app_context():
        send_due(tools, clock.now, 50)
        with reading() as session:
            assert session.scalars(select(OutboxRow.error).where(OutboxRow.error.is_not(None))).all() == []
    cancelled = next(mail for mail in sent if mail.startswith("Cancelled"))
    assert "£12.00 is credit for your next visit. To use it, book from here" in cancelled
    booked = [mail for mail in sent if mail.startswith("Booked")]
    assert any("From your credit:   £12.00 of it" in mail for mail in booked)
