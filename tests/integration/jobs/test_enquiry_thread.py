"""A question, answers by mail, what came back, and its call: kept together, and forgotten together."""

from __future__ import annotations

from datetime import timedelta

import icalendar
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app.db.tables import EnquiryMessageRow
from app.db.unit_of_work import reading
from app.domain.call import CALL
from app.domain.enquiry import Enquiry
from app.domain.refusals import EnquiryNotFound
from app.jobs.outbox import send_due
from app.services.asking.calls import book_call
from app.services.asking.enquiries import answer_enquiry, ask, forget_old_enquiries, read_thread
from app.services.diary.free_times import find_next_free
from app.services.manage.changes import cancel_booking
from app.services.staff.accesses import list_accesses
from app.services.staff.people import add_staff
from tests.conftest import MovableClock
from tests.integration.jobs.conftest import Desk

ENQUIRY = Enquiry("Robin Example", "robin@client.example", "Is my knee for you?", "07700 900123", "neck", "help")


def run(app: Flask, *words: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=["enquiries", *words], input=typed)


def test_the_practice_answers_by_mail_and_all_of_it_is_kept(app: Flask, desk: Desk, clock: MovableClock) -> None:
    ask(ENQUIRY, key="k", now=clock.now)
    assert "Q1" in run(app, "list", "--waiting").output
    clock.advance(hours=1)
    done = run(app, "answer", "1", typed="Yes, it is.\n\nCome and see us.\n")
    assert done.exit_code == 0, done.output
    send_due(desk.tools, clock.now, 10)
    answer = desk.mails[-1]
    assert answer["To"] == ENQUIRY.email
    assert answer["Reply-To"] == desk.tools.library().practice.email
    assert "Q1" in str(answer["Subject"])
    for kind in ("plain", "html"):
        body = answer.get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert "Come and see us." in body
        assert "knee" not in body, "the question itself is not repeated"
    run(app, "keep", "1", typed="Thank you, I will.")
    thread = read_thread(1)
    assert [(said.ours, said.words) for said in thread.said] == [
        (True, "Yes, it is.\n\nCome and see us."),
        (False, "Thank you, I will."),
    ]
    assert run(app, "show", "1").exit_code == 2, "nobody reads it without a name"
    add_staff("sam@practice.example", "Sam", "therapist", now=clock.now)
    shown = run(app, "show", "1", "--as", "sam@practice.example").output
    assert [access.reference for access in list_accesses(days=1, now=clock.now)] == ["Q1"]
    assert shown.index("knee") < shown.index("Yes, it is.") < shown.index("Thank you")


def test_an_answer_that_is_sent_twice_goes_once(app: Flask, desk: Desk, clock: MovableClock) -> None:
    ask(ENQUIRY, key="k", now=clock.now)
    for _ in range(2):
        answer_enquiry(1, "Yes.", now=clock.now)
    assert send_due(desk.tools, clock.now, 10) == 3
    assert len(read_thread(1).said) == 1


def test_it_is_deleted_on_its_day_with_all_that_was_written(app: Flask, desk: Desk, clock: MovableClock) -> None:
    ask(ENQUIRY, key="k", now=clock.now)
    answer_enquiry(1, "Yes.", now=clock.now)
    assert forget_old_enquiries(now=clock.advance(days=370)) == 1
    with pytest.raises(EnquiryNotFound):
        read_thread(1)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(EnquiryMessageRow)) == 0
    send_due(desk.tools, clock.now, 10)
    assert desk.mails == []


@pytest.mark.parametrize(
    "words", [("show", "9", "--as", "x"), ("answer", "9"), ("keep", "9"), ("answer", "1"), ("show", "x")]
)
def test_wrong_numbers_and_empty_answers_are_told(app: Flask, clock: MovableClock, words: tuple[str, ...]) -> None:
    ask(ENQUIRY, key="k", now=clock.now)
    done = run(app, *words, typed="   \n")
    assert done.exit_code != 0
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert read_thread(1).said == ()


def test_a_call_is_told_to_both_and_its_end_as_well(app: Flask, desk: Desk, clock: MovableClock) -> None:
    calls = desk.tools.library().calls
    assert calls is not None
    slot = find_next_free(calls, CALL, now=clock.now)
    assert slot is not None
    call = book_call(calls, ENQUIRY, key="k", starts_at=slot.starts_at, now=clock.now)
    send_due(desk.tools, clock.now, 10)
    practice = desk.tools.library().practice.email
    mails = {str(mail["To"]): mail for mail in desk.mails}
    note, letter = mails[practice], mails[ENQUIRY.email]
    assert "Call booked" in str(note["Subject"])
    assert "knee" in note.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "07700 900123" in text
    assert "£" not in text
    (file,) = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    (event,) = icalendar.Calendar.from_ical(file.get_payload(decode=True).decode()).walk("VEVENT")
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=15)
    cancel_booking(call.id, 1, now=clock.now)
    assert send_due(desk.tools, clock.now, 10) == 2
    assert "Call cancelled" in str([mail for mail in desk.mails if mail["To"] == practice][-1]["Subject"])
    assert read_thread(1).enquiry.call == call.reference
