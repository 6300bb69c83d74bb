"""A client looks after a paid visit: what the page says is what happens, at Stripe, in the diary and in the mail."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import BookingCellRow, BookingRow, OutboxRow, RefundRow
from app.db.unit_of_work import reading, unit_of_work
from app.services.manage.changes import cancel_by_practice, move_booking
from app.services.money.refunds import send_refunds
from app.web.site import Site
from tests.booking_visitor import BookingVisitor
from tests.conftest import MovableClock
from tests.integration.web.conftest import Store
from tests.stripe_bench import StripeBench


class Client(BookingVisitor):
    """A visitor with a paid booking; `link` is the address of its page."""

    link = ""

    def book(self, bench: StripeBench, treatment: str = "60-minute-visit") -> datetime:
        """Book and pay the first free time; when it is."""
        time = self.reach_check(treatment, returning="no" if treatment == "first-visit" else "yes")
        self.send("/book/check")
        session_id = self.place.rpartition("/")[2]
        bench.pay(session_id)
        self.get(f"/book/return?session_id={session_id}")
        self.link = self.place
        assert self.link.startswith("/booking/")
        return datetime.strptime(time, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)

    def text(self) -> str:
        return re.sub(r"\s+", " ", self.page.one("main").text).replace("\u00a0", " ")

    def ask_to_cancel(self) -> str:
        self.get(f"{self.link}/cancel")
        return self.text()

    def cancel(self, **fields: str) -> None:
        """Press the button of the page as it stands."""
        offered = [e.attributes["value"] for e in self.page.all("input", name="offered")]
        self.send(f"{self.link}/cancel", offered=offered[0] if offered else "", **fields)

    def ask_to_move(self, time: str) -> str:
        """Read old and new time, and what moving brings."""
        self.get(f"{self.link}/move/check?time={quote(time)}")
        return self.text()

    def move(self, time: str) -> None:
        """Press the button of the page as it stands."""
        offered = [e.attributes["value"] for e in self.page.all("input", name="offered")]
        self.send(f"{self.link}/move", time=time, offered=offered[0] if offered else "")

    def other_times(self) -> list[str]:
        self.get(f"{self.link}/move")
        here = [e for e in self.page.all("input", name="time") if "checked" not in e.attributes]
        return [e.attributes["value"] for e in here]


@pytest.fixture
def paying(booking_app: Flask) -> Client:
    return Client(booking_app.test_client())


def rows(app: Flask, column: object) -> list:
    with app.app_context(), reading() as session:
        return list(session.scalars(select(column)))  # type: ignore[call-overload]


def refunded_at_stripe(app: Flask, bench: StripeBench, clock: MovableClock) -> int:
    """What Stripe has sent back once the worker has run. Minor units."""
    site: Site = app.extensions["site"]
    with app.app_context():
        send_refunds(site.checkout, now=clock.now)
    return sum(refund["amount"] for refund in bench.act(lambda world: world.store.newest_first("refund")))


def set_rules(app: Flask, **changes: object) -> None:
    """Give the one booking other rules, as if it had been made under them."""
    with app.app_context(), unit_of_work() as session:
        row = session.scalars(select(BookingRow)).one()
        row.policy = {**row.policy, **changes}


class TestCancelling:
    @pytest.mark.parametrize(
        ("notice", "said", "returned"),
        [
            (timedelta(hours=25), "£12.00 goes back to your card", 1200),
            (timedelta(hours=24), "£12.00 goes back to your card", 1200),
            (timedelta(hours=23, minutes=59, seconds=59), "we keep the £12.00 you paid, and you pay no more", 0),
            (timedelta(seconds=1), "we keep the £12.00 you paid, and you pay no more", 0),
        ],
    )
    def test_what_is_said_is_what_happens(
        self,
        booking_app: Flask,
        paying: Client,
        store: Store,
        clock: MovableClock,
        stripe_sandbox: StripeBench,
        notice: timedelta,
        said: str,
        returned: int,
    ) -> None:
        starts_at = paying.book(stripe_sandbox)
        clock.now = starts_at - notice
        assert f"If you cancel now, {said}" in paying.ask_to_cancel()
        assert store.bookings("confirmed") == 1
        paying.cancel()
        assert paying.place == f"{paying.link}?done=cancelled"
        assert (store.bookings("cancelled"), store.count(BookingCellRow)) == (1, 0)
        assert refunded_at_stripe(booking_app, stripe_sandbox, clock) == returned
        assert any(key.startswith("mail:cancelled:") for key in rows(booking_app, OutboxRow.key))
        paying.get(paying.place)
        assert "Cancelled" in paying.text()
        assert ("Back to your card" in paying.text()) == bool(returned)
        assert "Paid£12.00" in paying.text(), "what came in, beside where it went"

    def test_a_page_left_open_over_the_edge_asks_again(
        self, paying: Client, store: Store, clock: MovableClock, stripe_sandbox: StripeBench
    ) -> None:
        starts_at = paying.book(stripe_sandbox)
        clock.now = starts_at - timedelta(hours=24)
        paying.ask_to_cancel()
        clock.advance(seconds=1)
        paying.cancel()
        assert paying.status == 200
        assert "Your visit or the rule has changed" in paying.text()
        assert "we keep the £12.00" in paying.text()
        assert store.bookings("confirmed") == 1
        paying.cancel()
        assert store.bookings("cancelled") == 1

    def test_cancelling_twice_sends_money_and_mail_once(
        self, booking_app: Flask, paying: Client, store: Store, clock: MovableClock, stripe_sandbox: StripeBench
    ) -> None:
        clock.now = paying.book(stripe_sandbox) - timedelta(days=2)
        paying.ask_to_cancel()
        asked = paying.answer
        for _ in range(3):
            paying.answer = asked
            paying.cancel()
        assert paying.place == paying.link
        assert store.count(RefundRow) == 1
        assert refunded_at_stripe(booking_app, stripe_sandbox, clock) == 1200
        assert sum(key.startswith("mail:cancelled:") for key in rows(booking_app, OutboxRow.key)) == 1

    @pytest.mark.parametrize(("back_as", "money"), [("money", 1200), ("credit", 0)])
    def test_where_the_rules_leave_a_choice_the_client_makes_it(
        self,
        booking_app: Flask,
        paying: Client,
        clock: MovableClock,
        stripe_sandbox: StripeBench,
        back_as: str,
        money: int,
    ) -> None:
        clock.now = paying.book(stripe_sandbox) - timedelta(days=2)
        with booking_app.app_context(), reading() as session:
            cancel = session.scalars(select(BookingRow.policy)).one()["cancel"]
        set_rules(booking_app, cancel={**cancel, "bands": [{"hours": 0, "returned": "choice"}]})
        assert "you choose" in paying.ask_to_cancel()
        paying.cancel()
        assert paying.errors() == {"back_as-0": "Choose how you want it back"}
        paying.cancel(back_as=back_as)
        assert paying.place.endswith("done=cancelled")
        assert refunded_at_stripe(booking_app, stripe_sandbox, clock) == money
        paying.get(paying.link)
        assert ("Credit for your next visit" in paying.text()) == (back_as == "credit")

    @pytest.mark.parametrize("moment", [timedelta(0), timedelta(hours=3), timedelta(days=40)])
    def test_a_visit_that_began_is_not_cancelled_by_a_hand_made_request(
        self, paying: Client, store: Store, clock: MovableClock, stripe_sandbox: StripeBench, moment: timedelta
    ) -> None:
        starts_at = paying.book(stripe_sandbox)
        clock.now = starts_at + moment
        assert "020 7946 0123" in paying.ask_to_cancel()
        paying.send(f"{paying.link}/cancel", offered="money-1200-0-0-0")
        assert paying.status == 409
        assert store.bookings("confirmed") == 1


class TestMoving:
    def test_a_visit_that_is_given_no_more_is_not_offered_to_be_moved(
        self, booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        paying.get(paying.link)
        assert "Move this visit" in paying.text()
        with booking_app.app_context(), unit_of_work() as session:
            session.scalars(select(BookingRow)).one().treatment = "a-visit-of-before"
        paying.get(paying.link)
        assert "Move this visit" not in paying.text()
        assert "you can move" not in paying.text().lower()
        assert "To move it, please call us." in paying.text()
        assert "Cancel this visit" in paying.text()

    def test_who_comes_is_not_promised_when_the_therapist_has_left(
        self, booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        with booking_app.app_context(), unit_of_work() as session:
            session.scalars(select(BookingRow)).one().practitioner = "somebody-who-left"
        paying.get(paying.link)
        assert "One of our therapists. Call us to ask who it will be." in paying.text()
        assert "Move this visit" not in paying.text()

    def test_a_paid_visit_moves_twice_without_a_second_charge(
        self, booking_app: Flask, paying: Client, store: Store, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        for number in (1, 2):
            time = paying.other_times()[3]
            assert "what is paid moves with it" in paying.ask_to_move(time)
            paying.move(time)
            assert paying.place == f"{paying.link}?done=moved"
            with booking_app.app_context(), reading() as session:
                row = session.scalars(select(BookingRow)).one()
                assert row.starts_at.strftime("%Y-%m-%dT%H:%MZ") == time
                assert (row.moves_made, row.calendar_sequence) == (number, number)
        assert store.count(BookingCellRow) == (60 + 15) // 5
        assert len(stripe_sandbox.act(lambda world: world.store.newest_first("payment_intent"))) == 1
        paying.get(f"{paying.link}/calendar.ics")
        assert paying.answer is not None
        assert b"SEQUENCE:2" in paying.answer.data

    def test_a_time_that_went_in_between_leaves_the_visit_as_it_was(
        self, booking_app: Flask, paying: Client, store: Store, stripe_sandbox: StripeBench
    ) -> None:
        starts_at = paying.book(stripe_sandbox)
        wanted = paying.other_times()[-1]
        paying.ask_to_move(wanted)
        for number in range(2):  # both people are taken by others
            other = BookingVisitor(booking_app.test_client())
            other.reach_times("60-minute-visit", f"example-therapist-{'ab'[number]}")
            other.send("/book/time", time=wanted)
        paying.move(wanted)
        assert paying.status == 409
        assert "Nothing was changed" in paying.text()
        with booking_app.app_context(), reading() as session:
            assert starts_at in session.scalars(select(BookingRow.starts_at)).all()

    @pytest.mark.parametrize("time", ["", "soon", "2026-11-25T10:07Z", "2026-11-23T10:00Z", "2020-01-01T10:00Z"])
    def test_times_nobody_offers_change_nothing(
        self, paying: Client, store: Store, stripe_sandbox: StripeBench, time: str
    ) -> None:
        starts_at = paying.book(stripe_sandbox)
        paying.get(f"{paying.link}/move/check?time={quote(f'{starts_at:%Y-%m-%dT%H:%M}Z')}")
        paying.get(paying.place)
        assert "Choose a time other than the one you have" in paying.text()
        paying.send(f"{paying.link}/move", time=time)
        assert paying.status in (303, 409)
        paying.get(f"{paying.link}/move/check?time={quote(time)}")
        assert paying.status in (200, 303)
        paying.get(paying.link)
        assert "Your visit is moved" not in paying.text()
        assert store.bookings("confirmed") == 1

    def test_too_late_is_said_and_the_hand_made_request_refused(
        self, booking_app: Flask, paying: Client, clock: MovableClock, stripe_sandbox: StripeBench
    ) -> None:
        starts_at = paying.book(stripe_sandbox)
        time = paying.other_times()[-1]
        clock.now = starts_at - timedelta(hours=24) + timedelta(seconds=1)
        paying.get(f"{paying.link}/move")
        assert paying.status == 409
        assert "only cancel it" in paying.text()
        assert "020 7946 0123" in paying.text()
        paying.send(f"{paying.link}/move", time=time)
        assert paying.status == 409
        assert rows(booking_app, BookingRow.starts_at) == [starts_at]

    def test_a_page_left_open_while_the_practice_cancelled(
        self, booking_app: Flask, paying: Client, store: Store, clock: MovableClock, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        time = paying.other_times()[-1]
        with booking_app.app_context():
            cancel_by_practice(1, now=clock.now)
        paying.send(f"{paying.link}/move", time=time)
        assert paying.status == 409
        assert "It is cancelled" in paying.text()
        assert store.bookings("cancelled") == 1

    def test_two_tabs_move_it_once_and_the_second_is_asked_again(
        self, booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        first, second = paying.other_times()[-2:]
        paying.ask_to_move(second)
        other_tab = paying.answer
        paying.ask_to_move(first)
        paying.move(first)
        assert paying.place.endswith("?done=moved")
        paying.answer = other_tab
        paying.move(second)
        assert paying.status == 409
        assert "Your visit or the rule has changed" in paying.text()
        (starts_at,) = rows(booking_app, BookingRow.starts_at)
        assert starts_at.strftime("%Y-%m-%dT%H:%MZ") == first
        paying.move(second)
        assert paying.place.endswith("?done=moved")
        paying.move(second)  # a press that came twice
        assert paying.place.endswith("?done=moved")
        assert rows(booking_app, BookingRow.moves_made) == [2]

    def test_a_page_left_open_while_the_practice_moved_it(
        self, booking_app: Flask, paying: Client, clock: MovableClock, store: Store, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        elsewhere, wanted = paying.other_times()[-2:]
        pages = []
        for ask in (lambda: paying.ask_to_move(wanted), paying.ask_to_cancel):
            ask()
            pages.append(paying.answer)
        site: Site = booking_app.extensions["site"]
        new = datetime.strptime(elsewhere, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
        with booking_app.app_context():
            move_booking(site.library().catalogue, 1, 1, starts_at=new, now=clock.now)
        for page, press in zip(pages, (lambda: paying.move(wanted), paying.cancel), strict=True):
            paying.answer = page
            press()
            assert "Your visit or the rule has changed" in paying.text()
        assert rows(booking_app, BookingRow.starts_at) == [new]
        assert store.bookings("confirmed") == 1


class TestLinks:
    def test_reading_changes_nothing_however_it_is_read(
        self, booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)

        def everything() -> list:
            with booking_app.app_context(), reading() as session:
                found = session.execute(select(BookingRow.state, BookingRow.starts_at, BookingRow.link_version)).all()
                return [*map(tuple, found), *session.scalars(select(OutboxRow.key))]

        before = everything()
        for path in ("", "/cancel", "/move", "/move/check?time=2026-11-26T10:00Z", "/calendar.ics", "/send", "/renew"):
            for method in ("GET", "HEAD", "OPTIONS"):
                paying.client.open(paying.link + path, method=method)
        assert everything() == before

    def test_wrong_links_look_all_the_same(self, paying: Client, stripe_sandbox: StripeBench) -> None:
        paying.book(stripe_sandbox)
        token = paying.link.rpartition("/")[2]
        changed = token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:]
        pages = set()
        for wrong in (changed, token[:-3], "x", "1", "WzEsMV0.abc", token + "x", "é"):
            for path in ("", "/cancel", "/move"):
                paying.get(f"/booking/{quote(wrong)}{path}")
                assert paying.status in (404, 429)
                if paying.status == 404:
                    pages.add(paying.text())
        assert len(pages) == 1

    def test_guessing_is_slowed_down_and_right_links_of_others_still_work(
        self, booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        guesser = BookingVisitor(booking_app.test_client())
        guesser.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
        for _ in range(20):
            assert guesser.get("/booking/guess").status_code == 404
        assert guesser.get("/booking/guess").status_code == 429
        assert guesser.get(paying.link).status_code == 429
        assert paying.get(paying.link).status_code == 200

    def test_a_renewed_link_makes_the_old_one_useless(
        self, booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        paying.send(f"{paying.link}/renew")
        assert paying.status == 200
        for path in ("", "/cancel", "/move", "/calendar.ics"):
            assert paying.get(paying.link + path).status_code == 404
        paying.send(f"{paying.link}/cancel", offered="money-1200-0-0-0")
        assert paying.status == 404
        assert any(key.startswith("mail:renewed:") for key in rows(booking_app, OutboxRow.key))

    def test_the_confirmation_is_sent_again_once_an_hour(
        self, booking_app: Flask, paying: Client, clock: MovableClock, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        for _ in range(5):
            paying.send(f"{paying.link}/send")
        assert sum(key.startswith("mail:again:") for key in rows(booking_app, OutboxRow.key)) == 1
        clock.advance(hours=1)
        paying.send(f"{paying.link}/send")
        assert sum(key.startswith("mail:again:") for key in rows(booking_app, OutboxRow.key)) == 2

    @pytest.mark.parametrize("path", ["/cancel", "/move", "/send", "/renew"])
    def test_forged_presses_do_nothing(
        self, paying: Client, store: Store, stripe_sandbox: StripeBench, path: str
    ) -> None:
        paying.book(stripe_sandbox)
        answer = paying.client.post(paying.link + path, data={"csrf_token": "forged", "offered": "money-1200-0-0"})
        assert answer.status_code == 400
        assert store.bookings("confirmed") == 1
        assert paying.get(paying.link).status_code == 200


class TestLostLinks:
    def test_a_link_that_others_know_is_lost_to_their_browser_too(
        self, booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        paying.send(f"{paying.link}/renew")
        paying.get("/book/return")
        assert paying.heading == "Look at your email"
        assert "/booking/" not in (paying.answer.text if paying.answer else "")

    @pytest.mark.parametrize(
        ("addresses", "stopped"),
        [("2001:db8::{}", True), ("2001:db8:0:ff0{}::1", True), ("2001:db8:0:{}00::1", False)],
    )
    def test_a_household_counts_as_one(self, booking_app: Flask, addresses: str, stopped: bool) -> None:
        asker = BookingVisitor(booking_app.test_client())
        for number in range(6):
            asker.client.environ_base["REMOTE_ADDR"] = addresses.format(number)
            asker.send("/find-booking", email="nobody@client.example")
        assert (asker.status == 429) == stopped

    def test_the_answer_tells_nothing_and_the_mail_goes_to_the_owner_only(
        self, booking_app: Flask, paying: Client, stripe_sandbox: StripeBench
    ) -> None:
        paying.book(stripe_sandbox)
        answers = []
        for email in ("ROBIN@client.example", "nobody@client.example"):
            paying.send("/find-booking", email=email)
            answers.append(paying.text().replace(email, "?"))
        assert answers[0].lower().replace("robin@client.example", "?") == answers[1].lower()
        assert sum(key.startswith("mail:again:") for key in rows(booking_app, OutboxRow.key)) == 1

    def test_asking_again_and_again_is_stopped(self, booking_app: Flask) -> None:
        asker = BookingVisitor(booking_app.test_client())
        for _ in range(5):
            asker.send("/find-booking", email="nobody@client.example")
            assert asker.status == 200
        asker.send("/find-booking", email="nobody@client.example")
        assert asker.status == 429

    def test_what_is_no_address_is_told_and_does_not_count(self, booking_app: Flask) -> None:
        asker = BookingVisitor(booking_app.test_client())
        for _ in range(6):
            asker.send("/find-booking", email="robin@")
            assert asker.errors() == {"email": "Enter an email address like name@post.example"}
        asker.send("/find-booking", email="robin@client.example")
        assert asker.heading == "Look at your email"
