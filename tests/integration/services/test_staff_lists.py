"""The lists that staff look through, on both engines."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app.db.tables import StaffRow
from app.db.unit_of_work import unit_of_work
from app.domain.enquiry import Enquiry
from app.services.asking.enquiries import answer_enquiry, ask, keep_reply, settle_enquiry
from app.services.asking.lists import count_asked, list_asked
from app.services.upkeep.staff_tasks import add_task, count_open_tasks, end_tasks_under, open_tasks, settled_tasks
from tests.conftest import MovableClock


def add_sam(clock: MovableClock) -> int:
    with unit_of_work() as session:
        sam = StaffRow(email="sam@practice.example", name="Sam Example", role="desk", created_at=clock.now)
        session.add(sam)
        session.flush()
        return sam.id


def test_questions_that_wait_come_first_then_the_newest(app: Flask, clock: MovableClock) -> None:
    sam = add_sam(clock)
    for number in range(1, 7):
        ask(Enquiry(f"Person {number}", "a@post.example", "Why?"), key=str(number), now=clock.advance(minutes=1))
    answer_enquiry(2, "So.", now=clock.now, by=sam)
    answer_enquiry(3, "So.", now=clock.now, by=sam)
    keep_reply(3, "But?", now=clock.now, by=sam)
    settle_enquiry(4, now=clock.now, by=sam)
    settle_enquiry(5, now=clock.now)
    keep_reply(5, "Still?", now=clock.now)
    lines, total = list_asked(skip=0, most=50)
    assert [(line.number, line.waits) for line in lines] == [
        (6, True), (5, True), (3, True), (1, True), (4, False), (2, False)
    ]  # fmt: skip
    assert ([line.number for line in list_asked(skip=2, most=2)[0]], total, count_asked()) == ([3, 1], 6, 4)


def test_tasks_end_together_and_keep_who_ended_them(app: Flask, clock: MovableClock) -> None:
    sam = add_sam(clock)
    with unit_of_work() as session:
        for key in ("time_off:1:1", "time_off:1:2", "time_off:11:1"):
            add_task(session, key, "diary.clash", None, key, now=clock.now)
    with unit_of_work() as session:
        end_tasks_under(session, "time_off:1:", now=clock.advance(hours=1), by=sam)
    assert ([task.message for task in open_tasks()], count_open_tasks()) == (["time_off:11:1"], 1)
    settled = settled_tasks(since=clock.now - timedelta(days=1), most=1)
    assert [(task.message, task.done_by) for task in settled] == [("time_off:1:2", "Sam Example")]
