"""The calendar file, read back by a calendar reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar, Event

from app.domain.booking import Booking, ClientDetails
from app.services.manage.calendar_file import PracticeFacts, calendar_file
from tests.factories.values import make_booking

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
PRACTICE = PracticeFacts(
    name="Example Practice; Massage, Bristol",
    address="1 Example Street\nBristol\nBS1 1AA",
    email="hello@practice.example",
    host="practice.example",
    phone="0117 496 0000",
)
URL = "https://practice.example/booking/token"


def read(booking: Booking, method: str = "REQUEST", url: str | None = URL) -> tuple[Calendar, Event]:
    body = calendar_file(booking, PRACTICE, method=method, now=NOW, manage_url=url)  # type: ignore[arg-type]
    calendar = Calendar.from_ical(body)
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_the_visit_without_its_buffers_in_utc() -> None:
    calendar, event = read(make_booking())
    assert calendar["method"] == "REQUEST"
    assert calendar["version"] == "2.0"
    assert event.decoded("dtstart") == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=60)
    assert event.decoded("dtstamp") == NOW
    body = calendar_file(make_booking(), PRACTICE, method="REQUEST", now=NOW)
    assert b"DTSTART:20261124T100000Z\r\n" in body


def test_the_title_is_neutral_and_nothing_tells_why_someone_comes() -> None:
    booking = make_booking(treatment="lower-back-care", treatment_name="Lower back care")
    assert read(booking)[1]["summary"] == "60 min appointment"
    body = calendar_file(booking, PRACTICE, method="REQUEST", now=NOW, manage_url=URL)
    assert b"back" not in body.lower()


def test_the_place_is_readable_whatever_is_in_it() -> None:
    _, event = read(make_booking())
    assert event["location"] == "Example Practice; Massage, Bristol, 1 Example Street, Bristol, BS1 1AA"
    assert URL in event["description"]
    assert "0117 496 0000" in event["description"]


def test_a_change_keeps_the_identity_and_counts_up() -> None:
    booking = make_booking()
    _, first = read(booking)
    _, moved = read(replace(booking, calendar_sequence=1, link_version=2))
    assert first["uid"] == moved["uid"] == "K3MN7PQX@practice.example"
    assert (first["sequence"], moved["sequence"]) == (0, 1)


def test_cancelling_takes_the_entry_away() -> None:
    calendar, event = read(make_booking(state="cancelled", calendar_sequence=1), "CANCEL")
    assert calendar["method"] == "CANCEL"
    assert event["status"] == "CANCELLED"
    assert not event.walk("VALARM")


def test_an_invitation_names_both_sides_and_a_published_file_nobody() -> None:
    _, invited = read(make_booking())
    assert invited["organizer"] == "mailto:hello@practice.example"
    assert invited["attendee"] == "mailto:robin@example.org"
    _, published = read(make_booking(), "PUBLISH")
    assert "organizer" not in published
    assert "attendee" not in published


@pytest.mark.parametrize("name", ['O"Brien; DROP', "Zoë 🏃 Łukasz", "a\r\nATTENDEE:mailto:x@example.org", "x" * 100])
def test_a_name_cannot_break_out_of_its_line(name: str) -> None:
    booking = make_booking(client=ClientDetails(name, "robin@example.org", "1"))
    _, event = read(booking)
    assert event["attendee"] == "mailto:robin@example.org"
    body = calendar_file(booking, PRACTICE, method="REQUEST", now=NOW)
    assert body.count(b"\r\nATTENDEE") == 1
    assert all(len(line) <= 75 for line in body.split(b"\r\n")), "RFC 5545 section 3.1: folded at 75 octets"
