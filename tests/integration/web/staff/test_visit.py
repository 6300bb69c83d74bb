"""One booking at the desk: what is shown to whom, marks, cancelling for the practice, and finding it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db.queries.bookings import get_locked
from app.db.queries.ledger import add_dispute_entry
from app.db.tables import DepositRow, OutboxRow, RefundRow, StaffAccessRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Booking, ClientDetails
from app.domain.ledger import LedgerEntry
from app.services.booking.bookings import get_booking
from app.services.manage.changes import cancel_by_practice, mark_visit
from app.services.manage.hand_over import hand_over
from app.services.upkeep.staff_tasks import add_task
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed, make_deposit_row, make_hold
from tests.page_reading import Page, read_page
from tests.staff_desk import StaffDesk, plain, sign_in

TEN = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
SAID = ("less stiff", "since Monday", "Lower back", "None of these fit me", "safety lists passed")


@pytest.fixture
def visit(staff_app: Flask, clock: MovableClock) -> Booking:
    """A paid visit on Thursday at ten."""
    with staff_app.app_context():
        booking = make_confirmed(now=clock.now, starts_at=TEN)
        make_deposit_row(booking, now=clock.now, state="paid")
        return get_booking(booking.id)


def address(visit: Booking, step: str = "") -> str:
    return f"/staff/visits/{visit.reference}{step}"


def state(app: Flask, visit: Booking) -> str:
    with app.app_context():
        return get_booking(visit.id).state


def count(app: Flask, table: type) -> int:
    with app.app_context(), reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def offer(page: Page) -> str:
    return page.one("input", name="offered").attributes["value"]


def test_the_page_has_what_is_needed_and_nothing_of_health(desk: StaffDesk, staff_app: Flask, visit: Booking) -> None:
    with staff_app.app_context(), unit_of_work() as session:
        add_task(session, "t", "booking.guardian", visit.id, "Phone them", now=TEN - timedelta(days=1))
        row = get_locked(session, visit.id)
        row.at_home, row.client_address = True, "1 Example Road\nExampletown\nEX1 1EX"
    page = desk.read(f"/staff/visits/{visit.reference.lower()}")
    words = plain(page)
    for part in (
        "Robin Example",
        "Thursday 26 November",
        "10:00 to 11:00",
        "£48.00",
        "1 Example Road",
        "Deposit paid",
        "Phone the parent or guardian first",
    ):
        assert part in words, part
    assert {"tel:+442079460000", "mailto:robin@example.org"} <= set(page.links)
    assert not [part for part in SAID if part in words]
    assert not [part for part in SAID if part in page.one("title").text]
    token = next(link for link in page.links if "/booking/" in link)
    assert staff_app.test_client().get(token).status_code == 200
    assert count(staff_app, StaffAccessRow) == 0
    assert "1 task is open" in desk.words("/staff/")


def test_who_opens_health_answers_is_noted_and_only_therapists_do(
    desk: StaffDesk, staff_app: Flask, visit: Booking, clock: MovableClock
) -> None:
    shown = desk.send(address(visit, "/answers"))
    assert shown.status_code == 200
    assert [part for part in SAID if part not in shown.text] == ["safety lists passed"]
    assert (shown.headers["Cache-Control"], count(staff_app, StaffAccessRow)) == ("no-store", 1)
    assert desk.client.get(address(visit, "/answers")).status_code == 405
    front = StaffDesk(sign_in(staff_app, "desk", clock.now, "Alex Example"))
    assert "Only therapists open them" in front.words(address(visit))
    refused = front.send(address(visit, "/answers"))
    assert (refused.status_code, "less stiff" in refused.text) == (403, False)
    assert count(staff_app, StaffAccessRow) == 1
    stranger = staff_app.test_client()
    assert stranger.get(address(visit)).status_code == 303
    assert stranger.post(address(visit, "/answers")).status_code in (303, 400)


def test_a_visit_is_marked_once_it_began_and_marks_can_be_corrected(
    desk: StaffDesk, staff_app: Flask, visit: Booking, clock: MovableClock
) -> None:
    def press(mark: str, seen: str, **more: str) -> str:
        return desk.press(address(visit, "/mark"), mark=mark, seen=seen, **more)

    assert "You can mark it from 10:00 on Thursday" in desk.words(address(visit))
    assert "that can be said from 10:00 on Thursday 26" in press("completed", "confirmed")
    clock.now = TEN + timedelta(minutes=5)
    assert "Missed can be marked from 10:15" in desk.words(address(visit))
    assert "that can be said from 10:15 on Thursday 26" in press("no_show", "confirmed")
    assert "Marked done: the client came." in press("completed", "confirmed", back="day")
    assert "Marked done: the client came." in press("completed", "confirmed")  # pressed twice
    own_day = desk.send(address(visit, "/mark"), mark="completed", back="day", who="example-therapist-a").location
    assert own_day == f"/staff/day/2026-11-26?who=example-therapist-a#{visit.reference}"
    clock.now = TEN + timedelta(hours=2)
    # somebody with an old page does not overrule it
    assert "it was marked done in the meantime" in press("no_show", "confirmed")
    assert state(staff_app, visit) == "completed"
    assert "Marked missed: nobody came." in press("no_show", "completed")
    assert "Marked done: the client came." in press("completed", "no_show")
    assert desk.send(address(visit, "/mark"), mark="cancelled").status_code == 400
    assert state(staff_app, visit) == "completed"


def test_cancelling_says_what_goes_back_asks_and_does_it_once(
    desk: StaffDesk, staff_app: Flask, visit: Booking
) -> None:
    page = desk.read(address(visit, "/cancel"))
    assert "£12.00 goes back to the client’s card" in plain(page)
    assert desk.send(address(visit, "/cancel"), offered="0-0-0-0").status_code == 409
    assert (state(staff_app, visit), count(staff_app, RefundRow)) == ("confirmed", 0)
    done = desk.press(address(visit, "/cancel"), offered=offer(page))
    assert "£12.00 goes back to the client’s card" in done
    assert "It was cancelled already" in desk.press(address(visit, "/cancel"), offered=offer(page))
    assert (state(staff_app, visit), count(staff_app, RefundRow)) == ("cancelled", 1)
    with staff_app.app_context(), reading() as session:
        assert session.scalars(select(OutboxRow.kind)).all().count("mail.cancelled") == 1
    assert "Not marked: it is cancelled" in desk.press(address(visit, "/mark"), mark="completed", seen="confirmed")


@pytest.mark.parametrize(("who", "refunds"), [("client", 0), ("practice", 1)])
def test_within_the_notice_the_desk_says_who_gives_it_up(
    desk: StaffDesk, staff_app: Flask, visit: Booking, clock: MovableClock, who: str, refunds: int
) -> None:
    clock.now = TEN - timedelta(hours=3)
    page = desk.read(address(visit, "/cancel"))
    assert "£12.00 stays with the practice" in plain(page)
    assert "£12.00 goes back to the client’s card" in plain(page)
    assert "Say who gives it up" in plain(desk.refused(address(visit, "/cancel"), offered=offer(page)))
    assert state(staff_app, visit) == "confirmed"
    done = desk.press(address(visit, "/cancel"), offered=offer(page), who=who)
    assert ("goes back" in done, "stays with the practice" in done) == (bool(refunds), not refunds)
    assert (state(staff_app, visit), count(staff_app, RefundRow)) == ("cancelled", refunds)


def test_that_a_refund_waits_for_the_bank_is_said_before_the_button(
    desk: StaffDesk, staff_app: Flask, visit: Booking, clock: MovableClock
) -> None:
    own = f"/booking/{staff_app.extensions['site'].links.token_for(visit)}/cancel"
    before = desk.read(address(visit, "/cancel"))
    assert "disputed" not in plain(before)
    assert "disputed" not in plain(read_page(desk.client.get(own).text))

    def bank(step: LedgerEntry, dispute: str = "dp_1") -> None:
        with staff_app.app_context(), unit_of_work() as session:
            add_dispute_entry(session, session.scalars(select(DepositRow)).one(), dispute, step, now=clock.now)

    bank(LedgerEntry("dispute_opened", -1200))
    asked = plain(desk.refused(address(visit, "/cancel"), offered=offer(before)))
    assert "Something has changed" in asked
    assert "£12.00 goes back to the client’s card" in asked
    assert "The client’s bank holds this payment: it is disputed. The refund waits" in asked
    assert "Your bank holds this payment now" in plain(read_page(desk.client.get(own).text))
    bank(LedgerEntry("dispute_won", 1200))
    assert "disputed" not in desk.words(address(visit, "/cancel"))
    bank(LedgerEntry("dispute_opened", -1200), "dp_2")
    with staff_app.app_context():
        cancel_by_practice(visit.id, now=clock.now)
    assert "Your bank holds this payment now" in plain(read_page(desk.client.get(own, follow_redirects=True).text))


def test_a_visit_given_away_meanwhile_is_asked_about_again(
    desk: StaffDesk, staff_app: Flask, visit: Booking, clock: MovableClock
) -> None:
    before = offer(desk.read(address(visit, "/cancel")))
    with staff_app.app_context():
        hand_over(visit.id, 1, ClientDetails("Sam Other", "sam@post.example", "+442079460001"), now=clock.now)
    page = desk.refused(address(visit, "/cancel"), offered=before)
    words = plain(page)
    for part in ("Something has changed", "the card of whoever gave the visit away", "sam@post.example"):
        assert part in words, part
    assert state(staff_app, visit) == "confirmed"
    desk.press(address(visit, "/cancel"), offered=offer(page))
    assert state(staff_app, visit) == "cancelled"


def test_who_was_signed_out_meanwhile_is_told_that_nothing_was_done(
    desk: StaffDesk, staff_app: Flask, visit: Booking, clock: MovableClock
) -> None:
    page = desk.read(address(visit, "/cancel"))
    sent = {name: page.all("input", name=name)[0].attributes["value"] for name in ("csrf_token", "offered")}
    clock.advance(days=401)
    for step, back in (("/cancel", "/cancel"), ("/mark", "")):
        answer = desk.client.post(address(visit, step), data=sent)
        assert answer.location == f"/staff/sign-in?next={address(visit, back)}"
        assert "nothing was done" in desk.words(answer.location)
    assert state(staff_app, visit) == "confirmed"


def test_what_is_done_already_cannot_be_cancelled(
    desk: StaffDesk, staff_app: Flask, visit: Booking, clock: MovableClock
) -> None:
    page = desk.read(address(visit, "/cancel"))
    clock.now = TEN + timedelta(hours=1)
    with staff_app.app_context():
        mark_visit(visit.id, "completed", now=clock.now)
    assert "It cannot be cancelled: it is marked done" in desk.press(address(visit, "/cancel"), offered=offer(page))
    assert count(staff_app, RefundRow) == 0


def test_a_hold_and_a_time_given_up_show_no_buttons(desk: StaffDesk, staff_app: Flask, clock: MovableClock) -> None:
    with staff_app.app_context():
        hold = make_hold(now=clock.now, starts_at=TEN)
    words = desk.words(address(hold))
    assert "It is not booked yet" in words
    assert "There is nothing to mark" in words
    for step, told in (
        ("/mark", "held, not booked"),
        ("/send-link", "held, not booked"),
        ("/cancel", "held, not booked"),
    ):
        assert told in desk.press(address(hold, step), mark="completed")
    assert state(staff_app, hold) == "held"


def test_the_confirmation_is_sent_again_once_an_hour(desk: StaffDesk, visit: Booking) -> None:
    assert "sending the confirmation again" in desk.press(address(visit, "/send-link"))
    assert "It was sent within this hour" in desk.press(address(visit, "/send-link"))


@pytest.mark.parametrize("reference", ["NOSUCHRF", "%00", "..%2f..%2fetc", "' OR 1=1 --", "ü" * 300])
def test_what_is_no_reference_is_told(desk: StaffDesk, reference: str) -> None:
    page = desk.read(f"/staff/visits/{reference}", 404)
    assert "/staff/find" in page.links or "looked" in page.all("h1")[0].text
    for step in ("/answers", "/mark", "/cancel", "/send-link"):
        assert desk.send(f"/staff/visits/{reference}{step}", mark="completed").status_code == 404


def test_finding_is_a_form_whose_words_stand_in_no_address(
    desk: StaffDesk, staff_app: Flask, visit: Booking, clock: MovableClock
) -> None:
    with staff_app.app_context():
        off = make_confirmed(now=clock.now, starts_at=TEN + timedelta(hours=4), visitor="b")
        cancel_by_practice(off.id, now=clock.now)
    answer = desk.send("/staff/find", q="robin ex")
    assert answer.status_code == 200
    for part in ("2 bookings", "Cancelled", address(visit), address(off), 'value="robin ex"'):
        assert part in answer.text.replace("\N{NO-BREAK SPACE}", " "), part
    assert desk.send("/staff/find", q=f" {visit.reference.lower()} ").location.endswith(address(visit))
    assert "Nothing found" in desk.send("/staff/find", q="<b>nobody").text
    for words in ("", "  ab ", "x" * 101, "rob\u200bin", "a\x00b"):
        wrong = desk.refused("/staff/find", q=words)
        assert re.search("Enter at|hidden characters", wrong.one("p", id="q-e").text)
    assert 'value=""' in desk.client.get("/staff/find?q=robin").text
