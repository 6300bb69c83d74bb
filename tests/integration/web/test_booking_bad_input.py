"""Hand-made, hasty and hostile requests to the booking pages: a clear answer, what was typed kept, nothing doubled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.db.tables import BookingReasonRow, DepositRow, DraftRow
from dev.stripe_sandbox.faults import ApiFault, FaultKind
from tests.booking_visitor import DETAILS, BookingVisitor
from tests.conftest import MovableClock
from tests.integration.web.conftest import Store
from tests.stripe_bench import StripeBench

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

    @pytest.mark.parametrize("query", ["?day=x", "?day=0001-01-01", "?from=9999-12-31", "?from=-1", "?day=%00"])
    def test_days_that_do_not_exist_show_the_first_free_one(self, booker: BookingVisitor, query: str) -> None:
        booker.reach_times()
        booker.get(f"/book/time{query}")
        assert booker.status == 200

    def test_pressing_twice_holds_once(self, booker: BookingVisitor, store: Store) -> None:
        time = booker.reach_details()
        booker.send("/book/time", time=time)
        booker.send("/book/time", time=time)
        assert booker.place == "/book/details"
        assert store.bookings("held") == 1


NAMES_REFUSED = {
    "": "Enter your full name",
    "   ": "Enter your full name",
    "x" * 10_000: "Shorten the name",
    "Robin\x00Example": "Remove hidden characters",
    "Robin\u202eelpmaxE": "Remove hidden characters",
    "Robin\u200bExample": "Remove hidden characters",
    "12345": "at least one letter",
    "💆": "at least one letter",
    "Robin <b>": "without links",
    "see www.example.org": "without links",
}


class TestDetails:
    @pytest.mark.parametrize(("name", "words"), NAMES_REFUSED.items(), ids=range(len(NAMES_REFUSED)))
    def test_names_that_cannot_be_are_told_beside_the_field(
        self, booker: BookingVisitor, name: str, words: str
    ) -> None:
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "name": name})
        assert booker.status == 200
        assert words in booker.errors()["name"]
        assert booker.page.one("input", name="email").attributes["value"] == DETAILS["email"]
        assert booker.page.one("input", name="name").attributes["aria-invalid"] == "true"

    @pytest.mark.parametrize(
        "name", ["José Ñandú", "Åsa O’Brien-Ünal", "李小龍", "محمد", "X Æ A-12", "Robin 💆 Example"]
    )
    def test_names_of_real_people_are_kept_as_they_are(self, booker: BookingVisitor, name: str) -> None:
        booker.reach_check(name=name)
        booker.get("/book/check")
        assert name in (booker.answer.text if booker.answer else "")

    @pytest.mark.parametrize(
        "email",
        ["", "robin", "robin@", "@client.example", "a b@c.de", "robin@x", "x@y.de\r\nBcc: z@y.de", "e" * 9000],
    )
    def test_addresses_that_cannot_be(self, booker: BookingVisitor, email: str) -> None:
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "email": email})
        assert "email" in booker.errors()

    def test_an_address_that_our_mail_cannot_reach_is_told_before_paying(self, booker: BookingVisitor) -> None:
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "email": "zoë@client.example"})
        assert "before the @" in booker.errors()["email"]

    @pytest.mark.parametrize("phone", ["", "call me", "123", "0" * 400, "٠٧٧٠٠٩٠٠١٢٣", "07700 900123; drop"])
    def test_numbers_that_cannot_be(self, booker: BookingVisitor, phone: str) -> None:
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "phone": phone})
        assert "phone" in booker.errors()

    @pytest.mark.parametrize(
        ("pasted", "kept"),
        [
            ("\u202a+44 7700 900123\u202c", "+44 7700 900123"),  # as contact lists copy it
            ("07700\u202f900\u2011123", "07700 900-123"),
        ],
    )
    def test_numbers_as_they_are_pasted(self, booker: BookingVisitor, pasted: str, kept: str) -> None:
        booker.reach_check(phone=pasted)
        booker.get("/book/check")
        assert kept in booker.page.one("main").text

    def test_every_mistake_is_told_at_once(self, booker: BookingVisitor) -> None:
        booker.reach_details()
        booker.send("/book/details", note="n" * 301)
        assert list(booker.errors()) == ["name", "email", "phone", "returning-0", "note"]
        assert "n" * 301 in booker.page.one("textarea").text

    def test_what_was_typed_is_shown_as_text_only(self, booker: BookingVisitor) -> None:
        booker.reach_check(note="{{ 7 * 7 }} & co")
        booker.get("/book/details")
        assert "{{ 7 * 7 }} &amp; co" in (booker.answer.text if booker.answer else "")

    def test_a_huge_form_is_refused(self, booker: BookingVisitor) -> None:
        booker.reach_details()
        booker.send("/book/details", **{**DETAILS, "note": "n" * 300_000})
        assert booker.status == 413
        assert booker.heading == "That was too much at once"


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


class TestPaying:
    def test_pressing_twice_opens_one_payment_page(self, booker: BookingVisitor, store: Store) -> None:
        booker.reach_check()
        booker.send("/book/check")
        first = booker.place
        booker.send("/book/check")
        assert booker.place == first
        assert "/c/pay/" in first
        assert store.count(DepositRow) == 1

    @pytest.mark.parametrize("kind", ["down", "rate_limit", "lose_request"])
    def test_no_answer_costs_nothing_and_the_next_press_goes_on(
        self, booker: BookingVisitor, stripe_sandbox: StripeBench, store: Store, kind: FaultKind
    ) -> None:
        booker.reach_check()
        stripe_sandbox.world.faults.api.append(ApiFault(kind, "POST", "/v1/checkout/sessions", times=20))
        booker.send("/book/check")
        assert booker.status == 503
        assert "have paid nothing" in (booker.answer.text if booker.answer else "")
        assert booker.page.all("a", href="/book/check")
        stripe_sandbox.world.faults.api.clear()
        booker.send("/book/check")
        assert "/c/pay/" in booker.place
        assert store.count(DepositRow) == 1
        assert len(list(stripe_sandbox.act(lambda world: world.store.newest_first("checkout.session")))) == 1

    def test_the_way_back_proves_nothing_by_itself(
        self, booking_app: Flask, booker: BookingVisitor, store: Store
    ) -> None:
        booker.reach_check()
        booker.send("/book/check")
        session_id = booker.place.rpartition("/")[2]
        booker.get(f"/book/return?session_id={session_id}")
        assert booker.heading == "We are checking the payment"
        assert store.bookings("confirmed") == 0
        other = BookingVisitor(booking_app.test_client())
        other.get(f"/book/return?session_id={session_id}")
        assert other.heading == "Look at your email"

    @pytest.mark.parametrize("session_id", ["", "cs_test_nothing", "../../v1/refunds", "x" * 5000, "%00", "cs_live_1"])
    def test_made_up_sessions_tell_nothing(self, booker: BookingVisitor, session_id: str) -> None:
        booker.get(f"/book/return?session_id={session_id}")
        assert (booker.status, booker.heading) == (200, "Look at your email")

    def test_paid_is_booked_once_however_often_the_way_back_is_taken(
        self, booker: BookingVisitor, stripe_sandbox: StripeBench, store: Store
    ) -> None:
        booker.reach_check()
        booker.send("/book/check")
        session_id = booker.place.rpartition("/")[2]
        stripe_sandbox.pay(session_id)
        for _ in range(3):
            booker.get(f"/book/return?session_id={session_id}")
            assert booker.place.startswith("/booking/")
        assert (store.bookings("confirmed"), store.count(DepositRow)) == (1, 1)
        booker.get("/book/check")  # back to the last step: what they booked
        assert booker.place.startswith("/booking/")
        booker.get("/book/treatment")  # the form is done with: it starts again
        assert booker.place == "/book/safety"


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


def test_a_full_diary_is_an_invitation(booking_app: Flask, booker: BookingVisitor, clock: MovableClock) -> None:
    from app.services.diary.hours import add_time_off

    with booking_app.app_context():
        add_time_off("example-therapist-a", clock.now, clock.now + timedelta(days=80), now=clock.now)
    assert booker.reach_times("60-minute-visit", "example-therapist-a") == []
    words = booker.page.one("main").text
    assert "The same visit with Example therapist B" in words
    assert "020 7946 0123" in words
