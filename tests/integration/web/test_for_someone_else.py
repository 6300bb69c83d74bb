"""Booking for another adult, for a minor as their guardian, and once more by the link of an earlier booking."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import BookingRow, StaffTaskRow
from app.db.unit_of_work import reading
from tests.booking_visitor import DETAILS, BookingVisitor
from tests.integration.web.conftest import Content
from tests.integration.web.test_own_booking import Client
from tests.integration.web.test_practice_rules import booked, visitor
from tests.stripe_bench import StripeBench

OTHER = {**DETAILS, "returning": "yes", "attendee_name": "Kim Example"}
CHILD = {**OTHER, "attendee_age": "15", "guardian_agrees": "y"}


def reach_details(booker: BookingVisitor, for_whom: str) -> None:
    """Up to step 5, for someone else."""
    booker.pass_reason(for_whom=for_whom)
    booker.pass_gate()
    booker.send("/book/treatment", treatment="60-minute-visit", practitioner="anyone")
    booker.send("/book/time", time=booker.times()[0])
    assert booker.place == "/book/details"


def tasks(app: Flask, kind: str) -> list[str]:
    with app.app_context(), reading() as session:
        return list(session.scalars(select(StaffTaskRow.message).where(StaffTaskRow.kind == kind)))


def pay(booker: BookingVisitor, bench: StripeBench) -> str:
    """Pay; the address of the booking's own page."""
    booker.send("/book/check")
    session_id = booker.place.rpartition("/")[2]
    bench.pay(session_id)
    booker.get(f"/book/return?session_id={session_id}")
    assert booker.place.startswith("/booking/")
    return booker.place


class TestAnotherAdult:
    def test_the_booking_names_who_comes_and_who_booked(
        self, booker: BookingVisitor, booking_app: Flask, stripe_sandbox: StripeBench
    ) -> None:
        reach_details(booker, "other")
        booker.send("/book/details", **OTHER)
        booker.get("/book/check")
        assert "Kim Example" in booker.page.one("main").text
        booker.get(pay(booker, stripe_sandbox))
        assert "Kim Example" in booker.page.one("main").text
        (row,) = booked(booking_app)
        assert (row.client_name, row.attendee_name, row.attendee_age) == ("Robin Example", "Kim Example", None)
        assert tasks(booking_app, "booking.guardian") == []

    def test_their_name_is_asked_and_nothing_typed_is_lost(self, booker: BookingVisitor) -> None:
        reach_details(booker, "other")
        booker.send("/book/details", **{**OTHER, "attendee_name": ""})
        assert booker.errors() == {"attendee_name": "Enter the full name of the person who comes"}
        assert booker.page.all("input", name="email")[0].attributes["value"] == DETAILS["email"]
        assert not booker.page.all("input", name="attendee_age")

    @pytest.mark.parametrize("path", ["/book/safety", "/book/cautions"])
    def test_the_safety_lists_ask_for_the_person_who_comes(self, booker: BookingVisitor, path: str) -> None:
        booker.pass_reason(for_whom="other")
        booker.send("/book/safety", answer="none")
        booker.get(path)
        assert "Answer for the person who comes" in booker.page.one("main").text

    def test_another_person_answers_the_lists_again(self, booker: BookingVisitor) -> None:
        reach_details(booker, "me")
        booker.pass_reason(for_whom="other")
        booker.get("/book/details")
        assert booker.place == "/book/safety"

    def test_whoever_changes_for_whom_it_is_gives_the_missing_details(self, booker: BookingVisitor) -> None:
        booker.reach_check(returning="yes")
        booker.pass_reason(for_whom="other")
        booker.pass_gate()
        booker.get("/book/check")
        assert booker.place == "/book/details"

    @pytest.mark.parametrize(("for_whom", "details"), [("other", OTHER), ("child", CHILD)])
    def test_whoever_comes_themselves_after_all_leaves_nobody_else_on_the_booking(
        self, booker: BookingVisitor, booking_app: Flask, for_whom: str, details: dict[str, str]
    ) -> None:
        reach_details(booker, for_whom)
        booker.send("/book/details", **details)
        assert booked(booking_app)[0].attendee_name == "Kim Example"
        reach_details(booker, "me")
        booker.send("/book/details", **{**DETAILS, "returning": "yes"})
        booker.get("/book/check")
        assert "Kim Example" not in booker.page.one("main").text
        row = booked(booking_app)[-1]
        assert (row.attendee_name, row.attendee_age, row.guardian_agreed_at) == (None, None, None)

    def test_going_back_to_me_and_straight_to_paying_names_nobody_else(
        self, booker: BookingVisitor, booking_app: Flask
    ) -> None:
        """What was said of the other person, that they have been here before, has to be said anew."""
        reach_details(booker, "other")
        booker.send("/book/details", **OTHER)
        booker.pass_reason(for_whom="me")
        booker.pass_gate()
        for step in (lambda: booker.get("/book/check"), lambda: booker.send("/book/check")):
            step()
            assert booker.place == "/book/details"
        booker.send("/book/details", **DETAILS)
        booker.send("/book/check")
        row = booked(booking_app)[-1]
        assert (row.attendee_name, row.client_returning) == (None, False)


class TestAMinor:
    def test_a_guardian_books_and_the_practice_phones_first(
        self, booker: BookingVisitor, booking_app: Flask, stripe_sandbox: StripeBench
    ) -> None:
        reach_details(booker, "child")
        booker.send("/book/details", **CHILD)
        assert booker.place == "/book/check", booker.errors()
        booker.get(pay(booker, stripe_sandbox))
        assert "We phone you before the visit" in booker.page.one("main").text
        (row,) = booked(booking_app)
        assert row.attendee_age == 15
        assert row.guardian_agreed_at is not None
        (words,) = tasks(booking_app, "booking.guardian")
        assert row.reference in words

    @pytest.mark.parametrize(
        ("changed", "field", "words"),
        [
            ({"guardian_agrees": ""}, "guardian_agrees", "A parent or guardian must book"),
            ({"attendee_age": ""}, "attendee_age", "as a number"),
            ({"attendee_age": "-3"}, "attendee_age", "as a number"),
            ({"attendee_age": "٣"}, "attendee_age", "as a number"),
            ({"attendee_age": "9" * 5000}, "attendee_age", "as a number"),
            ({"attendee_age": "18"}, "attendee_age", "an adult"),
            ({"attendee_name": "<b>"}, "attendee_name", "without links"),
        ],
    )
    def test_what_is_missing_is_told_beside_its_field(
        self, booker: BookingVisitor, booking_app: Flask, changed: dict[str, str], field: str, words: str
    ) -> None:
        reach_details(booker, "child")
        booker.send("/book/details", **{**CHILD, **changed})
        assert words in booker.errors()[field]
        assert booked(booking_app)[0].client_name is None

    def test_the_minimum_age_is_kept(self, content: Content, start: Callable[[], Flask]) -> None:
        content.change("practice.yml", "guardian_below: 18", "guardian_below: 18\nminimum_age: 16")
        booker = visitor(start())
        reach_details(booker, "child")
        booker.send("/book/details", **CHILD)
        assert "from 16 years" in booker.errors()["attendee_age"]
        booker.send("/book/details", **{**CHILD, "attendee_age": "16"})
        assert booker.place == "/book/check"

    def test_a_rule_that_changed_while_they_typed_is_the_holds_rule(
        self, content: Content, start: Callable[[], Flask]
    ) -> None:
        """The hold was made while nobody under 16 was seen; the page cannot talk the service out of it."""
        content.change("practice.yml", "guardian_below: 18", "guardian_below: 18\nminimum_age: 16")
        strict = start()
        booker = visitor(strict)
        reach_details(booker, "child")
        content.change("practice.yml", "minimum_age: 16", "minimum_age: 10")
        lax = visitor(start())
        cookie = booker.client.get_cookie("session")
        assert cookie is not None
        lax.client.set_cookie("session", cookie.value)
        lax.send("/book/details", **CHILD)
        assert (lax.status, lax.heading) == (409, "We cannot book this visit online")
        assert booked(strict)[0].client_name is None

    def test_a_practice_that_sees_no_minors_does_not_offer_it(
        self, content: Content, start: Callable[[], Flask]
    ) -> None:
        content.change("practice.yml", "guardian_below: 18", "guardian_below: 18\nminimum_age: 18")
        booker = visitor(start())
        booker.get("/book")
        assert [e.attributes["value"] for e in booker.page.all("input", name="for_whom")] == ["me", "other"]
        reach_details(booker, "child")  # a hand-made request counts as "me"
        booker.get("/book/details")
        assert not booker.page.all("input", name="attendee_age")


class TestHealthQuestions:
    def test_they_become_work_for_the_practice_and_a_date_for_the_client(
        self, content: Content, start: Callable[[], Flask], stripe_sandbox: StripeBench
    ) -> None:
        content.change("practice.yml", "guardian_below: 18", "guardian_below: 18\nintake_hours: 4")
        app = start()
        booker = visitor(app)
        booker.reach_check(returning="yes")
        booker.get(pay(booker, stripe_sandbox))
        assert "We send you our health questions. Please answer them by" in booker.page.one("main").text
        (words,) = tasks(app, "booking.intake")
        assert booked(app)[0].reference in words


class TestBookingAgain:
    @pytest.fixture
    def paying(self, booking_app: Flask) -> Client:
        return Client(booking_app.test_client())

    def test_the_link_fills_in_who_they_are_on_any_device_and_the_lists_are_asked_again(
        self, booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        elsewhere = Client(booking_app.test_client())
        elsewhere.send(f"{paying.link}/again")
        assert elsewhere.place == "/book"
        elsewhere.get("/book")
        checked = [e.attributes["value"] for e in elsewhere.page.all("input") if "checked" in e.attributes]
        assert checked == ["me"], "why they came is not remembered"
        elsewhere.get("/book/treatment")
        assert elsewhere.place == "/book/safety"
        elsewhere.pass_reason()
        elsewhere.pass_gate()
        elsewhere.send("/book/treatment", treatment="60-minute-visit", practitioner="anyone")
        elsewhere.send("/book/time", time=elsewhere.times()[0])
        elsewhere.get("/book/details")
        for name in ("name", "email", "phone"):
            (field,) = elsewhere.page.all("input", name=name)
            assert field.attributes["value"] == DETAILS[name]

    def test_reading_or_scanning_the_link_changes_nothing(self, paying: Client, stripe_sandbox: StripeBench) -> None:
        paying.book(stripe_sandbox)
        assert paying.get(f"{paying.link}/again").status_code == 405
        assert paying.client.head(f"{paying.link}/again").status_code == 405

    @pytest.mark.parametrize("link", ["/booking/nonsense", "/booking/a.b.c"])
    def test_a_wrong_link_fills_nothing_in(self, booker: BookingVisitor, link: str) -> None:
        booker.send(f"{link}/again")
        assert booker.status == 404

    def test_a_press_from_another_site_does_nothing(
        self, booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        stranger = booking_app.test_client()
        assert stranger.post(f"{paying.link}/again", data={}).status_code == 400


def test_nothing_of_who_comes_outlives_a_booking_handed_on(
    booking_app: Flask, booker: BookingVisitor, stripe_sandbox: StripeBench
) -> None:
    reach_details(booker, "child")
    booker.send("/book/details", **CHILD)
    link = pay(booker, stripe_sandbox)
    friend = {"name": "Sam Friend", "email": "sam@friend.example", "phone": "07700 900456", "returning": "yes"}
    booker.send(f"{link}/give", **friend, agreed="y")
    with booking_app.app_context(), reading() as session:
        row = session.scalars(select(BookingRow)).one()
        assert (row.attendee_name, row.attendee_age, row.guardian_agreed_at) == (None, None, None)
