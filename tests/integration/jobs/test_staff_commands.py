"""Accounts of staff by command, the mails that follow, the access record, and what is forgotten of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app.db.tables import StaffAccessRow, StaffLinkRow, StaffRow, StaffSittingRow, StaffTryRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.refusals import BookingNotFound
from app.jobs.outbox import send_due
from app.services.staff.accesses import note_access
from app.services.staff.links import ask_for_link, choose_password
from app.services.staff.notes import tell_changed
from app.services.staff.people import NOBODY, forget_old_traces
from app.services.staff.sign_in import check_password
from app.services.staff.sittings import Opened, Place
from tests.conftest import START, MovableClock
from tests.factories.booking import make_confirmed
from tests.integration.jobs.conftest import Desk

EMAIL = "robin@practice.example"
HERE = Place("network", "A browser")


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["staff", *words])


def add(app: Flask) -> None:
    done = run(app, "add", EMAIL.capitalize(), "--name", "Robin Example", "--role", "therapist")
    assert done.exit_code == 0, done.output
    assert f"on its way to {EMAIL}; it works until 2026-11-24 07:00" in done.output


def link_in(mail: object) -> str:
    """The token of the link in a mail."""
    text = mail.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    return re.findall(r"https://practice.example/staff/welcome/(\S+)", text)[0]


def test_the_first_person_gets_in_by_the_mailed_link(app: Flask, desk: Desk, clock: MovableClock) -> None:
    add(app)
    assert f"{EMAIL}  therapist  invited  Robin Example" in run(app, "list").output
    send_due(desk.tools, clock.now, 10)
    (mail,) = desk.mails
    assert (mail["To"], mail["Subject"]) == (EMAIL, "Your way into Example practice")
    assert link_in(mail) in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    keys = desk.tools.staff_keys
    opened = choose_password(keys, link_in(mail), "blue kettle waltz", HERE, now=clock.now)
    assert opened is not None
    assert opened.stage == "factor"
    assert opened.token not in repr(opened)
    assert "without second factor" in run(app, "list").output
    send_due(desk.tools, clock.now, 10)
    assert len(desk.mails) == 1, "nobody is told of the first password"


def test_begun_anew_and_removed(app: Flask, desk: Desk, clock: MovableClock) -> None:
    add(app)
    done = run(app, "add", EMAIL, "--name", "Again")
    assert (done.exit_code, "staff reset" in done.output) == (1, True)
    send_due(desk.tools, clock.now, 10)
    keys, first = desk.tools.staff_keys, link_in(desk.mails[0])
    choose_password(keys, first, "blue kettle waltz", HERE, now=clock.now)
    assert run(app, "reset", EMAIL).exit_code == 0
    assert check_password(keys, EMAIL, "blue kettle waltz", HERE, examples=False, now=clock.now) is None
    ask_for_link(EMAIL, now=clock.advance(minutes=1))
    send_due(desk.tools, clock.now, 10)
    assert [mail["Subject"] for mail in desk.mails[1:]] == ["Your way into Example practice", "Choose a new password"]
    choose_password(keys, link_in(desk.mails[-1]), "seven grey geese", HERE, now=clock.now)
    opened = check_password(keys, EMAIL, "seven grey geese", HERE, examples=False, now=clock.now)
    assert isinstance(opened, Opened)
    assert run(app, "role", EMAIL, "desk").exit_code == 0
    assert f"{EMAIL}  desk  without second factor" in run(app, "list").output
    done = run(app, "remove", EMAIL)
    assert "signed out everywhere" in done.output
    assert run(app, "remove", EMAIL).exit_code == 1
    assert f"{EMAIL}  desk  removed  Robin Example" in run(app, "list").output
    with reading() as session:
        assert (
            session.scalar(select(func.count()).select_from(StaffSittingRow).where(StaffSittingRow.ended_at.is_(None)))
            == 0
        )
    ask_for_link(EMAIL, now=clock.now)
    add_again = run(app, "add", EMAIL, "--name", "Robin Example", "--role", "desk")
    assert (add_again.exit_code, "invited" in run(app, "list").output) == (0, True)


def test_a_changed_password_is_told(app: Flask, desk: Desk, clock: MovableClock) -> None:
    add(app)
    for password in ("blue kettle waltz", "seven grey geese"):
        send_due(desk.tools, clock.now, 10)
        choose_password(desk.tools.staff_keys, link_in(desk.mails[-1]), password, HERE, now=clock.now)
        ask_for_link(EMAIL, now=clock.advance(minutes=1))
    with unit_of_work() as session:
        tell_changed(session, 1, "phone", now=clock.now)
    send_due(desk.tools, clock.now, 10)
    assert [mail["Subject"] for mail in desk.mails].count("Another phone was connected") == 1
    told = [mail for mail in desk.mails if mail["Subject"] == "Your password was changed"]
    assert len(told) == 1
    assert "https://practice.example/staff/forgot" in told[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_nobody_gets_a_heap_of_mails(app: Flask, desk: Desk, clock: MovableClock) -> None:
    add(app)
    for _ in range(20):
        ask_for_link(EMAIL, now=clock.advance(seconds=10))
    send_due(desk.tools, clock.now, 50)
    assert len(desk.mails) == 3


def test_bad_input_is_told(app: Flask) -> None:
    for words in (
        ["nowhere", "--name", "X"],
        [EMAIL, "--name", " "],
        [EMAIL],
        [EMAIL, "--name", "X", "--role", "owner"],
    ):
        done = run(app, "add", *words)
        assert (done.exit_code, "Traceback" in done.output) == (2, False), words


def test_who_opened_what_is_on_record_for_six_years(app: Flask, desk: Desk, clock: MovableClock) -> None:
    add(app)
    visit = make_confirmed(now=clock.now, starts_at=START + timedelta(days=3, hours=3))
    with pytest.raises(BookingNotFound):
        note_access(1, visit.id + 1, now=clock.now)
    note_access(1, visit.id, now=clock.now)
    check_password(desk.tools.staff_keys, EMAIL, "wrong", HERE, examples=False, now=clock.now)
    assert run(app, "remove", EMAIL).exit_code == 0
    line = f"2026-11-23 07:00  {visit.reference}  Robin Example <{EMAIL}>"
    assert run(app, "accesses").output.splitlines()[-1] == line
    clock.advance(days=31)
    assert line not in run(app, "accesses").output
    with unit_of_work() as session:
        session.add(
            StaffSittingRow(
                staff_id=1, digest="d", stage="full", device="", created_at=START, seen_at=START, ends_at=START
            )
        )
    clock.now = START.replace(year=2032)
    forget_old_traces(now=clock.now)
    assert line in run(app, "accesses", "--days", "3000").output
    forget_old_traces(now=clock.advance(seconds=1))
    with reading() as session:
        for table in (StaffAccessRow, StaffLinkRow, StaffSittingRow, StaffTryRow):
            assert session.scalars(select(func.count()).select_from(table)).one() == 0
        row = session.scalars(select(StaffRow)).one()
        assert (row.name, EMAIL in row.email) == (NOBODY, False)
