"""Times that are none, gone, or not offered; a week at a time; and a full diary."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import event

from app.db.base import db
from tests.booking_visitor import BookingVisitor
from tests.conftest import MovableClock
from tests.integration.web.conftest import Store


def listed(visitor: BookingVisitor) -> list[str]:
    """The free days of the list that is shown, as ISO dates."""
    return [option.attributes["value"] for option in visitor.page.all("input", name="day")]


def day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


class TestTimes:
    @pytest.mark.parametrize(
        "time",
        [
            "", "soon", "2026-11-25", "2026-11-25T10:00", "2026-11-25T10:00+01:00", "2026-02-30T10:00Z",
            "2026-11-25T25:00Z", "2026-11-25T10:00Z\x00", "9" * 10000, "0001-01-01T00:00Z", "9999-12-31T23:45Z",
        ],
    )  # fmt: skip
    def test_what_is_no_time_is_asked_for_again(self, booker: BookingVisitor, time: str, store: Store) -> None:
        booker.reach_times()
        booker.send("/book/time", time=time)
        assert booker.status == 200
        assert booker.errors() == {"times": "Choose a time"}
        assert store.bookings() == 0

    @pytest.mark.parametrize(
        "time",
        [
            "2026-11-20T10:00Z",  # past
            "2026-11-23T10:00Z",  # a Monday, when nobody works
            "2026-11-25T10:07Z",  # off the grid
            "2026-11-25T03:00Z",  # outside hours
            "2027-06-02T10:00Z",  # beyond the horizon
            "8999-12-31T23:45Z",
        ],
    )
    def test_times_that_are_not_offered_lead_to_the_nearest_ones(
        self, booker: BookingVisitor, time: str, store: Store
    ) -> None:
        booker.reach_times()
        booker.send("/book/time", time=time)
        assert booker.status == 409
        assert booker.heading == "That time cannot be booked"
        assert store.bookings() == 0

    def test_too_soon_is_refused_even_if_it_was_offered_before(
        self, booker: BookingVisitor, clock: MovableClock
    ) -> None:
        first = booker.reach_times()[0]
        clock.now = datetime.strptime(first, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC) - timedelta(hours=11)
        booker.pass_gate()
        booker.send("/book/time", time=first)
        assert booker.status == 409
        assert booker.page.all("input", name="time")  # the nearest ones, one press away

    def test_a_taken_time_leads_on_with_all_answers_kept(
        self, booking_app: Flask, booker: BookingVisitor, store: Store
    ) -> None:
        first = BookingVisitor(booking_app.test_client())
        time = first.reach_times("30-minute-visit", "example-therapist-a")[0]
        booker.reach_times("30-minute-visit", "example-therapist-a")
        first.send("/book/time", time=time)
        booker.send("/book/time", time=time)
        assert (booker.status, booker.heading) == (409, "That time has just gone")
        nearest = [e.attributes["value"] for e in booker.page.all("input", name="time")]
        assert nearest
        assert time not in nearest
        booker.send("/book/time", time=nearest[0])
        assert booker.place == "/book/details"
        assert store.bookings("held") == 2

    def test_a_day_beyond_those_listed_is_shown_with_the_ones_after_it(self, booker: BookingVisitor) -> None:
        booker.reach_times()
        near = listed(booker)
        booker.get("/book/week?day=2026-12-14")
        day = booker.page.all("input", name="time")[0].attributes["value"][:10]
        booker.get(f"/book/time?day={day}")
        far = listed(booker)
        assert far[0] == day > near[-1]
        assert {e.attributes["value"][:10] for e in booker.page.all("input", name="time")} == {day}
        (back,) = [e.attributes["href"] for e in booker.page.all("a") if e.text == "Back to the first free day"]
        booker.get(back)
        assert listed(booker) == near

    def test_a_day_without_a_free_time_shows_the_next_one_that_has(self, booker: BookingVisitor) -> None:
        booker.reach_times()
        free, next_free = next(pair for pair in pairwise(listed(booker)) if day_after(pair[0]) < pair[1])
        booker.get(f"/book/time?day={free}")
        assert "Nothing is free on" not in booker.page.all("main")[0].text
        booker.get(f"/book/time?day={day_after(free)}")
        assert "Nothing is free on" in booker.page.all("main")[0].text
        assert {e.attributes["value"][:10] for e in booker.page.all("input", name="time")} == {next_free}

    @pytest.mark.parametrize("query", ["?day=x", "?day=0001-01-01", "?from=9999-12-31", "?from=-1", "?day=%00"])
    def test_days_that_do_not_exist_show_the_first_free_one(self, booker: BookingVisitor, query: str) -> None:
        booker.reach_times()
        booker.get(f"/book/time{query}")
        assert booker.status == 200

    def test_a_day_beyond_the_horizon_is_told_and_the_first_free_ones_are_shown(self, booker: BookingVisitor) -> None:
        booker.reach_times()
        near = listed(booker)
        booker.get("/book/time?day=2027-08-02")
        assert listed(booker) == near
        assert "Nothing is free on Monday 2 August" in booker.page.all("main")[0].text.replace(
            "\N{NO-BREAK SPACE}", " "
        )

    def test_pressing_twice_holds_once(self, booker: BookingVisitor, store: Store) -> None:
        time = booker.reach_details()
        booker.send("/book/time", time=time)
        booker.send("/book/time", time=time)
        assert booker.place == "/book/details"
        assert store.bookings("held") == 1


class TestWeek:
    def test_a_week_offers_what_its_days_offer(self, booker: BookingVisitor) -> None:
        first = booker.reach_times()
        booker.get("/book/week")
        shown = [e.attributes["value"] for e in booker.page.all("input", name="time")]
        assert set(first) < set(shown)
        booker.send("/book/time", time=shown[-1])
        assert booker.place == "/book/details"

    def test_weeks_lead_on_to_the_horizon_and_back(self, booker: BookingVisitor) -> None:
        booker.reach_times()
        seen = []
        path = "/book/week"
        while path:
            booker.get(path)
            seen.append(booker.heading)
            path = next((e.attributes["href"] for e in booker.page.all("a") if e.text == "Later week"), "")
        assert len(seen) == len(set(seen)) == 9  # eight weeks ahead, and the one that the last day lies in
        back = [e.attributes["href"] for e in booker.page.all("a") if e.text == "Earlier week"]
        booker.get(back[0])
        assert booker.heading == seen[-2]

    @pytest.mark.parametrize("day", ["x", "0001-01-01", "2001-01-01", "8999-12-31", "2026-02-30"])
    def test_days_that_cannot_be_booked_show_the_nearest_week(self, booker: BookingVisitor, day: str) -> None:
        booker.reach_times()
        booker.get(f"/book/week?day={day}")
        assert booker.status == 200
        shown = [e.attributes["value"][:4] for e in booker.page.all("input", name="time")]
        assert set(shown) <= {"2026", "2027"}
        assert ("2026" in shown) == (day < "2027" or "x" in day)


@pytest.mark.parametrize("path", ["/book/time", "/book/week"])
def test_what_such_a_page_reads_is_read_on_one_connection(
    booking_app: Flask, booker: BookingVisitor, path: str
) -> None:
    taken: list[object] = []

    def count(*given: object) -> None:
        taken.append(given)

    booker.reach_times()
    with booking_app.app_context():
        event.listen(db.engine, "checkout", count)
        booker.get(path)
        event.remove(db.engine, "checkout", count)
    assert booker.page.all("input", name="time")
    assert len(taken) == 1


def test_a_full_diary_is_an_invitation(booking_app: Flask, booker: BookingVisitor, clock: MovableClock) -> None:
    from app.services.diary.hours import add_time_off

    with booking_app.app_context():
        add_time_off("example-therapist-a", clock.now, clock.now + timedelta(days=80), now=clock.now)
    assert booker.reach_times("60-minute-visit", "example-therapist-a") == []
    words = booker.page.one("main").text
    assert "The same visit with Example therapist B" in words
    assert "020 7946 0123" in words
