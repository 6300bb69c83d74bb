"""The staff's list: read, settled, put back; mail that was given up is tried again; a worker in trouble is told of."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import OutboxRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.enquiry import Enquiry
from app.services.asking.enquiries import ask
from app.services.upkeep.outbox import claim_due, enqueue, mark_failed
from app.services.upkeep.staff_tasks import add_task, open_tasks, settled_tasks
from app.services.upkeep.worker_steps import note_step
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed
from tests.staff_desk import StaffDesk

LEASE = timedelta(minutes=1)


def give_up_mail(key: str, *, clock: MovableClock) -> None:
    with unit_of_work() as session:
        enqueue(session, key, "mail.confirmed", {}, clock.now)
    fail_again(clock=clock)


def fail_again(*, clock: MovableClock) -> None:
    (work,) = claim_due(now=clock.now, limit=9, lease=LEASE)
    mark_failed(work, "SMTP 550: the address was refused", now=clock.now, permanent=True)


def test_a_task_is_read_settled_by_name_and_put_back(staff_app: Flask, desk: StaffDesk, clock: MovableClock) -> None:
    with staff_app.app_context():
        booking = make_confirmed(now=clock.now, starts_at=clock.now + timedelta(days=2, hours=3))
        with unit_of_work() as session:
            add_task(session, "conflict:1", "deposit.conflict", booking.id, "Paid £12.00 too late.", now=clock.now)
        (task,) = open_tasks()
    clock.advance(days=3)
    page = desk.read("/staff/tasks")
    assert f"/staff/visits/{booking.reference}" in page.links
    words = desk.words("/staff/tasks")
    assert all(part in words for part in ("Paid after the time had gone", "Paid £12.00 too late.", "3 days old"))
    assert "Done. It is off the list" in desk.press(f"/staff/tasks/{task.id}/done")
    assert "off the list already" in desk.press(f"/staff/tasks/{task.id}/done"), "pressed twice, or by two people"
    with staff_app.app_context():
        (settled,) = settled_tasks(since=clock.now - timedelta(days=1), most=9)
        assert (settled.done_by, open_tasks()) == ("Sam Example", [])
    assert "by Sam Example" in desk.words("/staff/tasks")
    assert "on the list again" in desk.press(f"/staff/tasks/{task.id}/open")
    assert "Nothing waits for you" not in desk.words("/staff/tasks")


def test_the_day_begins_with_what_waits(staff_app: Flask, desk: StaffDesk, clock: MovableClock) -> None:
    assert "tasks are open" not in desk.words("/staff/")
    with staff_app.app_context():
        ask(Enquiry("Robin Example", "robin@post.example", "Why?"), key="1", now=clock.now)
        with unit_of_work() as session:
            for key in "ab":
                add_task(session, key, "key.rights", None, key, now=clock.now)
    links = [(e.attributes["href"], e.text.replace("\N{NO-BREAK SPACE}", " ")) for e in desk.read("/staff/").all("a")]
    assert {("/staff/tasks", "2 tasks are open"), ("/staff/enquiries", "1 question waits")} <= set(links)
    assert "question waits" not in desk.words(f"/staff/day/{clock.now + timedelta(days=1):%Y-%m-%d}")


def test_mail_that_was_given_up_is_tried_again_and_told_again(
    staff_app: Flask, desk: StaffDesk, clock: MovableClock
) -> None:
    with staff_app.app_context():
        give_up_mail("mail:1", clock=clock)
        (task,) = open_tasks()
    words = desk.words("/staff/tasks")
    assert "The confirmation of a visit could not be sent" in words
    assert "SMTP 550: the address was refused" in words
    assert "It is tried again" in desk.press(f"/staff/tasks/{task.id}/again")
    assert "tried again already" in desk.press(f"/staff/tasks/{task.id}/again")
    with staff_app.app_context():
        with reading() as session:
            row = session.scalars(select(OutboxRow)).one()
            assert (row.failed_at, row.attempts, row.run_at) == (None, 0, clock.now)
        assert open_tasks() == []
        fail_again(clock=clock)
        assert [one.id for one in open_tasks()] == [task.id], "what fails again comes back"


@pytest.mark.parametrize("what", ["done", "open", "again"])
def test_numbers_that_are_none(desk: StaffDesk, what: str) -> None:
    assert "already" in desk.press(f"/staff/tasks/404/{what}")
    assert desk.send(f"/staff/tasks/{10**30}/{what}").status_code == 404


def test_a_worker_in_trouble_is_told_of(staff_app: Flask, desk: StaffDesk, clock: MovableClock) -> None:
    assert "The worker has never run" in desk.words("/staff/tasks")
    with staff_app.app_context():
        note_step("refunds", now=clock.now, failures=3, error="TimeoutError at x:1")
        note_step("outbox", now=clock.now)
    words = desk.words("/staff/tasks")
    assert "Sending refunds: failed 3 times" in words
    assert "silent" not in words
    clock.advance(minutes=10)
    assert "The worker is silent" in desk.words("/staff/tasks")
