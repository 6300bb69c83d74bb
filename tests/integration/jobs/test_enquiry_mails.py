"""The two mails of a question: the practice gets it, the sender gets a note that repeats none of it."""

from __future__ import annotations

from flask import Flask

from app.domain.enquiry import Enquiry
from app.jobs.outbox import send_due
from app.services.asking.enquiries import ask, forget_old_enquiries
from tests.conftest import MovableClock
from tests.integration.jobs.conftest import Desk

ENQUIRY = Enquiry("Robin <b>Example", "robin@client.example", "Is my knee\nfor you?", None, "neck", "help")


def test_practice_and_sender_hear_of_it(app: Flask, desk: Desk, clock: MovableClock) -> None:
    ask(ENQUIRY, key="k", now=clock.now)
    assert send_due(desk.tools, clock.now, 10) == 2
    practice = desk.tools.library().practice.email
    mails = {str(mail["To"]): mail for mail in desk.mails}
    note, receipt = mails[practice], mails[ENQUIRY.email]
    assert note["Reply-To"] == ENQUIRY.email
    assert receipt["Reply-To"] == practice
    body = note.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[union-attr]
    assert "Is my knee\nfor you?" in body
    assert "Neck" in body
    assert "Get medical help first" in body
    assert "&lt;b&gt;Example" in note.get_body(("html",)).get_content()  # type: ignore[union-attr]
    for word in ("knee", "neck", "robin"):
        assert word not in str(note["Subject"]).lower()
        assert word not in str(receipt["Subject"]).lower()
        for kind in ("plain", "html"):
            assert word not in receipt.get_body((kind,)).get_content().lower()  # type: ignore[union-attr]


def test_a_forgotten_question_is_not_sent(app: Flask, desk: Desk, clock: MovableClock) -> None:
    ask(ENQUIRY, key="k", now=clock.now)
    forget_old_enquiries(now=clock.advance(days=370))
    send_due(desk.tools, clock.now, 10)
    assert desk.mails == []
