"""The practice's rules are data: changed in a file, shown on the page, enforced on hand-made requests too."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import BookingRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.hold import HoldTerms
from app.publishing.reading.loading import load_shelf
from tests.booking_visitor import DETAILS, BookingVisitor
from tests.integration.web.conftest import Content

PERSON_A, PERSON_B = "example-therapist-a", "example-therapist-b"
HOME = """
home_visits:
  postcodes: [BS1, BS16]
  set_up_minutes: 20
  pack_up_minutes: 10
"""


def visitor(app: Flask) -> BookingVisitor:
    return BookingVisitor(app.test_client())


def booked(app: Flask) -> list[BookingRow]:
    with app.app_context(), reading() as session:
        rows = list(session.scalars(select(BookingRow).order_by(BookingRow.id)))
        session.expunge_all()
        return rows


class TestContradictions:
    def test_the_shipped_rules_have_none(self, content: Content) -> None:
        assert content.faults() == []

    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [
            ("- {hours: 0, returned: kept}", "- {hours: 48, returned: kept}", "cancel.bands"),
            ("24, returned: money}", "24, returned: kept}\n    - {hours: 12, returned: money}", "cancel.bands"),
            ("percent: 20", "percent: 0", "deposit"),
            ("lead_hours: 12", "lead_hours: 2", "intake_hours"),
            ("guardian_below: 18", "guardian_below: 18\nhome_visits: {postcodes: [bs1]}", "home_visits.postcodes"),
        ],
    )  # fmt: skip
    def test_rules_that_cannot_be_kept_are_errors_with_file_and_line(
        self, content: Content, old: str, new: str, field: str
    ) -> None:
        content.add("practice.yml", "intake_hours: 6\n")
        content.change("practice.yml", old, new)
        (fault, *_) = content.faults()
        place, line, words = fault.split(":", 2)
        assert place == "practice.yml"
        assert field in words
        assert (content.folder / "practice.yml").read_text().split("\n")[int(line) - 1].strip() != ""

    def test_rules_of_one_treatment_are_checked_and_it_is_left_out(self, content: Content) -> None:
        rules = "rules:\n  cancel:\n    bands: [{hours: 24, returned: kept}, {hours: 0, returned: money}]\norder:"
        content.change("treatments/30-minute-visit.md", "order:", rules)
        (fault,) = content.faults()
        assert fault.startswith("treatments/30-minute-visit.md:")
        assert "30-minute-visit" not in load_shelf(content.folder).documents["treatments"]

    def test_a_visit_too_long_for_the_diary_is_left_out(self, content: Content) -> None:
        content.change("treatments/60-minute-visit.md", "minutes: 60\n", "minutes: 240\nfirst_visit_minutes: 120\n")
        assert any("keeps 375 minutes with its buffers; keep it to 360 at most" in fault for fault in content.faults())
        assert "60-minute-visit" not in load_shelf(content.folder).documents["treatments"]


class TestRulesOfATreatment:
    def test_its_page_tells_where_they_differ(self, content: Content, start: Callable[[], Flask]) -> None:
        rules = "rules:\n  late_minutes: 5\norder:"
        content.change("treatments/30-minute-visit.md", "order:", rules)
        client = start().test_client()
        own, other = (client.get(f"/treatments/{slug}").text for slug in ("30-minute-visit", "60-minute-visit"))
        assert "Rules of this visit" in own
        assert "5\u00a0minutes we count it as a missed visit" in own
        assert "Rules of this visit" not in other

    def test_its_own_deposit_is_shown_and_asked(self, content: Content, start: Callable[[], Flask]) -> None:
        content.change("treatments/90-minute-visit.md", "order:", "rules: {deposit: {kind: full}}\norder:")
        booker = visitor(start())
        booker.reach_check("90-minute-visit", returning="yes")
        booker.get("/book/check")
        price = booked(booker.client.application)[0]
        assert price.deposit_minor == price.price_minor
        assert booker.page.all("button")[0].text.startswith(f"Pay £{price.price_minor / 100:.2f}")


class TestVisitsAtHome:
    @pytest.fixture
    def at_home(self, content: Content, start: Callable[[], Flask]) -> BookingVisitor:
        content.add("practice.yml", HOME)
        content.change("treatments/60-minute-visit.md", "order:", "at_home: true\norder:")
        booker = visitor(start())
        booker.reach_details()
        return booker

    HERE: ClassVar = {**DETAILS, "returning": "yes", "address": "7 Example Road\nExampletown", "postcode": "bs16 1aa"}

    def test_address_and_time_around_the_visit(self, at_home: BookingVisitor) -> None:
        at_home.send("/book/details", **self.HERE)
        assert at_home.place == "/book/check"
        (row,) = booked(at_home.client.application)
        assert row.room is None, "the rooms stay free for others"
        assert row.client_address == "7 Example Road\nExampletown\nBS16 1AA"
        assert (row.starts_at - row.busy_from, row.busy_until - row.ends_at) == (
            timedelta(minutes=20),
            timedelta(minutes=15 + 10),
        )
        at_home.get("/book/check")
        assert "7 Example Road, Exampletown, BS16 1AA" in at_home.page.one("main").text

    @pytest.mark.parametrize(
        ("fields", "field", "words"),
        [
            ({"address": ""}, "address", "Enter the address"),
            ({"address": "x" * 300}, "address", "Shorten"),
            ({"postcode": ""}, "postcode", "Enter the postcode"),
            ({"postcode": "BS1"}, "postcode", "full postcode"),
            ({"postcode": "BS2 1AA"}, "postcode", "do not visit"),
            ({"postcode": "BS161 1AA"}, "postcode", "full postcode"),
        ],
    )
    def test_homes_out_of_reach_are_told_beside_the_field(
        self, at_home: BookingVisitor, fields: dict[str, str], field: str, words: str
    ) -> None:
        at_home.send("/book/details", **{**self.HERE, **fields})
        assert at_home.status == 200
        assert words in at_home.errors()[field]
        assert booked(at_home.client.application)[0].client_name is None

    def test_the_rules_page_names_the_districts(self, at_home: BookingVisitor) -> None:
        at_home.get("/policies/booking")
        assert "We visit homes in BS1 and BS16." in at_home.page.one("main").text


class TestHandMadeTimes:
    def test_a_person_who_does_not_give_the_visit(self, content: Content, start: Callable[[], Flask]) -> None:
        booker = visitor(start())
        booker.pass_reason()
        booker.pass_gate()
        booker.send("/book/treatment", treatment="90-minute-visit", practitioner=PERSON_B)
        assert "does not give this visit" in booker.errors()["practitioner-0"]

    def test_a_room_that_both_need_is_given_once(self, content: Content, start: Callable[[], Flask]) -> None:
        alike = '\nhours:\n  - {days: [tue, wed, thu, fri], from: "09:00", until: "13:00"}\nrooms: [main]\n---\n'
        for person in (PERSON_A, PERSON_B):
            path = content.folder / f"team/{person}.md"
            _, front, body = path.read_text().split("---\n", 2)
            kept = re.sub(r"^(hours|rooms):.*\n(?:[ -].*\n)*", "", front, flags=re.MULTILINE)
            path.write_text(f"---\n{kept.rstrip()}{alike}{body}")
        assert content.faults() == []
        app = start()
        first, second = visitor(app), visitor(app)
        time = first.reach_times("60-minute-visit", PERSON_A)[0]
        assert time in second.reach_times("60-minute-visit", PERSON_B)
        first.send("/book/time", time=time)
        second.send("/book/time", time=time)
        assert (first.place, second.status) == ("/book/details", 409)
        assert len(booked(app)) == 1

    def test_hours_on_the_hands_are_capped(self, content: Content, start: Callable[[], Flask]) -> None:
        for person in (PERSON_A, PERSON_B):
            text = (content.folder / f"team/{person}.md").read_text()
            line = next((entry for entry in text.split("\n") if entry.startswith("daily_cap_minutes:")), None)
            content.change(
                f"team/{person}.md", line or "treatments:", "daily_cap_minutes: 60" + ("" if line else "\ntreatments:")
            )
        app = start()
        booker, late = visitor(app), visitor(app)
        times = booker.reach_times("60-minute-visit", PERSON_A)
        late.reach_times("60-minute-visit", PERSON_A)
        booker.send("/book/time", time=times[0])
        late.send("/book/time", time=times[-1])
        assert (late.status, len(booked(app))) == (409, 1)

    def test_a_price_that_changed_in_between_is_the_one_that_was_shown(
        self, content: Content, start: Callable[[], Flask]
    ) -> None:
        app = start()
        booker = visitor(app)
        booker.reach_check(returning="yes")
        before = booked(app)[0].price_minor
        content.change("treatments/60-minute-visit.md", f"price_minor: {before}", "price_minor: 99900")
        booker.get("/book/check")
        booker.send("/book/check", price_minor="1", deposit_minor="1", amount="1")
        (row,) = booked(app)
        assert (row.price_minor, row.deposit_minor) == (before, 1200)


class TestRulesOfTheHold:
    def test_the_rules_a_time_was_held_under_stand_beside_the_button(self, start: Callable[[], Flask]) -> None:
        booker = visitor(start())
        booker.reach_check(returning="yes")
        with booker.client.application.app_context(), unit_of_work() as session:
            row = session.scalars(select(BookingRow)).one()
            row.policy = {**row.policy, "cancel": {**row.policy["cancel"], "bands": [{"hours": 0, "returned": "kept"}]}}
        booker.get("/book/check")
        words = booker.page.one("main").text
        assert "keep" in words
        assert "back to your card" not in words

    def test_age_and_health_questions_are_told_before_paying(
        self, content: Content, start: Callable[[], Flask]
    ) -> None:
        content.change("practice.yml", "guardian_below: 18", "guardian_below: 18\nminimum_age: 16\nintake_hours: 4")
        booker = visitor(start())
        booker.reach_check(returning="yes")
        for page in ("/book/check", "/policies/booking"):
            booker.get(page)
            words = re.sub(r"\s+", " ", booker.page.one("main").text)
            assert "We see people from 16 years of age." in words
            assert "Under 18, a parent or guardian agrees to the visit and comes along." in words
            assert "health questions 4 hours before your visit" in words

    def test_who_missed_visits_is_asked_to_phone_and_nothing_is_kept(
        self, content: Content, start: Callable[[], Flask]
    ) -> None:
        content.change("practice.yml", "then: prepay", "then: phone")
        content.change("practice.yml", "repeats: 2", "repeats: 1")
        app = start()
        visitor(app).reach_check(returning="yes")
        with app.app_context(), unit_of_work() as session:
            missed = session.scalars(select(BookingRow)).one()
            missed.state, missed.visitor = "no_show", None
        booker = visitor(app)
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "returning": "yes", "email": DETAILS["email"].upper()})
        assert (booker.status, booker.heading) == (409, "Please phone us for this booking")
        assert booker.page.all("a", href="tel:+442079460123")
        assert booked(app)[1].client_name is None


class TestDrainingTheDiary:
    def test_one_network_cannot_hold_every_time(self, start: Callable[[], Flask]) -> None:
        app, limit = start(), HoldTerms(0, 0, "GBP").live_per_network
        for _ in range(limit):
            visitor(app).reach_details("30-minute-visit")
        one_more = visitor(app)
        one_more.send("/book/time", time=one_more.reach_times("30-minute-visit")[0])
        assert (one_more.status, one_more.heading) == (429, "Too many times are being held")
        assert one_more.page.all("a", href="tel:+442079460123")
        assert len(booked(app)) == limit

    def test_one_visitor_cannot_try_every_time(self, start: Callable[[], Flask]) -> None:
        app, limit = start(), HoldTerms(0, 0, "GBP").hourly_per_visitor
        booker = visitor(app)
        times = booker.reach_times("30-minute-visit")
        for number in range(limit):
            booker.send("/book/time", time=times[number % 2])
            assert booker.place == "/book/details"
        booker.send("/book/time", time=times[limit % 2])
        assert booker.status == 429
        booker.get("/book/details")
        assert booker.status == 200, "the time that is held stays theirs"
        assert len([row for row in booked(app) if row.state == "held"]) == 1
