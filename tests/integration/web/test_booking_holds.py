"""A held time that runs out, is given back, or is another one in a second tab."""

from __future__ import annotations

from flask import Flask

from tests.booking_visitor import DETAILS, BookingVisitor
from tests.conftest import MovableClock
from tests.integration.web.conftest import Store
from tests.stripe_bench import StripeBench


class TestHolds:
    def test_a_hold_that_ran_out_is_taken_again_while_they_type(
        self, booker: BookingVisitor, clock: MovableClock, store: Store
    ) -> None:
        booker.reach_details()
        clock.advance(minutes=11)
        booker.send("/book/details", **DETAILS)
        assert booker.place == "/book/check"
        booker.get("/book/check")
        assert booker.status == 200
        assert store.bookings("held") == 1

    def test_a_hold_that_ran_out_and_was_taken_keeps_the_answers(
        self, booking_app: Flask, booker: BookingVisitor, clock: MovableClock
    ) -> None:
        time = booker.reach_times("30-minute-visit", "example-therapist-a")[0]
        booker.send("/book/time", time=time)
        clock.advance(minutes=11)
        other = BookingVisitor(booking_app.test_client())
        other.reach_times("30-minute-visit", "example-therapist-a")
        other.send("/book/time", time=time)
        assert other.place == "/book/details"
        booker.send("/book/details", **DETAILS)
        assert (booker.status, booker.heading) == (409, "That time has just gone")
        nearest = booker.page.all("input", name="time")[0].attributes["value"]
        booker.send("/book/time", time=nearest)
        booker.get("/book/details")
        assert booker.page.one("input", name="name").attributes["value"] == DETAILS["name"]

    def test_holding_it_longer_loses_nothing_typed(
        self, booker: BookingVisitor, clock: MovableClock, store: Store
    ) -> None:
        booker.reach_details()
        for minutes in (8, 11):  # while it is held, and after it ran out
            clock.advance(minutes=minutes)
            booker.send("/book/details", name="Robin Exam", email="robin@", do="extend")
            assert (booker.status, booker.errors()) == (200, {})
            assert booker.page.one("input", name="name").attributes["value"] == "Robin Exam"
            assert booker.page.one("input", name="email").attributes["value"] == "robin@"
            assert store.bookings("held") == 1

    def test_a_mistake_after_the_hold_ran_out_is_told_with_what_was_typed(
        self, booker: BookingVisitor, clock: MovableClock
    ) -> None:
        booker.reach_details()
        clock.advance(minutes=11)
        booker.send("/book/details", **{**DETAILS, "email": "robin@"})
        assert booker.status == 200
        assert list(booker.errors()) == ["email"]
        assert booker.page.one("input", name="name").attributes["value"] == DETAILS["name"]

    def test_what_was_given_back_is_not_taken_again_by_going_back(self, booker: BookingVisitor, store: Store) -> None:
        booker.reach_check()
        booker.send("/book/hold", do="release")
        for path in ("/book/check", "/book/details"):
            booker.get(path)
            assert booker.place == "/book/time"
        assert store.bookings("held") == 0

    def test_another_visit_chosen_in_a_second_tab_is_what_is_checked_and_paid(
        self, booker: BookingVisitor, store: Store
    ) -> None:
        booker.reach_check("60-minute-visit")
        booker.send("/book/treatment", treatment="30-minute-visit", practitioner="anyone")
        booker.send("/book/check")  # the first tab still shows an hour
        assert booker.place == "/book/check"
        booker.get("/book/check")
        assert "30\u00a0minutes" in booker.page.one("main").text
        assert store.bookings("held") == 1

    def test_another_time_ends_the_payment_of_the_first(
        self, booker: BookingVisitor, stripe_sandbox: StripeBench, store: Store
    ) -> None:
        time = booker.reach_check("60-minute-visit")
        booker.send("/book/check")
        first = booker.place.rpartition("/")[2]
        booker.send("/book/treatment", treatment="45-minute-visit", practitioner="anyone")
        booker.send("/book/time", time=time)
        assert booker.place == "/book/details"
        assert stripe_sandbox.session(first)["status"] == "expired"
        assert store.bookings("held") == 1

    def test_another_time_after_paying_leads_to_what_was_paid(
        self, booker: BookingVisitor, stripe_sandbox: StripeBench, store: Store
    ) -> None:
        booker.reach_check()
        booker.send("/book/check")
        stripe_sandbox.pay(booker.place.rpartition("/")[2])
        booker.send("/book/time", time=booker.times()[-1])
        assert booker.place.startswith("/booking/")
        assert (store.bookings("confirmed"), store.bookings("held")) == (1, 0)

    def test_giving_back_frees_the_time_for_others(
        self, booking_app: Flask, booker: BookingVisitor, store: Store
    ) -> None:
        time = booker.reach_details()
        booker.send("/book/hold", do="release")
        assert booker.place == "/book/time"
        assert store.bookings("held") == 0
        assert time in BookingVisitor(booking_app.test_client()).reach_times()

    def test_another_browser_cannot_touch_the_hold(
        self, booking_app: Flask, booker: BookingVisitor, store: Store
    ) -> None:
        booker.reach_check()
        other = BookingVisitor(booking_app.test_client())
        other.send("/book/hold", do="release")
        other.get("/book/check")
        assert other.place == "/book/safety"
        assert store.bookings("held") == 1
