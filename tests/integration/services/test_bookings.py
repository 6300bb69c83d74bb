"""Details and reasons on a hold, and reading a booking by its link."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.db.queries.bookings import get_locked, release_unpayable
from app.db.queries.retaking import retake
from app.db.tables import BookingReasonRow, BookingRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Reason
from app.domain.refusals import BookingNotFound, HoldExpired, NoHold
from app.services.booking.bookings import find_booking_of, get_booking, read_booking, read_reason, record_details
from app.services.booking.holds import release_expired_holds, release_hold
from tests.conftest import MovableClock
from tests.factories.booking import (
    CLIENT,
    REASON,
    make_confirmed,
    make_deposit_row,
    make_detailed_hold,
    make_hold,
    visitor_digest,
)

pytestmark = pytest.mark.usefixtures("app")

TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def delete_after(booking_id: int) -> datetime:
    with reading() as session:
        row = session.get(BookingReasonRow, booking_id)
        assert row is not None
        return row.delete_after


def test_details_stand_on_the_hold_and_give_ten_fresh_minutes(clock: MovableClock) -> None:
    make_hold(now=clock.now, starts_at=TEN)
    booking = record_details(
        visitor_digest(), CLIENT, REASON, gate_version="7", gate_passed_at=clock.now, now=clock.advance(minutes=8)
    )
    assert booking.client == CLIENT
    assert booking.hold_until == clock.now + timedelta(minutes=10)
    with reading() as session:
        row = session.get(BookingRow, booking.id)
        assert row is not None
        assert (row.gate_version, row.gate_passed_at) == ("7", clock.now - timedelta(minutes=8))


def test_details_can_be_corrected(clock: MovableClock) -> None:
    first = make_detailed_hold(now=clock.now, starts_at=TEN)
    better = replace(CLIENT, phone="0117 496 0000", returning=True)
    booking = record_details(
        visitor_digest(), better, Reason(area="neck"), gate_version="1", gate_passed_at=clock.now, now=clock.now
    )
    assert booking.id == first.id
    assert booking.client == better
    assert read_reason(booking.id) == Reason(area="neck")


def test_the_reason_is_kept_apart_and_unreadable(clock: MovableClock) -> None:
    booking = make_detailed_hold(now=clock.now, starts_at=TEN)
    assert read_reason(booking.id) == REASON
    with reading() as session:
        raw = bytes(session.scalar(text("SELECT answers FROM booking_reason")) or b"")
        open_row = str(session.execute(text("SELECT * FROM booking")).mappings().one())
    for word in ("lower-back", "stiff", "Monday", "runner"):
        assert word.encode() not in raw
        assert word not in open_row


def test_the_reason_goes_soon_when_nothing_came_of_it(clock: MovableClock) -> None:
    booking = make_detailed_hold(now=clock.now, starts_at=TEN)
    assert delete_after(booking.id) == booking.ends_at.replace(year=2033)
    release_hold(visitor_digest(), now=clock.now)
    assert delete_after(booking.id) == clock.now + timedelta(days=30)


def test_details_need_a_hold(clock: MovableClock) -> None:
    def record() -> None:
        record_details(visitor_digest(), CLIENT, REASON, gate_version="1", gate_passed_at=clock.now, now=clock.now)

    with pytest.raises(NoHold):
        record()
    make_hold(now=clock.now, starts_at=TEN)
    clock.advance(minutes=30)
    record()  # nobody wanted the time meanwhile
    clock.advance(minutes=11)
    release_expired_holds(now=clock.now)
    with pytest.raises(HoldExpired):
        record()
    make_confirmed(now=clock.now, starts_at=TEN + timedelta(days=1), visitor="other")
    clock.advance(days=2)
    with pytest.raises(NoHold):
        record()


def test_a_link_reads_its_booking_until_it_is_revoked(clock: MovableClock) -> None:
    booking = make_confirmed(now=clock.now, starts_at=TEN)
    assert read_booking(booking.id, booking.link_version) == booking
    with unit_of_work() as session:
        row = session.get(BookingRow, booking.id)
        assert row is not None
        row.link_version = 2
    for wanted in ((booking.id, 1), (booking.id, 3), (booking.id + 1, 1)):
        with pytest.raises(BookingNotFound):
            read_booking(*wanted)
    assert read_booking(booking.id, 2).link_version == 2
    with pytest.raises(BookingNotFound):
        get_booking(999)


def test_what_was_paid_lowers_what_is_left(clock: MovableClock) -> None:
    booking = make_detailed_hold(now=clock.now, starts_at=TEN)
    make_deposit_row(booking, now=clock.now, state="failed")
    assert get_booking(booking.id).balance_minor == 6000
    make_deposit_row(booking, now=clock.now, state="paid", attempt_no=2)
    paid = get_booking(booking.id)
    assert (paid.paid_minor, paid.balance_minor) == (1200, 4800)


def test_a_late_payment_takes_its_free_time_again(clock: MovableClock) -> None:
    booking = make_detailed_hold(now=clock.now, starts_at=TEN)
    release_hold(visitor_digest(), now=clock.now)
    with unit_of_work() as session:
        row = get_locked(session, booking.id)
        assert row is not None
        assert retake(session, [row], now=clock.now) is True
    again = get_booking(booking.id)
    assert (again.state, again.confirmed_at, again.hold_until) == ("confirmed", clock.now, None)
    assert delete_after(booking.id) == booking.ends_at.replace(year=2033)


def test_a_late_payment_finds_its_time_gone_and_changes_nothing(clock: MovableClock) -> None:
    late = make_detailed_hold(now=clock.now, starts_at=TEN)
    release_hold(visitor_digest(), now=clock.now)
    other = make_confirmed(now=clock.now, starts_at=TEN, visitor="other")
    with unit_of_work() as session:
        row = get_locked(session, late.id)
        assert row is not None
        assert retake(session, [row], now=clock.now) is False
        row.policy = {"the transaction": "still works"}
    assert get_booking(late.id).state == "released"
    assert get_booking(other.id).state == "confirmed"


def test_a_late_payment_wins_over_a_hold_that_ran_out(clock: MovableClock) -> None:
    late = make_detailed_hold(now=clock.now, starts_at=TEN)
    release_hold(visitor_digest(), now=clock.now)
    other = make_hold(now=clock.now, starts_at=TEN, visitor="other")
    with unit_of_work() as session:
        row = get_locked(session, late.id)
        assert row is not None
        assert retake(session, [row], now=clock.advance(minutes=10)) is True
    assert get_booking(other.id).state == "released"


def test_a_confirmed_booking_is_never_released(clock: MovableClock) -> None:
    booking = make_confirmed(now=clock.now, starts_at=TEN)
    assert release_hold(visitor_digest(), now=clock.now) is False
    assert release_expired_holds(now=clock.advance(days=1)) == 0
    with unit_of_work() as session:
        row = get_locked(session, booking.id)
        assert row is not None
        with pytest.raises(ValueError, match="cannot become"):
            release_unpayable(session, [row], now=clock.now)
    assert get_booking(booking.id).state == "confirmed"


@pytest.mark.parametrize("session_id", ["\x00", "\ud800", "x" * 300, "cs_test_x' OR 1=1 --", ""])
def test_what_is_no_session_is_asked_of_no_database(clock: MovableClock, session_id: str) -> None:
    """PostgreSQL holds no NUL in a text: an address that somebody mangled ended in an error page."""
    hold = make_hold(now=clock.now, starts_at=TEN)
    found = find_booking_of(visitor_digest(), session_id, now=clock.now)
    assert found is not None
    assert found.id == hold.id
    assert find_booking_of(visitor_digest("another"), session_id, now=clock.now) is None
