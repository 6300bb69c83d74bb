"""Nothing is lost, nothing is sent twice for one mark, and what cannot be sent reaches a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import select

from app.db.tables import OutboxRow, StaffTaskRow
from app.db.unit_of_work import reading
from app.domain.mail import MailError
from app.jobs.outbox import LEASE, send_due
from app.services.upkeep.outbox import MOST_ATTEMPTS
from tests.conftest import MovableClock
from tests.integration.jobs.conftest import Desk, Trouble
from tests.integration.jobs.test_mails import book, put


def row(key: str) -> OutboxRow:
    with reading() as session:
        found = session.scalars(select(OutboxRow).where(OutboxRow.key == key)).one()
        session.expunge(found)
        return found


def trouble(desk: Desk) -> Trouble:
    return cast(Trouble, desk.tools.mailer)


def test_a_passing_failure_is_tried_again_and_sent_once(desk: Desk, clock: MovableClock) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id, "mail:1")
    trouble(desk).errors = [MailError("SMTP 451: refused")]
    assert send_due(desk.tools, clock(), 50) == 1
    assert desk.mails == []
    assert row("mail:1").error == "SMTP 451: refused"
    assert send_due(desk.tools, clock(), 50) == 0  # not before its time
    clock.advance(minutes=1)
    assert send_due(desk.tools, clock(), 50) == 1
    assert len(desk.mails) == 1
    clock.advance(days=2)
    assert send_due(desk.tools, clock(), 50) == 0


def test_a_lasting_failure_reaches_a_person_at_once(desk: Desk, clock: MovableClock) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id, "mail:1")
    trouble(desk).errors = [MailError("SMTP 550: the address was refused", permanent=True)]
    send_due(desk.tools, clock(), 50)
    clock.advance(days=2)
    assert send_due(desk.tools, clock(), 50) == 0
    with reading() as session:
        (task,) = session.scalars(select(StaffTaskRow))
        assert task.booking_id == booking.id
        assert "550" in task.message
        assert "robin" not in task.message.lower()


def test_trying_ends_after_so_many_attempts(desk: Desk, clock: MovableClock) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id, "mail:1")
    trouble(desk).errors = [MailError("SMTP: ConnectionRefusedError")] * (MOST_ATTEMPTS + 5)
    for _ in range(MOST_ATTEMPTS + 5):
        send_due(desk.tools, clock(), 50)
        clock.advance(hours=7)
    assert row("mail:1").attempts == MOST_ATTEMPTS
    assert row("mail:1").failed_at is not None


def test_one_mail_that_cannot_be_composed_does_not_keep_the_others_back(desk: Desk, clock: MovableClock) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", 999_999, "mail:gone")
    put(desk, "mail.nonsense", booking.id, "mail:unknown")
    trouble(desk).errors = [RuntimeError("robin@example.org")]
    put(desk, "mail.confirmed", booking.id, "mail:bad")
    put(desk, "mail.confirmed", booking.id, "mail:good")
    assert send_due(desk.tools, clock(), 50) == 4
    assert row("mail:gone").failed_at is not None
    assert row("mail:unknown").failed_at is not None
    assert (row("mail:bad").error or "").startswith("RuntimeError at ")
    assert row("mail:good").done_at is not None
    assert len(desk.mails) == 1


def test_a_worker_that_dies_after_sending_sends_again_under_the_same_message_id(
    desk: Desk, clock: MovableClock
) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id, "mail:1")

    class Died(BaseException):
        pass

    def die() -> None:
        raise Died

    trouble(desk).during = die
    try:
        send_due(desk.tools, clock(), 50)
    except Died:
        trouble(desk).during = None
    assert send_due(desk.tools, clock(), 50) == 0  # its lease still runs
    clock.now += LEASE + timedelta(seconds=1)
    assert send_due(desk.tools, clock(), 50) == 1
    assert len({mail["Message-ID"] for mail in desk.mails}) == 1
    assert row("mail:1").done_at is not None


def test_a_long_queue_is_worked_off_in_batches(desk: Desk, clock: MovableClock) -> None:
    booking = book(desk)
    for number in range(25):
        put(desk, "mail.confirmed", booking.id, f"mail:{number}")
    assert send_due(desk.tools, clock(), 20) == 20
    assert send_due(desk.tools, clock(), 20) == 5
    assert len(desk.mails) == 25


def test_what_is_for_later_waits(desk: Desk, clock: MovableClock) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id, "mail:1")
    assert send_due(desk.tools, datetime(2026, 1, 1, tzinfo=UTC), 50) == 0
    assert send_due(desk.tools, clock(), 50) == 1
