"""Asking for a time that comes free, and the link that is mailed: what it shows, and what only a press does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import BookingRow, OutboxRow, WaitlistEntryRow
from app.db.unit_of_work import reading
from app.domain.mail import Message
from app.jobs.mails import MAILS
from app.services.asking.waitlist import make_offers
from app.services.upkeep.outbox import Work
from app.web.site import Site
from tests.booking_visitor import DETAILS, BookingVisitor
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed
from tests.factories.tools import make_tools

SOON = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WISH = {
    "weekdays": [str(number) for number in range(7)],
    "parts": ["morning", "afternoon", "evening"],
    "until": "2026-12-20",
    "name": "Robin Example",
    "email": "robin@client.example",
}


def ask(booker: BookingVisitor, **changes: Any) -> str:
    """Ask; the address of the link."""
    booker.reach_times()
    booker.send("/book/waitlist", **{**WISH, **changes})
    return booker.place


def offer(app: Flask, clock: MovableClock) -> int:
    with app.app_context():
        return make_offers(app.extensions["site"].library().catalogue, now=clock.now)


def state(app: Flask) -> list[Any]:
    """Everything that pressing or reading could change."""
    with app.app_context(), reading() as session:
        bookings = select(BookingRow.state, BookingRow.hold_until, BookingRow.visitor, BookingRow.updated_at)
        entries = select(WaitlistEntryRow.key, WaitlistEntryRow.offered_start, WaitlistEntryRow.taken_at)
        return [*map(tuple, session.execute(bookings)), *map(tuple, session.execute(entries))]


def test_a_time_that_comes_free_at_night_waits_for_the_morning(
    booking_app: Flask, booker: BookingVisitor, clock: MovableClock
) -> None:
    clock.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    link = ask(booker)
    assert offer(booking_app, clock) == 1
    booker.get(link)
    assert "It is yours alone until Tuesday 24 November, 08:00" in booker.page.one("main").text.replace("\u00a0", " ")
    clock.advance(hours=8, minutes=58)
    assert offer(booking_app, clock) == 0
    booker.send(f"{link}/take")
    assert booker.place == "/book/details"
    clock.advance(minutes=9)  # as long as anybody has who chooses a time
    booker.send("/book/details", **DETAILS)
    assert booker.place == "/book/check"
    booker.get("/book/check")
    assert booker.status == 200


def test_a_time_kept_over_the_night_is_said_with_its_day(
    booking_app: Flask, booker: BookingVisitor, clock: MovableClock
) -> None:
    clock.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    link = ask(booker)
    offer(booking_app, clock)
    booker.send(f"{link}/take")
    booker.get("/book/details")
    assert "We hold this time for you until Tuesday 24 November, 08:00." in booker.page.one("main").text.replace(
        "\u00a0", " "
    )


def test_nobody_gets_a_heap_of_our_mails(booking_app: Flask) -> None:
    """However many networks ask in their name."""
    for number in range(6):
        booker = BookingVisitor(booking_app.test_client())
        booker.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        ask(booker)
    assert booker.status == 429


def test_a_visitor_asks_is_offered_a_time_and_takes_it_on_another_device(
    booking_app: Flask, booker: BookingVisitor, clock: MovableClock
) -> None:
    link = ask(booker)
    assert link.startswith("/waitlist/")
    booker.get(link)
    assert booker.heading == "You are on the list"
    assert offer(booking_app, clock) == 1
    phone = BookingVisitor(booking_app.test_client())
    phone.get(link)
    assert phone.heading == "A time is held for you"
    phone.send(f"{link}/take")
    assert phone.place == "/book/details"
    phone.get("/book/details")
    assert phone.status == 200
    assert phone.page.one("input", name="email").attributes["value"] == "robin@client.example"
    phone.send("/book/details", **DETAILS)
    assert phone.place == "/book/check"


def test_reading_the_link_changes_nothing(booking_app: Flask, booker: BookingVisitor, clock: MovableClock) -> None:
    link = ask(booker)
    offer(booking_app, clock)
    before = state(booking_app)
    clock.advance(minutes=1)
    scanner = booking_app.test_client()
    for path in ("", "/take", "/decline", "/leave"):
        assert scanner.get(link + path).status_code == (405 if path else 200)
        scanner.head(link + path)
    assert scanner.post(f"{link}/take").status_code == 400, "a forged press"
    assert state(booking_app) == before


def test_the_gate_is_asked_again_after_its_life(
    booking_app: Flask, booker: BookingVisitor, clock: MovableClock
) -> None:
    link = ask(booker)
    clock.advance(hours=13)
    offer(booking_app, clock)
    phone = BookingVisitor(booking_app.test_client())
    phone.send(f"{link}/take")
    phone.get("/book/details")
    assert phone.place == "/book/safety"


def test_an_offer_opened_after_its_end_says_so_and_leads_on(
    booking_app: Flask, booker: BookingVisitor, clock: MovableClock
) -> None:
    link = ask(booker)
    offer(booking_app, clock)
    clock.advance(minutes=61)
    booker.get(link)
    assert booker.heading == "That time is no longer held for you"
    assert "60\N{NO-BREAK SPACE}minutes" in booker.page.one("main").text
    booker.send(f"{link}/take")
    assert booker.status == 409
    assert booker.heading == "That time is no longer held for you"


def test_passing_it_on_and_leaving(booking_app: Flask, booker: BookingVisitor, clock: MovableClock) -> None:
    link = ask(booker)
    offer(booking_app, clock)
    booker.send(f"{link}/decline")
    booker.get(link)
    assert booker.heading == "That time is no longer held for you"
    booker.send(f"{link}/leave")
    assert booker.heading == "You have left the list"
    assert booker.get(link).status_code == 410
    for path in ("take", "decline", "leave"):
        booker.send(f"{link}/{path}")
        assert booker.status in (200, 303, 410)
    assert state(booking_app)[0][0] == "released"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weekdays", []),
        ("weekdays", ["8"]),
        ("parts", []),
        ("parts", ["night"]),
        ("until", ""),
        ("until", "2026-11-22"),
        ("until", "9999-12-31"),
        ("until", "soon"),
        ("name", ""),
        ("email", "robin"),
    ],
)
def test_bad_answers_are_told_at_their_field(
    booking_app: Flask, booker: BookingVisitor, field: str, value: Any
) -> None:
    ask(booker, **{field: value})
    assert booker.status == 200
    assert list(booker.errors()) == [f"{field}-0" if field in ("weekdays", "parts") else field]
    assert state(booking_app) == []


def test_without_the_safety_lists_nobody_waits(booker: BookingVisitor) -> None:
    booker.send("/book/waitlist", **WISH)
    assert booker.place == "/book/safety"


def test_guessed_links_lead_nowhere(booker: BookingVisitor) -> None:
    link = ask(booker)
    for wrong in ("/waitlist/x", link[:-1], link + "x"):
        assert booker.get(wrong).status_code == 404
    booker.get("/booking/" + link.rpartition("/")[2])
    assert booker.status == 404


def test_mails_are_neutral_and_carry_the_link(booking_app: Flask, booker: BookingVisitor, clock: MovableClock) -> None:
    link = ask(booker)
    offer(booking_app, clock)
    joined, offered = _mails(booking_app, clock)
    assert (joined.subject, offered.subject) == ("You are on our list", "A time is held for you")
    for mail in (joined, offered):
        assert mail.to == "robin@client.example"
        assert link in mail.text
        assert link in mail.html
        assert "massage" not in mail.subject + mail.text
        assert "neck" not in mail.text
    clock.advance(minutes=61)
    assert _mails(booking_app, clock)[1:] == [], "an offer that is over is not mailed any more"


def _mails(app: Flask, clock: MovableClock) -> list[Message]:
    with app.app_context():
        tools = make_tools(app)
        with reading() as session:
            rows = [(r.id, r.key, r.kind, r.payload, r.run_at) for r in session.scalars(select(OutboxRow))]
        works = [Work(i, key, kind, payload, 1, at) for i, key, kind, payload, at in rows if "waitlist" in kind]
        return [mail for work in works if (mail := MAILS[work.kind](tools, work, clock.now)) is not None]


def test_a_cancelled_visit_is_offered_at_once_and_not_with_the_workers_next_turn(
    booking_app: Flask, booker: BookingVisitor, clock: MovableClock
) -> None:
    site: Site = booking_app.extensions["site"]
    with booking_app.app_context():
        visit = make_confirmed(
            now=clock.now,
            starts_at=SOON,
            visitor="early",
            catalogue=site.library().catalogue,
            treatment="60-minute-visit",
            practitioner="example-therapist-a",
        )
        own = f"/booking/{site.links.token_for(visit)}"
    booker.pass_reason()
    booker.pass_gate()
    booker.send("/book/treatment", treatment="60-minute-visit", practitioner="example-therapist-a")
    booker.send("/book/waitlist", **{**WISH, "weekdays": [str(SOON.weekday())], "until": f"{SOON:%Y-%m-%d}"})
    link = booker.place
    client = BookingVisitor(booking_app.test_client())
    client.get(f"{own}/cancel")
    offered = client.page.all("input", name="offered")[0].attributes["value"]
    client.send(f"{own}/cancel", offered=offered)
    assert client.place.endswith("done=cancelled")
    booker.get(link)
    assert booker.heading == "A time is held for you"
