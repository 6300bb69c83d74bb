"""Time off from the desk: in the practice's own time, with the visits it falls on, and no slip of the pen taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.db.queries.bookings import get_locked
from app.db.unit_of_work import unit_of_work
from app.domain.spans import Span
from app.services.diary.hours import list_changes
from app.services.upkeep.staff_tasks import open_tasks
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed
from tests.staff_desk import StaffDesk, plain

TEN = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
PERSON = "example-therapist-a"


def planned(app: Flask) -> list[tuple[str | None, datetime, datetime]]:
    with app.app_context():
        found = list_changes(Span(TEN - timedelta(days=400), TEN + timedelta(days=4000)))
        return [(one.change.practitioner, one.change.span.starts_at, one.change.span.ends_at) for one in found]


def test_time_off_is_added_once_and_taken_back(staff_app: Flask, desk: StaffDesk) -> None:
    assert "Nothing is planned" in desk.words("/staff/hours")
    fields = {"kind": "off", "who": "everybody", "first_day": "2026-12-24", "last_day": "27/12/2026"}
    for _ in range(2):
        words = desk.press("/staff/hours", **fields, note="Closed")
        assert "Added: everybody, Thursday 24 December to Sunday 27 December 2026." in words
    assert planned(staff_app) == [(None, datetime(2026, 12, 24, tzinfo=UTC), datetime(2026, 12, 28, tzinfo=UTC))]
    assert "Removed: everybody" in desk.press("/staff/hours/1/remove")
    assert "removed already" in desk.press("/staff/hours/1/remove")
    assert planned(staff_app) == []


def test_a_free_time_of_the_day_is_blocked_from_there(staff_app: Flask, desk: StaffDesk) -> None:
    (link,) = {link for link in desk.read("/staff/day/2026-11-25").links if f"hours?who={PERSON}" in link}
    page = desk.read(link)
    filled = {e.attributes["name"]: e.attributes.get("value", "") for e in page.all("input", class_="in")}
    person = next(e for e in page.all("input", name="who") if "checked" in e.attributes)
    desk.press("/staff/hours", kind="off", who=person.attributes["value"], **filled)
    ((who, starts_at, ends_at),) = planned(staff_app)
    assert (who, starts_at.date().isoformat()) == (PERSON, "2026-11-25")
    assert ends_at - starts_at < timedelta(hours=12)
    assert not {link for link in desk.read("/staff/day/2026-11-25").links if f"hours?who={PERSON}" in link}
    assert desk.read("/staff/hours?who=x&day=y&from=z&until=99:99").one("input", id="first_day")


def test_times_are_the_practices_own_in_summer_too(staff_app: Flask, desk: StaffDesk) -> None:
    desk.press("/staff/hours", kind="extra", who=PERSON, first_day="2027-07-01", first_time="9", last_time="12.30")
    desk.press("/staff/hours", kind="off", who=PERSON, first_day="2027-03-28", first_time="00:30", last_time="01:30")
    assert planned(staff_app) == [
        (PERSON, datetime(2027, 3, 28, 0, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)),
        (PERSON, datetime(2027, 7, 1, 8, tzinfo=UTC), datetime(2027, 7, 1, 11, 30, tzinfo=UTC)),
    ]


def test_visits_in_it_stay_and_are_named(staff_app: Flask, desk: StaffDesk, clock: MovableClock) -> None:
    with staff_app.app_context():
        booking = make_confirmed(now=clock.now, starts_at=TEN)
    words = desk.press("/staff/hours", kind="off", who="everybody", first_day="2026-11-25")
    assert "1 visit in it stays booked until" in words
    assert f"/staff/visits/{booking.reference}" in desk.read("/staff/hours").links
    with staff_app.app_context():
        assert [task.booking for task in open_tasks()] == [booking.reference]
    desk.press("/staff/hours/1/remove")
    with staff_app.app_context():
        assert open_tasks() == [], "nothing is in the way any more"
    desk.press("/staff/hours", kind="off", who="everybody", first_day="2026-11-25")
    with staff_app.app_context():
        assert len(open_tasks()) == 1, "a number that is given again tells again"


def test_the_task_says_whose_time_off_it_is(staff_app: Flask, desk: StaffDesk, clock: MovableClock) -> None:
    with staff_app.app_context():
        catalogue = staff_app.extensions["site"].library().catalogue
        booking = make_confirmed(now=clock.now, starts_at=TEN, practitioner=PERSON, catalogue=catalogue)
    desk.press("/staff/hours", kind="off", who=PERSON, first_day="2026-11-25")
    words = desk.words("/staff/tasks")
    assert f"{booking.reference} falls on new time off of Example therapist A." in words
    assert PERSON not in words


@pytest.mark.parametrize(
    ("field", "why", "typed"),
    [
        ("who", "Choose a person", {"who": "nobody"}),
        ("who", "Extra hours are for one person", {"kind": "extra", "who": "everybody"}),
        ("first_day", "Enter the first day", {"first_day": ""}),
        ("first_day", "no such day", {"first_day": "2026-02-30"}),
        ("first_day", "no such day", {"first_day": "0001-01-01"}),
        ("first_day", "three years ahead", {"first_day": "2226-12-24"}),
        ("last_day", "no such day", {"last_day": "soon"}),
        ("last_day", "before the first day", {"last_day": "2026-12-23"}),
        ("last_day", "more than a year", {"last_day": "2028-12-24"}),
        ("last_day", "over already", {"first_day": "2026-11-20"}),
        ("first_time", "no such time", {"first_time": "25:00"}),
        ("last_time", "not after", {"first_time": "10:00", "last_time": "10:00"}),
        ("last_time", "clocks change", {"first_day": "2027-03-28", "first_time": "01:10", "last_time": "01:50"}),
        ("note", "Shorten the note to 120", {"note": "x" * 121}),
    ],
)
def test_slips_are_told_at_their_field(
    staff_app: Flask, desk: StaffDesk, field: str, why: str, typed: dict[str, str]
) -> None:
    fields = {"kind": "off", "who": PERSON, "first_day": "2026-12-24", **typed}
    page = desk.refused("/staff/hours", **fields)
    assert why in page.one("p", id=f"{field}-e").text
    assert page.one("title").text.startswith("Error: ")
    if field != "who":
        assert page.one("input", id=field).attributes["value"] == fields.get(field, "")
    assert "There is a problem" in plain(page)
    assert planned(staff_app) == []


def test_visits_that_the_content_has_no_hours_for_any_more_are_told(
    staff_app: Flask, desk: StaffDesk, clock: MovableClock
) -> None:
    with staff_app.app_context():
        catalogue = staff_app.extensions["site"].library().catalogue
        make_confirmed(now=clock(), starts_at=TEN, practitioner=PERSON, catalogue=catalogue)
        assert "outside the hours" not in desk.words("/staff/")
        evening = make_confirmed(
            now=clock(), starts_at=TEN + timedelta(days=1), practitioner=PERSON, catalogue=catalogue
        )
        left = make_confirmed(now=clock(), starts_at=TEN + timedelta(days=2))  # with Sam, who is not of the team
        with unit_of_work() as session:
            row = get_locked(session, evening.id)
            row.starts_at, row.ends_at = (at + timedelta(hours=9, minutes=30) for at in (row.starts_at, row.ends_at))
            row.busy_from, row.busy_until = row.starts_at, row.ends_at
    assert "2 visits are outside the hours" in desk.words("/staff/")
    page = desk.read("/staff/hours")
    told = [link for link in page.links if link.startswith("/staff/visits/")]
    assert told == [f"/staff/visits/{evening.reference}", f"/staff/visits/{left.reference}"]
    day = {"first_day": "2026-11-26", "first_time": "19:00", "last_time": "21:00"}
    desk.press("/staff/hours", kind="extra", who=PERSON, **day)
    assert "1 visit is outside the hours" in desk.words("/staff/")
    clock.now = TEN + timedelta(days=3)
    assert "outside the hours" not in desk.words("/staff/hours"), "over"
