"""Questions from the website at the staff's desk: read, answered once, kept apart when two people write at a time."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import OutboxRow, StaffSittingRow
from app.db.unit_of_work import reading
from app.domain.draft import Draft
from app.domain.enquiry import Enquiry
from app.domain.waitlist import WaitWish
from app.services.asking.enquiries import ask, read_thread
from app.services.asking.waitlist import join_waitlist
from app.services.manage.booking_links import BookingLinks
from app.services.staff.accesses import list_accesses
from app.services.staff.people import forget_old_traces
from tests.conftest import MovableClock
from tests.page_reading import read_page
from tests.staff_desk import StaffDesk, plain, sign_in, sit_again

ROBIN = Enquiry(
    "Robin Example", "robin@post.example", "Is it <b>safe</b>\nafter a fall?", "07700900123", "neck", "help"
)


@pytest.fixture
def asked(staff_app: Flask, clock: MovableClock) -> Flask:
    with staff_app.app_context():
        ask(ROBIN, key="k1", now=clock.now)
    return staff_app


def answers_sent(app: Flask) -> int:
    with app.app_context(), reading() as session:
        return len(list(session.scalars(select(OutboxRow).where(OutboxRow.kind == "mail.enquiry_answer"))))


def test_a_question_is_read_and_answered_once(asked: Flask, desk: StaffDesk, clock: MovableClock) -> None:
    listed = desk.words("/staff/enquiries")
    assert "Q1 Robin Example Waits" in listed
    assert "safe" not in listed
    page = desk.read("/staff/enquiries/1")
    words = plain(page)
    assert all(
        part in words
        for part in ("Is it <b>safe</b>", "after a fall?", "robin@post.example", "Neck", "Get medical help")
    )
    seen = page.all("input", name="seen")[0].attributes["value"]
    for _ in range(2):
        said = desk.press("/staff/enquiries/1/answer", words="Yes.\nCome & see us.", seen=seen)
        assert "on its way" in said
        assert "Sam Example answered" in said
    assert answers_sent(asked) == 1
    with asked.app_context():
        (said_once,) = read_thread(1).said
        assert (said_once.words, said_once.by) == ("Yes.\nCome & see us.", "Sam Example")
    assert "Q1 Robin Example Settled" in desk.words("/staff/enquiries")
    assert "waits for an answer again" in desk.press("/staff/enquiries/1/reply", reply="Thank you. And now?", seen="1")
    assert "Q1 Robin Example Waits" in desk.words("/staff/enquiries")


def test_who_opens_a_question_is_noted_as_with_health_answers(asked: Flask, clock: MovableClock) -> None:
    front = StaffDesk(sign_in(asked, "desk", clock.now, "Alex Example"))
    front.read("/staff/enquiries")
    front.read("/staff/enquiries/2", 404)
    assert accesses(asked, clock) == []
    assert "that you opened it is noted" in front.words("/staff/enquiries/1")
    front.send("/staff/enquiries/1/answer", words="")  # shows it again
    assert accesses(asked, clock) == ["Q1 Alex Example"] * 2
    assert asked.test_client().get("/staff/enquiries/1").status_code == 303
    assert len(accesses(asked, clock)) == 2
    with asked.app_context():
        listed = asked.test_cli_runner().invoke(args=["staff", "accesses"]).output
    assert "Q1  Alex Example <alex@practice.example>" in listed


def accesses(app: Flask, clock: MovableClock) -> list[str]:
    with app.app_context():
        return [f"{one.reference} {one.name}" for one in list_accesses(days=1, now=clock.now)]


def test_what_tells_of_health_beside_a_question_is_for_therapists(asked: Flask, clock: MovableClock) -> None:
    words = StaffDesk(sign_in(asked, "desk", clock.now)).words("/staff/enquiries/1")
    assert "after a fall?" in words
    assert not [part for part in ("Neck", "Get medical help first", "Came from") if part in words]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("  \n ", "Write something first"),
        ("é" * 10_001, "Shorten it to 10,000 characters. It has 10,001"),
        ("a\u202eb", "Remove hidden characters"),
    ],
    ids=["empty", "long", "hidden"],
)
def test_what_cannot_be_sent_stays_typed(asked: Flask, desk: StaffDesk, words: str, why: str) -> None:
    page = desk.refused("/staff/enquiries/1/answer", words=words, seen="0")
    field = page.one("textarea", id="words")
    assert why in page.one("p", id="words-e").text
    assert field.text.strip() == words.strip()
    assert field.attributes["aria-invalid"] == "true"
    assert page.one("a", href="#words").text == page.one("p", id="words-e").text.removeprefix("Error: ")
    assert page.one("title").text.startswith("Error: ")
    assert answers_sent(asked) == 0


def test_whoever_writes_longer_than_they_are_signed_in_keeps_their_words(asked: Flask, desk: StaffDesk) -> None:
    token = desk.read("/staff/enquiries/1").all("input", name="csrf_token")[0].attributes["value"]
    desk.client.delete_cookie("staff")
    sent = {"csrf_token": token, "words": "Yes, after a week.", "seen": "0"}
    answer = desk.client.post("/staff/enquiries/1/answer", data=sent)
    page = read_page(answer.text)
    assert (answer.status_code, page.one("textarea").text.strip()) == (401, "Yes, after a week.")
    assert "/staff/sign-in?next=/staff/enquiries/1" in page.links
    assert "Robin" not in answer.text
    assert answers_sent(asked) == 0


def test_what_was_sent_too_late_is_in_its_form_after_signing_in(asked: Flask, clock: MovableClock) -> None:
    desk = StaffDesk(sign_in(asked, "desk", clock.now))
    page = "/staff/enquiries/1"
    token = desk.read(page).all("input", name="csrf_token")[0].attributes["value"]
    late = {"csrf_token": token, "words": "Yes, <b>after</b> a week.", "seen": "0"}
    clock.advance(hours=3)
    answer = desk.client.post(f"{page}/answer", data=late)
    assert (answer.status_code, answer.location) == (303, f"/staff/sign-in?next={page}")
    assert "what you wrote is in its form again" in desk.words(answer.location)
    other = StaffDesk(sign_in(asked, "desk", clock.now, "Other Example"))
    assert not other.read(page).one("textarea", id="words").text.strip()
    sit_again(asked, desk, clock.now)
    assert "Nothing was done with it yet" in desk.words(page)
    assert desk.read(page).one("textarea", id="words").text.strip() == "Yes, <b>after</b> a week."
    assert (answers_sent(asked), kept(asked)) == (0, 1)
    desk.press(f"{page}/answer", words="Yes, after a week.", seen="0")
    assert not desk.read(page).one("textarea", id="words").text.strip()
    assert (answers_sent(asked), kept(asked)) == (1, 0)


def test_time_off_that_was_sent_too_late_is_kept_for_a_day(asked: Flask, clock: MovableClock) -> None:
    desk = StaffDesk(sign_in(asked, "desk", clock.now))
    token = desk.read("/staff/hours").all("input", name="csrf_token")[0].attributes["value"]
    clock.advance(hours=3)
    late = {"csrf_token": token, "kind": "off", "who": "everybody", "first_day": "2026-12-24", "note": "Closed"}
    desk.client.post("/staff/hours", data=late)
    sit_again(asked, desk, clock.now)
    filled = desk.read("/staff/hours")
    assert [filled.one("input", id=name).attributes["value"] for name in ("first_day", "note")] == [
        "2026-12-24",
        "Closed",
    ]
    assert "Nothing is planned" in plain(filled)
    with asked.app_context():
        forget_old_traces(now=clock.advance(days=1))
    assert kept(asked) == 0


def kept(app: Flask) -> int:
    """How many forms wait for whoever sent them."""
    with app.app_context(), reading() as session:
        return len([one for one in session.scalars(select(StaffSittingRow.unsent)) if one is not None])


def test_what_others_send_is_neither_kept_nor_shown(asked: Flask, clock: MovableClock) -> None:
    desk = StaffDesk(sign_in(asked, "desk", clock.now))
    clock.advance(hours=3)
    answer = desk.client.post("/staff/enquiries/1/answer", data={"words": "Call this number"})
    assert (answer.status_code, "Call this number" in answer.text) == (303, False)
    sit_again(asked, desk, clock.now)
    assert "Call this" not in desk.words("/staff/enquiries/1")


def test_two_people_write_at_a_time(asked: Flask, desk: StaffDesk) -> None:
    desk.press("/staff/enquiries/1/answer", words="Yes.", seen="0")
    page = desk.refused("/staff/enquiries/1/answer", words="No.", seen="0")
    assert "Something was written since" in page.one("p", id="words-e").text
    assert page.one("textarea", id="words").text.strip() == "No."
    assert "Yes." in plain(page)
    assert answers_sent(asked) == 1
    assert "on its way" in desk.press("/staff/enquiries/1/answer", words="No.", seen="1")


def test_a_question_is_settled_without_mail(asked: Flask, desk: StaffDesk) -> None:
    assert "does not wait any more" in desk.press("/staff/enquiries/1/settle")
    assert "settled already" in desk.press("/staff/enquiries/1/settle")
    assert "By Sam Example" in desk.words("/staff/enquiries/1")
    assert answers_sent(asked) == 0


def test_an_address_that_names_others_writes_to_one_person(
    staff_app: Flask, desk: StaffDesk, clock: MovableClock
) -> None:
    with staff_app.app_context():
        ask(Enquiry("Kim", "kim?cc=other@post.example", "Why?"), key="1", now=clock.now)
    assert "mailto:kim%3Fcc%3Dother@post.example" in desk.read("/staff/enquiries/1").links


def test_questions_that_are_none(desk: StaffDesk) -> None:
    for number in (404, 10**30):
        desk.read(f"/staff/enquiries/{number}", 404)
    for what in ("answer", "reply", "settle"):
        assert "not kept any more" in desk.press(f"/staff/enquiries/404/{what}", words="A", reply="A", seen="0")


def test_the_waiting_list_says_who_waits_for_what_and_not_why(
    staff_app: Flask, desk: StaffDesk, clock: MovableClock
) -> None:
    assert "Nobody waits" in desk.words("/staff/waiting")
    wish = WaitWish("60-minute-visit", None, frozenset({0, 4}), frozenset({"morning", "evening"}), date(2026, 12, 20))
    who = Draft(condition="neck", name="Robin Example", email="robin@post.example", note="a fall", returning=False)
    with staff_app.app_context():
        join_waitlist(BookingLinks("x" * 32), "asker", wish, who, now=clock.now)
    words = desk.words("/staff/waiting")
    expected = ("Robin Example", "with anyone", "Monday and Friday, morning or evening", "20 December")
    assert [part for part in expected if part not in words] == []
    assert "fall" not in words
    assert "neck" not in words.lower()
