"""A client gives a paid visit to someone else: the person changes, and nothing of the one before stays behind."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import BookingReasonRow, BookingRow, OutboxRow
from app.db.unit_of_work import reading
from app.jobs.mails import cancelled, confirmed
from app.services.booking.bookings import get_booking
from app.services.money.story import read_story
from app.services.upkeep.outbox import Work
from app.web.site import Site
from tests.conftest import MovableClock
from tests.factories.tools import make_tools
from tests.integration.web.test_own_booking import Client, rows
from tests.stripe_bench import StripeBench

FRIEND = {
    "name": "Sam Friend",
    "email": "sam@friend.example",
    "phone": "07700 900456",
    "returning": "yes",
    "agreed": "y",
}


@pytest.fixture
def paying(booking_app: Flask) -> Client:
    return Client(booking_app.test_client())


def the_booking(app: Flask) -> BookingRow:
    with app.app_context(), reading() as session:
        row = session.scalars(select(BookingRow)).one()
        session.expunge(row)
        return row


def test_the_friend_gets_the_visit_and_the_old_link_is_dead(
    booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
) -> None:
    starts_at = paying.book(stripe_sandbox)
    before = the_booking(booking_app)
    paying.send(f"{paying.link}/give", **FRIEND)
    assert paying.status == 200
    assert "sam@friend.example" in paying.text()
    after = the_booking(booking_app)
    assert (after.client_name, after.client_email, after.starts_at) == ("Sam Friend", "sam@friend.example", starts_at)
    assert (after.deposit_minor, after.reference) == (before.deposit_minor, before.reference)
    assert after.gate_passed_at is None, "the friend has not answered the safety lists"
    assert rows(booking_app, BookingReasonRow.booking_id) == []
    assert f"mail:handed:{after.id}:2" in rows(booking_app, OutboxRow.key)
    for path in ("", "/cancel", "/move", "/give", "/calendar.ics"):
        assert paying.get(paying.link + path).status_code == 404


def test_the_browser_that_booked_is_not_led_to_the_friends_link(
    booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
) -> None:
    paying.book(stripe_sandbox)
    paying.send(f"{paying.link}/give", **FRIEND)
    site: Site = booking_app.extensions["site"]
    answer = paying.get("/book/return")
    assert "/booking/" not in answer.headers.get("Location", "")
    with booking_app.test_request_context():
        assert "sam@friend.example" not in answer.text
        assert site.links.read(paying.link.rpartition("/")[2]) == (1, 1)


def test_the_friend_is_asked_the_safety_lists_and_only_a_no_is_kept(
    booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
) -> None:
    paying.book(stripe_sandbox)
    assert paying.get(f"{paying.link}/safety").status_code == 303, "whoever booked has answered them"
    paying.send(f"{paying.link}/give", **FRIEND)
    site: Site = booking_app.extensions["site"]
    with booking_app.app_context():
        link = f"/booking/{site.links.token_for(get_booking(1))}"
    friend = Client(booking_app.test_client())
    friend.get(link)
    assert friend.page.all("a", href=f"{link}/safety")
    friend.get(f"{link}/safety")
    safety = site.library().safety
    listed = [re.sub(r"\W+", " ", item.text) for item in friend.page.all("li")]
    for row in (*safety.red_flags, *safety.cautions):
        assert any(item.startswith(re.sub(r"\W+", " ", row.words)) for item in listed), row.id
    assert the_booking(booking_app).gate_passed_at is None, "reading is no answer"
    friend.send(f"{link}/safety")
    assert "answer-0" in friend.errors()
    friend.send(f"{link}/safety", answer="some")
    assert friend.heading == "Please talk to us before you come"
    assert friend.page.all("a", href="tel:+442079460123")
    assert the_booking(booking_app).gate_passed_at is None
    friend.send(f"{link}/safety", answer="none")
    assert friend.place == f"{link}?done=safe"
    assert the_booking(booking_app).gate_version == safety.version
    friend.get(link)
    assert not friend.page.all("a", href=f"{link}/safety")


def test_the_friend_is_not_promised_the_givers_money(
    booking_app: Flask, paying: Client, stripe_sandbox: StripeBench, clock: MovableClock
) -> None:
    paying.book(stripe_sandbox)
    assert "goes back to your card" in paying.ask_to_cancel()
    paying.send(f"{paying.link}/give", **FRIEND)
    site: Site = booking_app.extensions["site"]
    friend = Client(booking_app.test_client())
    with booking_app.app_context():
        friend.link = f"/booking/{site.links.token_for(get_booking(1))}"
    friend.get(friend.link)
    for words in ("your card", "you paid"):
        assert words not in friend.text()
    tools = make_tools(booking_app)
    with booking_app.app_context():
        letter = confirmed(tools, Work(1, "key", "mail.confirmed", {"booking": 1}, 1, clock.now), clock.now)
    assert letter is not None
    assert "someone else booked it and gave it to you" in letter.text
    assert "you paid" not in letter.text
    assert "£12.00 goes back to the card it was paid with" in friend.ask_to_cancel()
    friend.cancel()
    friend.get(friend.link)
    assert "Back to the card it was paid with" in friend.text()
    with booking_app.app_context():
        letter = cancelled(tools, Work(1, "key", "mail.cancelled", {"booking": 1}, 1, clock.now), clock.now)
        told = [entry.what for entry in read_story(the_booking(booking_app).reference).entries]
    assert letter is not None
    assert letter.to == "sam@friend.example"
    assert "£12.00 goes back to the card it was paid with." in letter.text
    assert "given to someone else by its client" in told


@pytest.mark.parametrize("field", sorted(FRIEND))
def test_without_an_answer_or_their_consent_nothing_changes(
    booking_app: Flask, paying: Client, stripe_sandbox: StripeBench, field: str
) -> None:
    paying.book(stripe_sandbox)
    paying.send(f"{paying.link}/give", **{**FRIEND, field: ""} if field != "agreed" else _without("agreed"))
    (words,) = paying.errors().values()
    assert "your" not in words
    assert the_booking(booking_app).link_version == 1


def _without(field: str) -> dict[str, str]:
    return {name: value for name, value in FRIEND.items() if name != field}


def test_pressing_twice_says_the_same_twice(booking_app: Flask, paying: Client, stripe_sandbox: StripeBench) -> None:
    paying.book(stripe_sandbox)
    said = []
    for _ in range(2):
        paying.send(f"{paying.link}/give", **FRIEND)
        said.append((paying.status, paying.text()))
    assert said[0] == said[1]
    assert said[0][0] == 200
    assert the_booking(booking_app).link_version == 2


def test_two_tabs_give_it_once(booking_app: Flask, paying: Client, stripe_sandbox: StripeBench) -> None:
    paying.book(stripe_sandbox)
    paying.send(f"{paying.link}/give", **FRIEND)
    paying.send(f"{paying.link}/give", **{**FRIEND, "email": "other@friend.example"})
    assert paying.status == 404
    assert the_booking(booking_app).client_email == "sam@friend.example"


def test_reading_and_forged_presses_change_nothing(
    booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
) -> None:
    paying.book(stripe_sandbox)
    for method in ("GET", "HEAD", "OPTIONS"):
        paying.client.open(f"{paying.link}/give", method=method, query_string=FRIEND)
    assert paying.client.post(f"{paying.link}/give", data={**FRIEND, "csrf_token": "forged"}).status_code == 400
    assert the_booking(booking_app).client_email != "sam@friend.example"


def test_a_visit_that_began_stays_with_its_client(
    booking_app: Flask, paying: Client, clock: MovableClock, stripe_sandbox: StripeBench
) -> None:
    clock_start = paying.book(stripe_sandbox)
    clock.now = clock_start + timedelta(seconds=1)
    assert paying.get(f"{paying.link}/give").status_code == 409
    paying.send(f"{paying.link}/give", **FRIEND)
    assert paying.status == 409
    assert "020 7946 0123" in paying.text()
    assert the_booking(booking_app).link_version == 1
