"""What is forgotten, when, and what stays because money was taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.db.tables import BookingReasonRow, BookingRow, OutboxRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Reason
from app.services.booking.bookings import get_booking, read_reason
from app.services.booking.holds import release_hold
from app.services.upkeep.outbox import claim_due, enqueue, mark_done, mark_failed
from app.services.upkeep.retention import forget_old_letters, forget_old_reasons, forget_unfinished
from tests.conftest import MovableClock
from tests.factories.booking import (
    REASON,
    make_confirmed,
    make_deposit_row,
    make_detailed_hold,
    make_hold,
    visitor_digest,
)

pytestmark = pytest.mark.usefixtures("app")

TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def given_up(clock: MovableClock, visitor: str, starts_at: datetime = TEN, deposit: str | None = None) -> int:
    booking = make_detailed_hold(now=clock.now, starts_at=starts_at, visitor=visitor)
    if deposit:
        make_deposit_row(booking, now=clock.now, state=deposit)
    release_hold(visitor_digest(visitor), now=clock.now)
    return booking.id


def booking_ids() -> list[int]:
    with reading() as session:
        return list(session.scalars(select(BookingRow.id).order_by(BookingRow.id)))


def test_a_hold_that_came_to_nothing_is_gone_after_thirty_days(clock: MovableClock) -> None:
    given_up(clock, "a")
    make_hold(now=clock.now, starts_at=TEN, visitor="b")
    release_hold(visitor_digest("b"), now=clock.now)
    kept = make_confirmed(now=clock.now, starts_at=TEN, visitor="c")
    assert forget_unfinished(now=clock.advance(days=30)) == 0
    assert forget_unfinished(now=clock.advance(seconds=1)) == 2
    assert booking_ids() == [kept.id]
    assert read_reason(kept.id) == REASON
    assert forget_unfinished(now=clock.now) == 0


def test_an_attempt_to_pay_stays_without_its_person(clock: MovableClock) -> None:
    booking_id = given_up(clock, "a", deposit="failed")
    assert forget_unfinished(now=clock.advance(days=31)) == 1
    left = get_booking(booking_id)
    assert (left.client, read_reason(booking_id)) == (None, Reason())
    with reading() as session:
        row = session.get_one(BookingRow, booking_id)
        assert (row.visitor, row.network, row.client_phone) == (None, None, None)
    assert forget_unfinished(now=clock.now) == 0, "nothing is left to forget"


def test_a_payment_without_a_time_is_a_record(clock: MovableClock) -> None:
    booking_id = given_up(clock, "a", deposit="paid_conflict")
    assert forget_unfinished(now=clock.advance(days=400)) == 0
    assert get_booking(booking_id).client is not None


def test_forgetting_goes_in_portions(clock: MovableClock) -> None:
    for n in range(3):
        given_up(clock, f"v{n}")
    clock.advance(days=31)
    assert [forget_unfinished(now=clock.now, limit=2) for _ in range(3)] == [2, 1, 0]


def test_reasons_go_on_their_last_day(clock: MovableClock) -> None:
    booking = make_confirmed(now=clock.now, starts_at=TEN)
    last = booking.ends_at.replace(year=2033)
    assert forget_old_reasons(now=last) == 0
    assert forget_old_reasons(now=last + timedelta(seconds=1)) == 1
    assert read_reason(booking.id) == Reason()
    with reading() as session:
        assert session.scalars(select(BookingReasonRow)).all() == []
    assert get_booking(booking.id).state == "confirmed"


def test_letters_of_long_ago_go_in_portions_and_what_waits_stays(clock: MovableClock) -> None:
    with unit_of_work() as session:
        for number in range(6):
            enqueue(session, f"enquiry:{number}", "mail.enquiry_note", {"enquiry": number}, clock.now)
        enqueue(session, "sent", "mail.confirmed", {"booking": 7}, clock.now)
        enqueue(session, "given up", "mail.confirmed", {"booking": 8}, clock.now)
        enqueue(session, "waits", "mail.confirmed", {"booking": 9}, clock.now + timedelta(days=3000))
    for work in claim_due(now=clock.now, limit=20, lease=timedelta(minutes=1)):
        if work.key == "given up":
            mark_failed(work, "550", now=clock.now, permanent=True)
        else:
            mark_done(work, now=clock.now)
    clock.advance(days=30)
    assert forget_old_letters(now=clock.now) == 0
    clock.advance(seconds=1)
    assert [forget_old_letters(now=clock.now, limit=4) for _ in "123"] == [4, 2, 0]
    assert letters() == ["given up", "sent", "waits"]
    clock.advance(days=699)  # 729 days: a bank may still ask
    assert forget_old_letters(now=clock.now) == 0
    clock.advance(days=2)
    assert [forget_old_letters(now=clock.now, limit=1) for _ in "123"] == [1, 1, 0]
    assert letters() == ["waits"]


def letters() -> list[str]:
    with reading() as session:
        return sorted(session.scalars(select(OutboxRow.key)))
