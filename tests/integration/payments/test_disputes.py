"""A client's bank takes a deposit back for now: a person is told once, and no refund doubles the loss."""

from __future__ import annotations

from app.services.changes import cancel_by_practice
from dev.stripe_sandbox import disputes
from tests.integration.payments.conftest import Desk


def test_a_disputed_deposit_is_told_once_and_not_refunded(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.deliver()
    [deposit] = desk.deposits(booking)
    desk.bench.world.faults.duplicate_next = 3
    desk.bench.act(disputes.open_dispute, deposit.charge_id)
    desk.deliver()
    assert desk.tasks() == ["deposit.dispute"]
    assert desk.booking_state(booking) == "confirmed"  # a person decides

    cancel_by_practice(booking.id, now=desk.clock.now)
    desk.poll()
    assert [state for _amount, state in desk.refunds()] == ["failed"]
    assert desk.tasks() == ["deposit.dispute", "refund.refused"]
    assert desk.checkout.list_refunds(deposit.pi_id or "") == []
