"""Cancelling and moving by the booking's own rules, and marking how a visit went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db.tables import BookingRow, LedgerEntryRow, OutboxRow, RefundRow, StaffTaskRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.domain.policy_rules import CancelBand, CancelRule, MoveBand, MoveRule, Policy
from app.domain.policy_snapshot import to_snapshot
from app.domain.refusals import BookingNotFound, NotCancellable, NotMarkable, NotMovable, SlotNotOffered, SlotTaken
from app.services.booking.bookings import get_booking, read_booking
from app.services.manage.changes import (
    cancel_booking,
    cancel_by_practice,
    mark_visit,
    move_booking,
    read_offer,
)
from app.services.manage.link_mails import renew_link
from tests.conftest import MovableClock
from tests.diary_checks import diary_faults
from tests.factories.booking import make_confirmed, make_deposit_row, make_hold, make_terms
from tests.factories.catalogue import make_catalogue, make_practitioner

pytestmark = pytest.mark.usefixtures("app")

TEN = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
NOON_CLASH = TEN + timedelta(minutes=90)
BANDS = Policy(
    cancel=CancelRule(
        bands=(CancelBand(48, "money"), CancelBand(24, "choice"), CancelBand(12, "credit"), CancelBand(0, "kept")),
        fee_minor=200,
    ),
    move=MoveRule(bands=(MoveBand(24, "carried"), MoveBand(6, "kept"), MoveBand(0, "refused")), allowed=2),
)


def paid_booking(clock: MovableClock, policy: Policy = BANDS, **wish: Any) -> Booking:
    booking = make_confirmed(now=clock.now, starts_at=TEN, terms=make_terms(policy=to_snapshot(policy)), **wish)
    make_deposit_row(booking, now=clock.now, state="paid")
    return get_booking(booking.id)


def rows(table: Any) -> list[Any]:
    with reading() as session:
        found = list(session.scalars(select(table).order_by(table.id)))
        session.expunge_all()
        return found


@pytest.mark.parametrize(
    ("hours", "choice", "refund", "credit"),
    [
        (48, "money", 1000, 0),
        (48, "credit", 1000, 0),  # the rules leave no choice
        (47.9, "money", 1000, 0),
        (47.9, "credit", 0, 1200),
        (24, "credit", 0, 1200),
        (23.9, "money", 0, 1200),
        (11.9, "money", 0, 0),
    ],
)
def test_cancelling_sends_the_deposit_where_the_rules_say(
    clock: MovableClock, hours: float, choice: Any, refund: int, credit: int
) -> None:
    booking = paid_booking(clock)
    clock.now = TEN - timedelta(hours=hours)
    cancelled, outcome = cancel_booking(booking.id, 1, now=clock.now, choice=choice)
    assert cancelled.state == "cancelled"
    assert (outcome.refund_minor, outcome.credit_minor) == (refund, credit)
    assert [row.amount_minor for row in rows(RefundRow)] == ([refund] if refund else [])
    given = [row.amount_minor for row in rows(LedgerEntryRow) if row.kind == "credit_given"]
    assert given == ([credit] if credit else [])
    kept = sum(row.amount_minor for row in rows(LedgerEntryRow) if row.kind == "kept")
    assert refund + credit + kept == 1200
    assert cancelled.paid_minor == 0
    assert rows(StaffTaskRow) == []
    assert [(row.key, row.kind) for row in rows(OutboxRow)] == [(f"mail:cancelled:{booking.id}:1", "mail.cancelled")]
    assert diary_faults() == []
    assert make_hold(now=TEN - timedelta(hours=48), starts_at=TEN, visitor="next").state == "held"


def test_cancelling_twice_pays_back_once(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    first, _ = cancel_booking(booking.id, 1, now=clock.now)
    again, _ = cancel_booking(booking.id, 1, now=clock.advance(hours=1))
    assert first.calendar_sequence == again.calendar_sequence == 1
    (refund,) = rows(RefundRow)
    assert (refund.state, refund.reason, refund.amount_minor) == ("requested", "client_cancelled", 1000)
    assert refund.idem_key == f"ref:dep-{booking.id}-1:1"
    assert len(rows(OutboxRow)) == 1


def test_what_cannot_be_cancelled_is_refused(clock: MovableClock) -> None:
    hold = make_hold(now=clock.now, starts_at=TEN + timedelta(days=1), visitor="other")
    with pytest.raises(NotCancellable, match="held"):
        cancel_booking(hold.id, 1, now=clock.now)
    booking = paid_booking(clock, Policy(cancel=CancelRule(by="phone")))
    with pytest.raises(NotCancellable, match="phone_only"):
        cancel_booking(booking.id, 1, now=clock.now)
    with pytest.raises(NotCancellable, match="started"):
        cancel_booking(booking.id, 1, now=TEN)
    with pytest.raises(BookingNotFound):
        cancel_booking(booking.id, 2, now=clock.now)
    assert get_booking(booking.id).state == "confirmed"
    assert rows(OutboxRow) == []


def test_the_practice_gives_everything_back(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    cancel_by_practice(booking.id, now=TEN - timedelta(minutes=5))
    (refund,) = rows(RefundRow)
    assert (refund.amount_minor, refund.reason) == (1200, "practice_cancelled")
    with pytest.raises(NotCancellable):
        cancel_by_practice(booking.id, now=clock.now)


def test_the_offer_is_what_then_happens(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    offer = read_offer(booking.id, 1, now=clock.now)
    _, outcome = cancel_booking(booking.id, 1, now=clock.now)
    assert offer.cancel == outcome
    assert offer.move.allowed
    with pytest.raises(BookingNotFound):
        read_offer(booking.id, 7, now=clock.now)


def test_moving_frees_the_old_time_and_takes_the_new(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    moved = move_booking(make_catalogue(), booking.id, 1, starts_at=NOON_CLASH, now=clock.now)
    assert (moved.starts_at, moved.ends_at) == (NOON_CLASH, NOON_CLASH + timedelta(minutes=60))
    assert (moved.reference, moved.paid_minor, moved.calendar_sequence) == (booking.reference, 1200, 1)
    assert diary_faults() == []
    assert [row.key for row in rows(OutboxRow)] == [f"mail:moved:{booking.id}:1"]
    assert make_hold(now=clock.now, starts_at=TEN, visitor="next").state == "held"


def test_a_visit_can_move_into_its_own_time(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    moved = move_booking(make_catalogue(), booking.id, 1, starts_at=TEN + timedelta(minutes=15), now=clock.now)
    assert moved.starts_at == TEN + timedelta(minutes=15)
    assert diary_faults() == []


def test_a_visit_can_move_to_someone_else(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    moved = move_booking(make_catalogue(), booking.id, 1, starts_at=TEN, practitioner="alex", now=clock.now)
    assert moved.practitioner == "alex"
    assert diary_faults() == []


def test_moving_to_where_it_is_changes_nothing(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    assert move_booking(make_catalogue(), booking.id, 1, starts_at=TEN, now=clock.now) == booking
    assert rows(OutboxRow) == []


def test_a_taken_or_unoffered_time_leaves_the_booking_where_it_is(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    make_hold(now=clock.now, starts_at=NOON_CLASH, visitor="other")
    with pytest.raises(SlotTaken) as taken:
        move_booking(make_catalogue(), booking.id, 1, starts_at=NOON_CLASH, now=clock.now)
    assert taken.value.starts_at == NOON_CLASH
    with pytest.raises(SlotNotOffered):
        move_booking(make_catalogue(), booking.id, 1, starts_at=TEN.replace(hour=3), now=clock.now)
    assert get_booking(booking.id) == booking
    assert diary_faults() == []


def test_moves_are_counted_and_end(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    for minutes in (15, 30):
        move_booking(make_catalogue(), booking.id, 1, starts_at=TEN + timedelta(minutes=minutes), now=clock.now)
    with pytest.raises(NotMovable, match="moves_used"):
        move_booking(make_catalogue(), booking.id, 1, starts_at=TEN, now=clock.now)


def test_a_late_move_keeps_the_deposit_and_the_whole_price_is_due(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    later = TEN + timedelta(days=1)
    clock.now = TEN - timedelta(hours=20)
    moved = move_booking(make_catalogue(), booking.id, 1, starts_at=later, now=clock.now)
    assert (moved.paid_minor, moved.balance_minor) == (0, 6000)
    _, outcome = cancel_booking(booking.id, 1, now=clock.now)
    assert outcome.refund_minor == outcome.credit_minor == 0, "what was kept does not come back by cancelling"
    assert rows(RefundRow) == []


def test_too_late_to_move(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    for hours, why in ((5, "band"), (0, "started")):
        with pytest.raises(NotMovable, match=why):
            move_booking(
                make_catalogue(), booking.id, 1, starts_at=TEN + timedelta(days=1), now=TEN - timedelta(hours=hours)
            )


def test_a_moved_visit_keeps_the_length_it_was_sold_with(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    longer = make_catalogue()
    sold = longer.treatments["60-minute-visit"]
    object.__setattr__(sold, "minutes", 75)
    moved = move_booking(longer, booking.id, 1, starts_at=NOON_CLASH, now=clock.now)
    assert moved.minutes == 60
    assert moved.ends_at - moved.starts_at == timedelta(minutes=60)


def test_a_move_takes_a_free_room(clock: MovableClock) -> None:
    catalogue = make_catalogue(make_practitioner("sam", rooms=("a", "b")), make_practitioner("alex", rooms=("a", "b")))
    booking = paid_booking(clock, catalogue=catalogue)
    make_hold(now=clock.now, starts_at=NOON_CLASH, visitor="other", practitioner="alex", catalogue=catalogue)
    move_booking(catalogue, booking.id, 1, starts_at=NOON_CLASH, now=clock.now)
    with reading() as session:
        assert session.get_one(BookingRow, booking.id).room == "b"
    assert diary_faults() == []


def test_a_visit_is_marked_once_it_has_begun_and_the_mark_can_be_corrected(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    with pytest.raises(NotMarkable):
        mark_visit(booking.id, "no_show", now=TEN - timedelta(seconds=1))
    late = timedelta(minutes=15)
    with pytest.raises(NotMarkable, match="late"):
        mark_visit(booking.id, "no_show", now=TEN + late - timedelta(seconds=1))
    assert mark_visit(booking.id, "no_show", now=TEN + late).state == "no_show"
    assert mark_visit(booking.id, "completed", now=TEN).state == "completed"
    assert mark_visit(booking.id, "completed", now=TEN).state == "completed"
    assert diary_faults() == []
    with pytest.raises(NotCancellable):
        cancel_booking(booking.id, 1, now=clock.now)
    with pytest.raises(BookingNotFound):
        mark_visit(404, "completed", now=TEN)


def test_a_cancelled_visit_cannot_be_marked(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    cancel_booking(booking.id, 1, now=clock.now)
    with pytest.raises(NotMarkable):
        mark_visit(booking.id, "completed", now=TEN)


def test_a_renewed_link_leaves_the_old_one_opening_nothing(clock: MovableClock) -> None:
    booking = paid_booking(clock)
    renew_link(booking.id, 1, now=clock.now)
    with pytest.raises(BookingNotFound):
        read_booking(booking.id, 1)
    with pytest.raises(BookingNotFound):
        move_booking(make_catalogue(), booking.id, 1, starts_at=NOON_CLASH, now=clock.now)
