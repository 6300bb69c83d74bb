"""Whoever goes back, opens a second tab or reads an old page again is booked as they said last, and told when that is
not what the page before them shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest
from flask import Flask

from app.services.booking.bookings import read_reason
from app.services.money.stripe_events import process_events
from tests.booking_visitor import DETAILS, BookingVisitor
from tests.conftest import MovableClock
from tests.integration.web.conftest import Content
from tests.integration.web.test_own_booking import Client
from tests.integration.web.test_practice_rules import HOME, booked, visitor
from tests.integration.web.test_programme import begin, hold
from tests.integration.web.test_waitlist import WISH, offer
from tests.stripe_bench import StripeBench

OFTEN_HERE = {**DETAILS, "returning": "yes"}


def shown(booker: BookingVisitor) -> str:
    """What the check page notes of itself."""
    booker.get("/book/check")
    return booker.page.one("input", name="shown").attributes["value"]


def ticked(booker: BookingVisitor) -> set[tuple[str, str]]:
    inputs = booker.page.all("input")
    return {(e.attributes["name"], e.attributes["value"]) for e in inputs if "checked" in e.attributes}


def pay_unseen(booker: BookingVisitor, app: Flask, bench: StripeBench) -> None:
    """Pay, and never come back from the payment page: Stripe tells the site by itself."""
    booker.send("/book/check", shown=shown(booker))
    bench.pay(booker.place.rpartition("/")[2])
    bench.deliver(app.test_client())
    site = app.extensions["site"]
    with app.app_context():
        process_events(site.checkout, now=site.clock())
    assert [row.state for row in booked(app)] == ["confirmed"]


class TestAnEarlierStep:
    def test_another_reason_is_the_one_the_practitioner_reads(self, booker: BookingVisitor, booking_app: Flask) -> None:
        booker.reach_check()
        booker.pass_reason("lower-back")
        booker.pass_gate()
        booker.get("/book/check")
        booker.send("/book/check")
        with booking_app.app_context():
            assert read_reason(booked(booking_app)[-1].id).area == "lower-back"

    def test_someone_else_after_all_cannot_be_paid_for_before_they_are_named(
        self, booker: BookingVisitor, booking_app: Flask
    ) -> None:
        booker.reach_check()
        booker.pass_reason(for_whom="other")
        booker.pass_gate()
        booker.send("/book/check")
        assert booker.place == "/book/details"
        assert booked(booking_app)[-1].state == "held"

    def test_what_was_said_of_one_person_is_not_said_of_the_next(self, booker: BookingVisitor) -> None:
        booker.pass_reason(for_whom="child")
        booker.pass_gate()
        booker.send("/book/treatment", treatment="60-minute-visit", practitioner="anyone")
        booker.send("/book/time", time=booker.times()[0])
        child = {"attendee_name": "Kim Example", "attendee_age": "15", "guardian_agrees": "y"}
        booker.send("/book/details", **OFTEN_HERE, **child)
        for person in ("other", "child"):
            booker.pass_reason(for_whom=person)
            booker.pass_gate()
        booker.get("/book/details")
        assert ticked(booker) == set(), "neither the guardian's consent nor an earlier visit"

    def test_a_first_visit_is_not_sold_to_someone_who_was_here_before(
        self, booker: BookingVisitor, booking_app: Flask
    ) -> None:
        booker.reach_check(**OFTEN_HERE)
        booker.send("/book/treatment", treatment="first-visit", practitioner="anyone")
        booker.send("/book/time", time=booker.times()[0])
        booker.send("/book/check")
        assert booker.place == "/book/details"
        booker.get("/book/details")
        assert ticked(booker) == {("returning", "yes")}
        assert "Choose another visit on step 3" in booker.errors()["returning-0"]
        assert booked(booking_app)[-1].client_name is None

    def test_who_goes_back_for_another_visit_types_nothing_twice(self, booker: BookingVisitor) -> None:
        booker.pass_reason()
        booker.pass_gate()
        booker.send("/book/treatment", treatment="first-visit", practitioner="anyone")
        booker.send("/book/time", time=booker.times()[0])
        booker.send("/book/details", **OFTEN_HERE)
        assert "Choose another visit on step 3" in booker.errors()["returning-0"]
        assert booker.page.all("a", href="/book/treatment")
        booker.send("/book/treatment", treatment="60-minute-visit", practitioner="anyone")
        booker.send("/book/time", time=booker.times()[0])
        booker.get("/book/details")
        assert booker.page.one("input", name="name").attributes["value"] == OFTEN_HERE["name"]
        assert booker.errors() == {}

    def test_a_visit_at_home_after_all_asks_for_the_home(self, content: Content, start: Callable[[], Flask]) -> None:
        content.add("practice.yml", HOME)
        content.change("treatments/45-minute-visit.md", "order:", "at_home: true\norder:")
        booker = visitor(start())
        booker.reach_check()
        booker.send("/book/treatment", treatment="45-minute-visit", practitioner="anyone")
        booker.send("/book/time", time=booker.times()[0])
        booker.get("/book/check")
        assert booker.place == "/book/details"


class TestAVisitThatIsLongerForNewClients:
    @pytest.fixture
    def longer(self, content: Content, start: Callable[[], Flask]) -> Flask:
        content.change("treatments/60-minute-visit.md", "order:", "first_visit_minutes: 15\norder:")
        return start()

    def minutes(self, app: Flask) -> list[int]:
        return [row.minutes for row in booked(app) if row.state == "held"]

    def test_step_5_makes_it_as_long_as_it_will_be(self, longer: Flask) -> None:
        booker = visitor(longer)
        booker.reach_check(returning="no")
        booker.get("/book/check")
        assert self.minutes(longer) == [75]
        assert "09:00 to 10:15" in booker.page.one("main").text
        booker.send("/book/details", **OFTEN_HERE)
        booker.get("/book/check")
        assert self.minutes(longer) == [60]

    def test_a_time_too_short_for_it_leads_to_others(self, longer: Flask) -> None:
        first, second = visitor(longer), visitor(longer)
        for booker in (first, second):  # one right after the other
            booker.send("/book/time", time=booker.reach_times(practitioner="example-therapist-a")[0])
            assert booker.place == "/book/details"
        first.send("/book/details", **DETAILS)
        assert first.status == 409
        assert "you have paid nothing" in first.page.one("main").text.lower()
        assert self.minutes(longer) == [60, 60], "what they held before stays theirs"


class TestTwoTabs:
    CHANGED: ClassVar = "Your booking has changed since you opened this page"

    def test_nobody_pays_for_another_time_than_their_page_shows(
        self, booker: BookingVisitor, booking_app: Flask
    ) -> None:
        time = booker.reach_check(**OFTEN_HERE)
        first_tab = shown(booker)
        other = next(one for one in booker.times() if one != time)
        booker.send("/book/time", time=other)
        booker.send("/book/check", shown=first_tab)
        assert booker.status == 200
        assert self.CHANGED in booker.page.one("main").text
        booker.send("/book/check", shown=shown(booker))
        assert "/c/pay/" in booker.place
        assert f"{booked(booking_app)[-1].starts_at:%Y-%m-%dT%H:%MZ}" == other

    def test_nor_for_another_person(self, booker: BookingVisitor) -> None:
        booker.reach_check(**OFTEN_HERE)
        first_tab = shown(booker)
        booker.send("/book/details", **{**OFTEN_HERE, "email": "kim@client.example"})
        booker.send("/book/check", shown=first_tab)
        assert self.CHANGED in booker.page.one("main").text

    def test_pressing_twice_is_no_change(self, booker: BookingVisitor, booking_app: Flask) -> None:
        booker.reach_check(**OFTEN_HERE)
        page = shown(booker)
        places = set()
        for _ in range(2):
            booker.send("/book/check", shown=page)
            places.add(booker.place)
        assert len(places) == 1
        assert "/c/pay/" in places.pop()
        assert len(booked(booking_app)) == 1


class TestAfterBooking:
    @pytest.mark.parametrize("path", ["/book/check", "/book/details"])
    def test_an_old_page_says_what_is_booked_and_not_that_it_is_gone(
        self, booker: BookingVisitor, booking_app: Flask, stripe_sandbox: StripeBench, path: str
    ) -> None:
        booker.reach_check(**OFTEN_HERE)
        pay_unseen(booker, booking_app, stripe_sandbox)
        for _ in range(2):  # the answers are forgotten with the first look
            booker.get(path)
            assert booker.place.startswith("/booking/")

    @pytest.mark.parametrize("path", ["/book/check", "/book/details", "/book/return"])
    def test_whoever_sits_there_the_next_day_is_not_shown_it(
        self, booking_app: Flask, stripe_sandbox: StripeBench, clock: MovableClock, path: str
    ) -> None:
        client = Client(booking_app.test_client())
        client.book(stripe_sandbox)
        client.get(path)
        assert client.place == client.link
        clock.advance(hours=12)
        client.get(path)
        assert client.place in ("/book/safety", "/book/return")
        assert "/booking/" not in (client.answer.text if client.answer else "")

    def test_pressing_an_old_button_books_nothing_more(
        self, booker: BookingVisitor, booking_app: Flask, stripe_sandbox: StripeBench
    ) -> None:
        time = booker.reach_check(**OFTEN_HERE)
        pay_unseen(booker, booking_app, stripe_sandbox)
        for path, fields in (("/book/time", {"time": time}), ("/book/check", {}), ("/book/details", OFTEN_HERE)):
            booker.send(path, **fields)
            assert booker.place.startswith("/booking/")
        assert len(booked(booking_app)) == 1

    def test_reading_the_way_back_again_costs_no_answers_of_the_next_booking(
        self, booking_app: Flask, stripe_sandbox: StripeBench
    ) -> None:
        client = Client(booking_app.test_client())
        client.book(stripe_sandbox)
        way_back = next(path for path in client.seen if path.startswith("/book/return"))
        client.reach_check(**OFTEN_HERE)
        client.get(way_back)
        assert client.place == client.link
        client.get("/book/check")
        assert client.heading.startswith("Check and pay")

    def test_two_people_can_come_at_the_same_time(
        self, booker: BookingVisitor, booking_app: Flask, stripe_sandbox: StripeBench, clock: MovableClock
    ) -> None:
        (time, *_) = booker.reach_times(practitioner="example-therapist-b")  # when both are there
        booker.send("/book/time", time=time)
        booker.send("/book/details", **OFTEN_HERE)
        pay_unseen(booker, booking_app, stripe_sandbox)
        clock.advance(minutes=1)
        booker.pass_reason(for_whom="other")
        booker.pass_gate()
        booker.send("/book/treatment", treatment="60-minute-visit", practitioner="anyone")
        booker.send("/book/time", time=time)
        assert booker.place == "/book/details"
        first, second = booked(booking_app)
        assert first.starts_at == second.starts_at
        assert first.practitioner != second.practitioner

    def test_another_visit_can_be_booked_at_once(self, booking_app: Flask, stripe_sandbox: StripeBench) -> None:
        client = Client(booking_app.test_client())
        times = {client.book(stripe_sandbox), client.book(stripe_sandbox)}
        assert len(times) == 2
        assert [row.state for row in booked(booking_app)] == ["confirmed"] * 2


def test_whoever_waited_gives_a_phone_number_before_paying(
    booker: BookingVisitor, booking_app: Flask, clock: MovableClock
) -> None:
    booker.reach_times()
    booker.send("/book/waitlist", **WISH)
    link = booker.place
    assert offer(booking_app, clock) == 1
    booker.send(f"{link}/take")
    booker.send("/book/check")
    assert booker.place == "/book/details"


def test_whoever_waits_for_one_visit_is_not_given_a_programme(
    booker: BookingVisitor, booking_app: Flask, clock: MovableClock
) -> None:
    hold(booker, begin(booker), change="1")
    booker.send("/book/waitlist", **WISH)
    link = booker.place
    assert offer(booking_app, clock) == 1
    booker.send(f"{link}/take")
    booker.get("/book/details")
    assert booker.heading == "Your details"
    (row,) = booked(booking_app)
    assert (row.state, row.programme_id) == ("held", None)
