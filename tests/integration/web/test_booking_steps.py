"""Steps of booking taken out of turn, forged, or answered with what nobody offers."""

from __future__ import annotations

import pytest
from flask import Flask

from app.db.tables import BookingReasonRow, DraftRow
from app.web.limits import BEGINNING, limits
from tests.booking_visitor import DETAILS, BookingVisitor
from tests.conftest import MovableClock
from tests.integration.web.conftest import Store

STEPS = ["/book/treatment", "/book/time", "/book/details", "/book/check"]


class TestForgery:
    @pytest.mark.parametrize("path", ["/book", "/book/safety", "/book/cautions", *STEPS, "/book/hold"])
    @pytest.mark.parametrize("token", [None, "", "forged", "x" * 5000])
    def test_without_a_right_token_nothing_happens(
        self, booker: BookingVisitor, path: str, token: str | None, store: Store
    ) -> None:
        booker.reach_check()
        data = {"time": "2026-11-25T10:00Z", "do": "release"} | ({} if token is None else {"csrf_token": token})
        answer = booker.client.post(path, data=data)
        assert answer.status_code == 400
        assert "This page was open for too long" in answer.text
        assert store.bookings("held") == 1

    def test_the_token_of_another_visitor_does_not_count(self, booking_app: Flask, booker: BookingVisitor) -> None:
        other = BookingVisitor(booking_app.test_client())
        answer = booker.client.post("/book", data={"csrf_token": other.token(), "condition": "neck"})
        assert answer.status_code == 400


class TestSteps:
    @pytest.mark.parametrize("path", STEPS)
    def test_the_safety_gate_cannot_be_skipped(self, booker: BookingVisitor, path: str, store: Store) -> None:
        booker.pass_reason()
        booker.get(path)
        assert (booker.status, booker.place) == (303, "/book/safety")
        booker.send(path, treatment="60-minute-visit", practitioner="anyone", time="2026-11-25T10:00Z", **DETAILS)
        assert (booker.status, booker.place) == (303, "/book/safety")
        assert store.bookings() == 0

    def test_the_second_list_alone_is_not_enough(self, booker: BookingVisitor) -> None:
        booker.pass_reason()
        booker.send("/book/cautions", answer="none")
        assert booker.place == "/book/safety"
        booker.get("/book/treatment")
        assert booker.place == "/book/safety"

    def test_a_passed_gate_does_not_last_for_ever(self, booker: BookingVisitor, clock: MovableClock) -> None:
        booker.reach_times()
        clock.advance(hours=13)
        booker.get("/book/time")
        assert booker.place == "/book/safety"
        booker.get("/book/safety")
        assert "We ask this once more" in booker.page.one("main").text

    def test_another_area_is_asked_about_anew(self, booker: BookingVisitor) -> None:
        booker.reach_times()
        booker.pass_reason("lower-back")
        booker.get("/book/time")
        assert booker.place == "/book/safety"

    @pytest.mark.parametrize("answer", ["", "maybe", "None", "none\x00", "some none"])
    def test_the_gate_wants_one_of_its_two_answers(self, booker: BookingVisitor, answer: str) -> None:
        booker.pass_reason()
        booker.send("/book/safety", answer=answer)
        assert booker.status == 200
        assert booker.errors() == {"answer-0": "Choose one of the two answers"}

    def test_of_a_blocked_visitor_nothing_is_kept(self, booker: BookingVisitor, store: Store) -> None:
        booker.reach_check()
        assert (store.count(DraftRow), store.bookings("held")) == (1, 1)
        booker.send("/book/safety", answer="some")
        assert booker.place == "/book/help"
        assert (store.count(DraftRow), store.bookings("held"), store.count(BookingReasonRow)) == (0, 0, 0)
        booker.get("/book/help")
        assert booker.page.all("a", href="tel:999")
        booker.get("/book/check")
        assert booker.place == "/book/safety"

    @pytest.mark.parametrize("path", STEPS)
    def test_a_first_visit_in_the_middle_is_led_to_the_beginning(self, booker: BookingVisitor, path: str) -> None:
        booker.get(path)
        assert (booker.status, booker.place) == (303, "/book/safety")

    @pytest.mark.parametrize(
        "query",
        [
            "condition=knee", "condition=../../etc/passwd", "condition=" + "x" * 3000, "condition=%00", "condition=%ff",
            "from=nowhere&treatment=gold&practitioner=nobody", "condition=neck&condition=lower-back",
            "condition[]=neck", "day=2026-13-40", "%F0%9F%92%86=1",
        ],
    )  # fmt: skip
    def test_what_nobody_offers_is_not_preselected(self, booker: BookingVisitor, query: str) -> None:
        booker.get(f"/book?{query}")
        assert booker.status == 200
        chosen = [e.attributes["value"] for e in booker.page.all("input") if "checked" in e.attributes]
        assert chosen in (["me"], ["neck", "me"])

    def test_unknown_answers_of_step_one_are_left_out(self, booker: BookingVisitor) -> None:
        booker.send("/book", condition="knee", aim="gold", treatment="x", practitioner="y", **{"from": "z"})
        assert booker.place == "/book/safety"
        booker.get("/book")
        assert "knee" not in (booker.answer.text if booker.answer else "knee")


class TestManyForms:
    def test_a_network_that_begins_form_after_form_is_stopped_and_others_go_on(
        self, booking_app: Flask, booker: BookingVisitor, store: Store
    ) -> None:
        booker.pass_reason()
        with booking_app.app_context():
            for _ in range(BEGINNING.amount - 2):
                limits().hit(BEGINNING, "beginning", "127.0.0.1")
        begun = BookingVisitor(booking_app.test_client())
        begun.pass_reason()
        late = BookingVisitor(booking_app.test_client())
        late.get("/book/return")  # it must not be a way round
        late.pass_reason()
        assert (begun.place, late.status) == ("/book/safety", 429)
        assert store.count(DraftRow) == 2
        booker.pass_gate()
        assert booker.place == "/book/treatment"
        late.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        late.pass_reason()
        assert late.place == "/book/safety"


class TestTreatment:
    @pytest.mark.parametrize(
        ("treatment", "practitioner", "field"),
        [
            ("gold", "anyone", "treatment-0"),
            ("", "anyone", "treatment-0"),
            ("60-minute-visit", "nobody", "practitioner-0"),
            ("60-minute-visit", "", "practitioner-0"),
        ],
    )
    def test_unknown_choices_are_told_at_their_field(
        self, booker: BookingVisitor, treatment: str, practitioner: str, field: str
    ) -> None:
        booker.pass_reason()
        booker.pass_gate()
        booker.send("/book/treatment", treatment=treatment, practitioner=practitioner)
        assert booker.status == 200
        assert list(booker.errors()) == [field]
        assert booker.page.one("title").text.startswith("Error: ")


class TestPrivacy:
    def test_no_address_after_the_first_step_tells_why(self, booker: BookingVisitor) -> None:
        booker.reach_check()
        assert not any("neck" in path for path in booker.seen)

    @pytest.mark.parametrize(
        "path", ["/book?condition=neck", "/book/safety", "/book/help", "/book/return", "/booking/wrong"]
    )
    def test_booking_pages_are_nobody_elses(self, booker: BookingVisitor, path: str) -> None:
        headers = booker.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex"
        assert headers["Referrer-Policy"] == "same-origin"
