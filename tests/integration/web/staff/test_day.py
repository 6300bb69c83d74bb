"""The day and the week: who comes when, what lies between, and days that are no days."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.db.queries.bookings import get_locked
from app.db.unit_of_work import unit_of_work
from app.domain.attendee import Attendee
from app.domain.booking import Booking
from app.services.diary.hours import add_extra_hours, add_time_off
from app.services.manage.changes import cancel_by_practice, move_by_practice
from app.web.site import Site
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed, make_hold
from tests.staff_desk import StaffDesk

A, B = "example-therapist-a", "example-therapist-b"
#: A Thursday; A works 9 to 13 and 15 to 20, B does not.
THURSDAY = datetime(2026, 11, 26, tzinfo=UTC)


def at(hours: float) -> datetime:
    return THURSDAY + timedelta(hours=hours)


@pytest.fixture
def book(staff_app: Flask, clock: MovableClock) -> Callable[..., Booking]:
    """Books a visit with A by the practice's own catalogue."""

    def booked(starts_at: datetime, name: str, attendee: Attendee | None = None, **wish: object) -> Booking:
        with staff_app.app_context():
            site: Site = staff_app.extensions["site"]
            wanted = {"practitioner": A, "catalogue": site.library().catalogue, **wish}
            booking = make_confirmed(now=clock(), starts_at=starts_at, visitor=name, **wanted)
            with unit_of_work() as session:
                row = get_locked(session, booking.id)
                row.client_name = name
                if attendee:
                    row.attendee_name, row.attendee_age = attendee.name, attendee.age
                    row.guardian_agreed_at = clock()
            return booking

    return booked


def lines(desk: StaffDesk, path: str) -> list[str]:
    """The lines of the day as they are read."""
    page = desk.read(path)
    found = [e for e in page.all("li") if {"slot", "between"} & set(e.attributes.get("class", "").split())]
    return [" ".join(e.text.split()) for e in found]


def test_a_day_is_told_in_order_with_what_lies_between(
    desk: StaffDesk, staff_app: Flask, book: Callable[..., Booking], clock: MovableClock
) -> None:
    book(at(11.75), "Robin Example")
    book(at(9), "Pat Parent", Attendee("Kim Young", 15, True))
    with staff_app.app_context():
        catalogue = staff_app.extensions["site"].library().catalogue
        make_hold(now=clock(), starts_at=at(15), visitor="x", practitioner=A, catalogue=catalogue)
        with unit_of_work() as session:  # it is held on the day, too
            get_locked(session, 3).hold_until = at(15)
        add_time_off(A, at(18), at(20), note="Training", now=clock())
    clock.now = at(9.5)
    assert lines(desk, "/staff/") == lines(desk, "/staff/day/2026-11-26")
    told = lines(desk, "/staff/")
    assert [re.match(r"(\d\d:\d\d) to (\d\d:\d\d) ?(Now|Next)?", line).groups() for line in told] == [  # type: ignore[union-attr]
        ("09:00", "10:00", "Now"),
        ("10:15", "11:45", None),
        ("11:45", "12:45", "Next"),
        ("13:00", "15:00", None),
        ("15:00", "16:00", None),
        ("16:15", "18:00", None),
        ("18:00", "20:00", None),
    ]
    for words in ("Kim Young", "Minor, with guardian", "Booked by Pat Parent", "First visit", "room one"):
        assert words in told[0]
    assert "Free, 1 h 30 min. Book it" in told[1]
    assert told[3].endswith("Break")
    assert "someone is booking it" in told[4]
    assert told[6].endswith("Time off: Training")
    words = desk.words("/staff/day/2026-11-26")
    assert "No hours on this day: Example therapist B" in words
    # nothing that touches health, and no marks of now on another day
    assert not re.search("since Monday|less stiff|lower-back", words)
    assert "Now" not in desk.words("/staff/day/2026-11-27")
    only = desk.words(f"/staff/day/2026-11-26?who={B}")
    assert ("Robin" in only, "No hours on this day" in only) == (False, True)
    assert "Robin" in desk.words("/staff/day/2026-11-26?who=nobody")


def test_who_cancelled_or_moved_is_told_below_the_day_and_not_counted(
    desk: StaffDesk, staff_app: Flask, book: Callable[..., Booking], clock: MovableClock
) -> None:
    off, kept, moved = book(at(9), "Robin Example"), book(at(11), "Jo Example"), book(at(15), "Pat Example")
    with staff_app.app_context():
        catalogue = staff_app.extensions["site"].library().catalogue
        cancel_by_practice(off.id, now=clock())
        for starts in (at(18), at(15), at(17)):  # there, back, and away
            move_by_practice(catalogue, moved.id, starts_at=starts, practitioner=A, now=clock())
        move_by_practice(catalogue, kept.id, starts_at=at(24 + 15), practitioner=B, now=clock())
    clock.now = at(8)
    page, words = desk.read("/staff/"), desk.words("/staff/")
    assert next(line for line in lines(desk, "/staff/") if "Pat" in line).startswith("17:00 to 18:00 Next Pat")
    assert "1 booking" in words
    told = words[words.index("Off: 1 cancelled, 3 moved") :]
    assert re.search("Robin Example 09:00, .* Cancelled Since Mon 23", told)
    assert re.search("Jo Example 11:00, .* Moved To Friday 27 November, 15:00, with Example therapist B", told)
    assert re.search("Pat Example 15:00, .* Moved To Thursday 26 November, 17:00. Since", told)
    assert page.links.count(f"/staff/visits/{off.reference}") == 1
    assert "Off:" not in desk.words("/staff/day/2026-11-27")
    assert "1 booking" in desk.words("/staff/week/2026-11-26")


def test_a_public_holiday_and_someone_who_left_are_told(desk: StaffDesk, book: Callable[..., Booking]) -> None:
    assert "A public holiday" in desk.words("/staff/day/2026-12-25")
    with_sam = book(at(9), "Robin Example", practitioner="sam", catalogue=None)
    told = desk.words("/staff/day/2026-11-26")
    assert ("sam" in told, "Robin Example" in told, with_sam.practitioner) == (True, True, "sam")


@pytest.mark.parametrize(
    ("day", "hours", "first"), [("2027-03-28", 23, "00:30 to 03:30"), ("2026-10-25", 25, "00:30 to 01:30 GMT")]
)
def test_a_day_on_which_the_clocks_change_is_shown_right(
    desk: StaffDesk, staff_app: Flask, day: str, hours: int, first: str
) -> None:
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=1 if hours == 25 else 0)
    with staff_app.app_context():  # two hours, over the change
        add_extra_hours(A, midnight + timedelta(minutes=30), midnight + timedelta(minutes=150), now=midnight)
    assert f"this day has {hours} hours" in desk.words(f"/staff/day/{day}")
    (line,) = lines(desk, f"/staff/day/{day}")
    assert line.startswith(f"{first} Free, 2 hours")


def test_a_week_counts_and_leads_to_its_days(
    desk: StaffDesk, staff_app: Flask, book: Callable[..., Booking], clock: MovableClock
) -> None:
    book(at(9), "Robin Example")
    book(at(19), "Jo Example")
    with staff_app.app_context():
        add_time_off(None, at(24), at(48), now=clock())
    page = desk.read("/staff/week/2026-11-29")
    told = desk.words("/staff/week/2026-11-29")
    assert [f"/staff/day/2026-11-{day}" in page.links for day in range(22, 31)] == [False, *[True] * 7, False]
    assert "Example therapist A: 2 bookings, 09:00 to 20:00" in told
    assert told.count("nothing booked, no time free, time off") == 0
    assert told.count("time off") == 2
    assert "Robin" not in told
    assert desk.client.get("/staff/week").location.endswith("/staff/week/2026-11-23")


@pytest.mark.parametrize(
    "words", ["2026-02-30", "0001-01-01", "9999-12-31", "1999-12-31", "today", "2026-1-32", "٢٠٢٦-١١-٢٦"]
)
def test_what_is_no_day_is_said_beside_the_field(desk: StaffDesk, words: str) -> None:
    for path in (f"/staff/day/{words}", f"/staff/week/{words}", f"/staff/day?on={words}"):
        page = desk.read(path, 404)
        assert page.one("input", name="on").attributes["value"] == words
        assert page.one("p", id="on-e").text.startswith("Error: ")
    desk.read("/staff/day/2026-1-1", 404)  # one address for a day
    for end in ("2000-01-01", "2000-01-03", "2199-12-31"):
        for path in (f"/staff/day/{end}", f"/staff/week/{end}"):
            ways = [link for link in desk.read(path).links if link.startswith(("/staff/day/", "/staff/week/"))]
            assert not [link for link in ways if not "2000-01-01" <= link.rpartition("/")[2] <= "2199-12-31"], path
    assert "/staff/week/2000-01-01" in desk.read("/staff/week/2000-01-03").links
    for written in ("2026-11-26", "26/11/2026"):
        assert desk.client.get(f"/staff/day?on={written}").location.endswith("/staff/day/2026-11-26")
