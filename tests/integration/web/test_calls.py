"""A consultation call over HTTP: chosen at /ask/call, held in the diary, moved and cancelled by its link."""

from __future__ import annotations

import re
from typing import Any

import icalendar
import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import BookingRow, OutboxRow
from app.db.unit_of_work import reading
from app.services.asking.enquiries import list_enquiries
from app.web.limits import limit_requests
from app.web.site import Site
from tests.booking_visitor import BookingVisitor
from tests.conftest import MovableClock
from tests.integration.web.conftest import Store

WHO = {"name": "Robin Example", "email": "robin@client.example", "phone": "07700 900123"}


@pytest.fixture(autouse=True)
def fresh_limits(booking_app: Flask) -> None:
    limit_requests(booking_app, storage=None)


def words(booker: BookingVisitor) -> str:
    return booker.page.all("main")[0].text


def times(booker: BookingVisitor, query: str = "") -> list[str]:
    booker.get(f"/ask/call{query}")
    return [one.attributes["value"] for one in booker.page.all("input", name="time")]


def fields(booker: BookingVisitor) -> dict[str, str]:
    hidden = {
        one.attributes["name"]: one.attributes.get("value", "") for one in booker.page.all("input", type="hidden")
    }
    return {name: hidden[name] for name in ("stamp", "condition", "from")}


def book(booker: BookingVisitor, clock: MovableClock, time: str | None = None, **changes: Any) -> None:
    """Ask for a call at the first time that is shown, as someone who takes a minute to type."""
    offered = times(booker, "?condition=neck&from=help")
    sent = {
        **fields(booker),
        **WHO,
        "time": offered[0] if time is None else time,
        "question": "Is it for me?",
        **changes,
    }
    clock.advance(minutes=1)
    booker.send("/ask/call", **sent)


def the_call(app: Flask) -> BookingRow:
    with app.app_context(), reading() as session:
        row = session.scalars(select(BookingRow)).one()
        session.expunge_all()
        return row


def mails(app: Flask) -> list[str]:
    with app.app_context(), reading() as session:
        return list(session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)))


def test_a_call_is_held_in_the_diary_and_both_are_told(
    booker: BookingVisitor, booking_app: Flask, clock: MovableClock
) -> None:
    book(booker, clock)
    assert booker.status == 303
    call = the_call(booking_app)
    assert (call.state, call.minutes, call.price_minor, call.room) == ("confirmed", 15, 0, None)
    assert mails(booking_app) == ["mail.confirmed", "mail.enquiry_note"]
    with booking_app.app_context():
        (thread,) = list_enquiries()
    assert (thread.enquiry.question, thread.enquiry.about, thread.enquiry.origin) == ("Is it for me?", "neck", "help")
    assert thread.enquiry.call == call.reference
    booker.get(booker.place)
    assert "We call" in words(booker)
    assert "£" not in words(booker)
    booker.get(booker.place + "/calendar.ics")
    assert booker.answer is not None
    (event,) = icalendar.Calendar.from_ical(booker.answer.data).walk("VEVENT")
    assert "07700 900123" in event["location"]
    assert "neck" not in booker.answer.text


def test_a_call_takes_the_time_from_visits_and_from_other_calls(
    booker: BookingVisitor, booking_app: Flask, clock: MovableClock, store: Store
) -> None:
    site: Site = booking_app.extensions["site"]
    first = times(booker)[0]
    people = len(site.library().catalogue.practitioners)
    for number in range(people + 1):
        other = BookingVisitor(booking_app.test_client())
        limit_requests(booking_app, storage=None)
        book(other, clock, first, email=f"client-{number}@client.example")
    free_at_first = other.status == 409
    assert free_at_first
    assert "just gone" in words(other)
    assert "Is it for me?" in other.answer.text  # type: ignore[union-attr]
    assert 1 <= store.bookings("confirmed") <= people


def test_no_list_page_or_search_offers_a_call_as_a_treatment(booker: BookingVisitor) -> None:
    for path in ("/prices", "/treatments/", "/sitemap.xml", "/search?q=call", "/book/treatment"):
        assert "consultation-call" not in booker.get(path).text
    booker.pass_reason(treatment="consultation-call")
    booker.pass_gate()
    booker.send("/book/treatment", treatment="consultation-call", practitioner="anyone")
    assert "Choose a visit" in booker.errors().values()


def test_it_is_moved_and_cancelled_by_its_link(booker: BookingVisitor, booking_app: Flask, clock: MovableClock) -> None:
    book(booker, clock)
    link = booker.place
    booker.get(link + "/move")
    other = booker.page.all("input", name="time")[2].attributes["value"]
    booker.get(f"{link}/move/check?time={other}")
    offered = booker.page.all("input", name="offered")[0].attributes["value"]
    booker.send(link + "/move", time=other, offered=offered)
    assert booker.place.endswith("done=moved")
    booker.get(booker.place)
    assert "Your call is moved" in words(booker)
    booker.get(link + "/cancel")
    assert "Cancel this call" in booker.answer.text  # type: ignore[union-attr]
    offered = booker.page.all("input", name="offered")[0].attributes["value"]
    booker.send(link + "/cancel", offered=offered)
    assert the_call(booking_app).state == "cancelled"
    assert mails(booking_app)[2:] == ["mail.moved", "mail.call_note", "mail.cancelled", "mail.call_note"]
    booker.get(link + "/give")
    assert booker.status == 409


def test_sent_twice_it_is_one_call(booker: BookingVisitor, clock: MovableClock, store: Store) -> None:
    time = times(booker)[0]
    sent = {**fields(booker), **WHO, "time": time}
    clock.advance(minutes=1)
    booker.send("/ask/call", **sent)
    place = booker.place
    booker.send("/ask/call", **sent)
    assert booker.place == place
    assert store.bookings() == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"time": ""}, "Choose a time"),
        ({"time": "2026-11-24T10:07Z"}, "just gone"),
        ({"time": "2031-11-24T10:00Z"}, "just gone"),
        ({"time": "0001-01-01T00:00Z"}, "Choose a time"),
        ({"phone": ""}, "Enter your mobile number"),
        ({"email": "robin@"}, "Enter an email address"),
        ({"name": ""}, "Enter your full name"),
        ({"question": "x" * 2001}, "Shorten your question"),
        ({"website": "http://spam.example"}, "spam"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(
    booker: BookingVisitor, clock: MovableClock, store: Store, change: dict[str, str], problem: str
) -> None:
    times(booker)
    book(booker, clock, **change)
    assert booker.status in (200, 409)
    assert problem in words(booker)
    assert "robin@" in booker.answer.text  # type: ignore[union-attr]
    assert store.bookings() == 0


def test_too_quick_too_often_and_from_one_network(booking_app: Flask, clock: MovableClock, store: Store) -> None:
    quick = BookingVisitor(booking_app.test_client())
    quick.get("/ask/call")
    quick.send("/ask/call", **{**fields(quick), **WHO, "time": times(quick)[0]})
    assert "very quick" in words(quick)
    for number in range(7):
        limit_requests(booking_app, storage=None)
        booker = BookingVisitor(booking_app.test_client())
        offered = times(booker)
        book(booker, clock, offered[number % len(offered)], email=f"client-{number}@client.example")
    assert booker.status == 429
    assert store.bookings() == 5
    clock.advance(days=1, minutes=1)


def test_the_question_page_leads_there_with_its_context(booker: BookingVisitor) -> None:
    booker.get("/ask?condition=neck&from=help")
    (link,) = [a.attributes["href"] for a in booker.page.all("a") if a.attributes["href"].startswith("/ask/call")]
    booker.get(link.replace("&amp;", "&"))
    assert re.search("You came from", words(booker))
