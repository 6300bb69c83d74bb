"""A client's bank takes a deposit back for now, or only asks: written down, told once, and never paid back twice."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from app.db.tables import LedgerEntryRow, StaffTaskRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.services.booking.bookings import get_booking
from app.services.manage.changes import cancel_booking, cancel_by_practice
from app.services.money.audit import audit_money
from app.services.money.disputes import follow_dispute
from app.services.money.story import read_story
from dev.stripe_sandbox import disputes, refunds
from tests.integration.payments.conftest import Desk


@pytest.fixture
def booking(desk: Desk) -> Booking:
    """Paid and confirmed."""
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.deliver()
    return booking


def dispute(desk: Desk, booking: Booking, *, inquiry: bool = False) -> str:
    [deposit] = desk.deposits(booking)
    return str(desk.bench.act(disputes.open_dispute, deposit.charge_id, inquiry=inquiry)["id"])


def entries() -> list[tuple[str, int]]:
    with reading() as session:
        wanted = select(LedgerEntryRow.kind, LedgerEntryRow.amount_minor).order_by(LedgerEntryRow.id)
        return [(kind, amount) for kind, amount in session.execute(wanted)]


def open_tasks() -> list[str]:
    with reading() as session:
        wanted = select(StaffTaskRow.kind).where(StaffTaskRow.done_at.is_(None)).order_by(StaffTaskRow.id)
        return list(session.scalars(wanted))


def test_a_disputed_deposit_is_told_once_and_its_refund_waits(desk: Desk, booking: Booking) -> None:
    desk.bench.world.faults.duplicate_next = 3
    dispute(desk, booking)
    desk.deliver()
    assert desk.tasks() == ["deposit.dispute"]
    assert desk.booking_state(booking) == "confirmed"  # a person decides
    assert entries() == [("dispute_opened", -1200)]

    cancel_by_practice(booking.id, now=desk.clock.now)
    desk.poll()
    desk.poll(minutes=400)
    assert desk.refunds() == [(1200, "requested")]
    assert desk.tasks() == ["deposit.dispute", "refund.waits"]
    assert desk.checkout.list_refunds(desk.deposits(booking)[0].pi_id or "") == []


# Stripe may still refuse to refund a charge that was once disputed: then a person pays it back another way
@pytest.mark.parametrize(
    ("end", "refund", "balance", "tasks"),
    [("won", "failed", 1200, ["refund.waits", "refund.refused"]), ("lost", "canceled", 0, ["deposit.dispute_lost"])],
)
def test_when_the_bank_has_decided_the_refund_is_sent_or_dropped(
    desk: Desk, booking: Booking, end: str, refund: str, balance: int, tasks: list[str]
) -> None:
    found = dispute(desk, booking)
    desk.deliver()
    cancel_by_practice(booking.id, now=desk.clock.now)
    desk.poll()
    desk.bench.act(disputes.settle, found, end)
    desk.deliver()
    desk.poll()
    assert desk.refunds() == [(1200, refund)]
    assert read_story(booking.reference).balance_minor == balance
    assert set(tasks) <= set(open_tasks())
    assert "deposit.dispute" not in open_tasks()


def test_won_the_money_counts_again(desk: Desk, booking: Booking) -> None:
    found = dispute(desk, booking)
    desk.deliver()
    desk.bench.act(disputes.settle, found, "won")
    desk.deliver()
    assert entries() == [("dispute_opened", -1200), ("dispute_won", 1200)]
    assert get_booking(booking.id).paid_minor == 1200
    assert open_tasks() == []


def test_lost_nothing_goes_back_a_second_time(desk: Desk, booking: Booking) -> None:
    found = dispute(desk, booking)
    desk.bench.act(disputes.settle, found, "lost")
    desk.deliver()
    assert entries() == [("dispute_opened", -1200), ("dispute_lost", 0)]
    assert get_booking(booking.id).paid_minor == 0
    assert open_tasks() == ["deposit.dispute_lost"]
    _, outcome = cancel_booking(booking.id, 1, now=desk.clock.now)
    assert outcome.refund_minor == 0
    desk.poll()
    assert desk.refunds() == []


@pytest.mark.parametrize("way", list(itertools.permutations(range(4)))[::5])
def test_messages_in_any_order_or_missing_come_to_the_same(desk: Desk, booking: Booking, way: tuple[int, ...]) -> None:
    found = dispute(desk, booking, inquiry=True)
    if 0 in way[:2]:
        follow_dispute(found, desk.checkout, now=desk.clock.now)
    desk.bench.act(disputes.settle, found, "needs_response")
    if 1 in way[:3]:
        follow_dispute(found, desk.checkout, now=desk.clock.now)
    desk.bench.act(disputes.settle, found, "lost")
    desk.bench.world.faults.webhooks_reordered = True
    desk.deliver()
    follow_dispute(found, desk.checkout, now=desk.clock.now)
    assert sum(amount for _kind, amount in entries()) == -1200
    assert [kind for kind, _amount in entries()].count("dispute_opened") == 1
    assert open_tasks() == ["deposit.dispute_lost"]


def test_an_inquiry_moves_no_money_and_may_be_refunded(desk: Desk, booking: Booking) -> None:
    found = dispute(desk, booking, inquiry=True)
    desk.deliver()
    assert entries() == [("dispute_inquiry", 0)]
    assert open_tasks() == ["deposit.inquiry"]
    cancel_booking(booking.id, 1, now=desk.clock.now)
    desk.poll()
    assert desk.refunds() == [(1200, "succeeded")]
    desk.bench.act(disputes.settle, found, "warning_closed")
    desk.deliver()
    assert entries() == [("dispute_inquiry", 0), ("inquiry_closed", 0)]
    assert open_tasks() == []


def test_a_dispute_that_nobody_told_us_about_is_found_at_night(desk: Desk, booking: Booking) -> None:
    dispute(desk, booking)
    desk.clock.advance(hours=1)
    audit_money(desk.checkout, now=desk.clock.now)
    assert entries() == [("dispute_opened", -1200)]
    assert desk.tasks() == ["deposit.dispute"]


def test_a_dispute_of_someone_else_s_payment_is_not_ours(desk: Desk, booking: Booking) -> None:
    found = dispute(desk, booking)
    desk.bench.world.store.put("dispute", {**disputes.get(desk.bench.world, found), "payment_intent": "pi_other"})
    assert follow_dispute(found, desk.checkout, now=desk.clock.now) == "not ours"
    assert entries() == []


class TestRefundsThatTakeTime:
    def cancelled(self, desk: Desk, booking: Booking, status: str) -> str:
        desk.bench.world.faults.next_refunds.append(status)  # type: ignore[arg-type]
        cancel_booking(booking.id, 1, now=desk.clock.now)
        desk.poll()
        [refund] = desk.checkout.list_refunds(desk.deposits(booking)[0].pi_id or "")
        return refund.id

    def test_pending_then_there(self, desk: Desk, booking: Booking) -> None:
        refund = self.cancelled(desk, booking, "pending")
        assert desk.refunds() == [(1200, "pending")]
        desk.bench.act(refunds.settle, refund, "succeeded")
        desk.deliver()
        assert desk.refunds() == [(1200, "succeeded")]
        assert desk.tasks() == []

    def test_pending_and_nobody_tells_us(self, desk: Desk, booking: Booking) -> None:
        refund = self.cancelled(desk, booking, "pending")
        desk.bench.act(refunds.settle, refund, "failed")
        desk.poll(minutes=7 * 60)
        assert desk.refunds() == [(1200, "failed")]
        assert desk.tasks() == ["refund.failed"]

    def test_there_and_weeks_later_it_fails_after_all(self, desk: Desk, booking: Booking) -> None:
        refund = self.cancelled(desk, booking, "succeeded")
        desk.deliver()
        desk.clock.advance(days=20)
        desk.bench.act(refunds.settle, refund, "failed")
        desk.deliver()
        desk.deliver()
        assert desk.refunds() == [(1200, "failed")]
        assert desk.tasks() == ["refund.failed"]
        assert read_story(booking.reference).balance_minor == 1200
