"""Work for later: once per cause, leased, tried again, and handed to a person in the end."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import OutboxRow, StaffTaskRow
from app.db.unit_of_work import reading, unit_of_work
from app.services.upkeep.outbox import MOST_ATTEMPTS, Work, claim_due, enqueue, mark_done, mark_failed, pause_after
from tests.conftest import MovableClock

pytestmark = pytest.mark.usefixtures("app")

LEASE = timedelta(minutes=2)


def put(clock: MovableClock, *keys: str) -> None:
    with unit_of_work() as session:
        for key in keys:
            enqueue(session, key, "mail.confirmed", {"booking": None}, clock.now)


def take(clock: MovableClock, limit: int = 10) -> list[Work]:
    return claim_due(now=clock.now, limit=limit, lease=LEASE)


def stored(key: str) -> OutboxRow:
    with reading() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.key == key)).one()
        session.expunge(row)
        return row


def test_one_cause_is_one_piece_of_work(clock: MovableClock) -> None:
    with unit_of_work() as session:
        assert enqueue(session, "mail:1", "mail.confirmed", {"booking": 1}, clock.now) is True
        assert enqueue(session, "mail:1", "mail.confirmed", {"booking": 2}, clock.now) is False
    with unit_of_work() as session:
        assert enqueue(session, "mail:1", "mail.confirmed", {"booking": 3}, clock.now) is False
    (work,) = take(clock)
    assert (work.key, work.kind, work.payload, work.attempt) == ("mail:1", "mail.confirmed", {"booking": 1}, 1)


def test_work_is_written_with_its_cause_or_not_at_all(clock: MovableClock) -> None:
    def cause() -> None:
        with unit_of_work() as session:
            enqueue(session, "mail:1", "mail.confirmed", {}, clock.now)
            raise RuntimeError("cause failed")

    with pytest.raises(RuntimeError, match="cause failed"):
        cause()
    assert take(clock) == []


def test_a_claim_is_mine_until_its_lease_ends(clock: MovableClock) -> None:
    put(clock, "mail:1")
    assert len(take(clock)) == 1
    assert take(clock) == []
    clock.advance(seconds=119)
    assert take(clock) == []
    clock.advance(seconds=1)
    (again,) = take(clock)
    assert again.attempt == 2, "a worker that died is followed by the next"


def test_done_is_done(clock: MovableClock) -> None:
    put(clock, "mail:1")
    (work,) = take(clock)
    mark_done(work, now=clock.now)
    clock.advance(days=1)
    assert take(clock) == []
    mark_failed(work, "too late", now=clock.now)
    assert stored("mail:1").done_at is not None
    assert stored("mail:1").error is None


def test_work_waits_for_its_time_and_comes_in_order(clock: MovableClock) -> None:
    with unit_of_work() as session:
        enqueue(session, "later", "x", {}, clock.now + timedelta(hours=1))
        enqueue(session, "second", "x", {}, clock.now)
        enqueue(session, "first", "x", {}, clock.now - timedelta(minutes=1))
    assert [work.key for work in take(clock, limit=1)] == ["first"]
    assert [work.key for work in take(clock)] == ["second"]
    clock.advance(hours=1)
    assert {work.key for work in take(clock)} == {"first", "second", "later"}


def test_failures_pause_longer_each_time(clock: MovableClock) -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3)] == [30, 60, 120]
    assert pause_after(40) == timedelta(hours=6)
    put(clock, "mail:1")
    (work,) = take(clock)
    mark_failed(work, "451 try later", now=clock.now)
    assert stored("mail:1").error == "451 try later"
    clock.advance(seconds=29)
    assert take(clock) == []
    clock.advance(seconds=1)
    assert len(take(clock)) == 1


def test_ten_failures_make_one_task_for_a_person(clock: MovableClock) -> None:
    put(clock, "mail:1")
    for _ in range(MOST_ATTEMPTS):
        (work,) = take(clock)
        mark_failed(work, "550 no such mailbox", now=clock.now)
        clock.advance(hours=7)
    assert take(clock) == []
    assert stored("mail:1").failed_at is not None
    with reading() as session:
        (task,) = session.scalars(select(StaffTaskRow)).all()
    assert (task.key, task.kind) == ("outbox:mail:1", "outbox.failed")
    assert task.message == "mail.confirmed was given up after 10 attempts: 550 no such mailbox"


def test_a_lasting_failure_is_not_tried_again(clock: MovableClock) -> None:
    put(clock, "mail:1")
    (work,) = take(clock)
    mark_failed(work, "550 no such mailbox", now=clock.now, permanent=True)
    clock.advance(days=1)
    assert take(clock) == []
    with reading() as session:
        assert len(session.scalars(select(StaffTaskRow)).all()) == 1


def test_work_that_kills_its_worker_every_time_is_given_up(clock: MovableClock) -> None:
    put(clock, "mail:1")
    for _ in range(MOST_ATTEMPTS):
        assert len(take(clock)) == 1
        clock.advance(minutes=5)
    assert take(clock) == []
    assert stored("mail:1").failed_at == clock.now


def test_a_worker_whose_lease_ran_out_changes_nothing(clock: MovableClock) -> None:
    put(clock, "mail:1")
    (slow,) = take(clock)
    clock.advance(minutes=3)
    (quick,) = take(clock)
    mark_failed(slow, "time-out", now=clock.now, permanent=True)
    assert stored("mail:1").failed_at is None
    mark_done(quick, now=clock.now)
    assert stored("mail:1").done_at == clock.now


def test_workers_side_by_side_share_the_work(app: Flask, clock: MovableClock) -> None:
    put(clock, *(f"mail:{n}" for n in range(40)))
    seen: list[str] = []
    faults: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                while claimed := take(clock, limit=3):
                    seen.extend(one.key for one in claimed)
                    for one in claimed:
                        mark_done(one, now=clock.now)
        except BaseException as fault:
            faults.append(fault)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not faults
    assert sorted(seen) == sorted(f"mail:{n}" for n in range(40)), "each once"


def test_two_causes_at_once_write_one_piece_of_work(app: Flask, clock: MovableClock) -> None:
    added: list[bool] = []

    def cause() -> None:
        with app.app_context(), unit_of_work() as session:
            added.append(enqueue(session, "mail:1", "mail.confirmed", {}, clock.now))

    causes = [threading.Thread(target=cause) for _ in range(6)]
    for one in causes:
        one.start()
    for one in causes:
        one.join()
    assert sorted(added) == [False] * 5 + [True]
