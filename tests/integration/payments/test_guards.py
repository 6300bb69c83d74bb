"""Guards that other guards would hide: each is tried by itself (see dev/mutations.py)."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread

import pytest
from flask import Flask

from app.db.base import db
from app.db.queries.deposits import lock_deposit
from app.db.queries.refunds import paid_deposits, request_refund
from app.db.unit_of_work import unit_of_work
from app.domain.checkout import SessionRequest
from app.services.booking.holds import release_expired_holds
from dev.stripe_sandbox import refunds
from tests.integration.payments.conftest import BASE, Desk


def test_a_payment_waits_for_whoever_has_the_deposit_locked(desk: Desk, app: Flask) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    deposit_id = desk.deposits(booking)[0].id
    locked, go_on, applied = Event(), Event(), Event()

    def sit_on_it() -> None:
        with app.app_context():
            with unit_of_work() as session:
                lock_deposit(session, deposit_id)
                locked.set()
                go_on.wait(10)
            db.session.remove()

    def follow() -> None:
        with app.app_context():
            desk.apply(booking)
            applied.set()
            db.session.remove()

    threads = [Thread(target=sit_on_it), Thread(target=follow)]
    threads[0].start()
    assert locked.wait(10)
    threads[1].start()
    waited = not applied.wait(0.7)
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert waited
    assert desk.booking_state(booking) == "confirmed"


def test_asking_again_with_the_same_key_opens_one_page(desk: Desk) -> None:
    request = SessionRequest(
        reference="dep_same",
        booking_reference="AB12",
        amount_minor=1200,
        currency="GBP",
        description="60 min appointment",
        customer_email="robin@client.example",
        success_url=f"{BASE}/book/return",
        cancel_url=f"{BASE}/book/check",
        expires_at=desk.clock.now.replace(microsecond=0) + timedelta(minutes=33),
        idempotency_key="create:dep_same",
    )
    assert desk.checkout.create_session(request).id == desk.checkout.create_session(request).id


def test_no_more_goes_back_than_was_paid(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.apply(booking)
    with unit_of_work() as session:
        [deposit] = paid_deposits(session, booking.id)
        request_refund(session, deposit, 700, "test", now=desk.clock.now)
        for amount in (501, 0, -1):
            with pytest.raises(ValueError, match="cannot refund"):
                request_refund(session, deposit, amount, "test", now=desk.clock.now)
        request_refund(session, deposit, 500, "test", now=desk.clock.now)
    assert [amount for amount, _state in desk.refunds()] == [700, 500]


def test_a_time_is_kept_until_its_page_is_proven_unpayable(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    release_expired_holds(now=desk.clock.advance(minutes=40))  # the hold is over, and nobody has asked Stripe yet
    assert desk.booking_state(booking) == "held"
    desk.poll()
    assert desk.booking_state(booking) == "confirmed"


def test_a_refund_that_went_out_a_day_ago_is_not_sent_again(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.apply(booking)
    with unit_of_work() as session:
        [deposit] = paid_deposits(session, booking.id)
        request_refund(session, deposit, 500, "test", now=desk.clock.now)
    desk.fault("lose_answer", "/v1/refunds", times=3)
    desk.poll()
    assert desk.refunds() == [(500, "requested")]
    desk.clock.advance(hours=30)  # Stripe has forgotten the key by now
    desk.poll()
    assert desk.refunds() == [(500, "succeeded")]
    assert len(desk.checkout.list_refunds(desk.deposits(booking)[0].pi_id or "")) == 1


def test_a_refund_at_stripe_leaves_less_to_send_back(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    session_id = desk.pay(booking)
    desk.apply(booking)
    payment = desk.bench.session(session_id)["payment_intent"]
    with unit_of_work() as session:
        [deposit] = paid_deposits(session, booking.id)
        request_refund(session, deposit, 1200, "test", now=desk.clock.now)
    desk.bench.act(refunds.create, {"payment_intent": payment, "amount": 450})
    desk.deliver()
    assert sorted(desk.refunds()) == [(450, "succeeded"), (750, "requested")]
    desk.poll()
    assert sorted(desk.refunds()) == [(450, "succeeded"), (750, "succeeded")]


def test_a_refund_of_staff_that_fails_is_told(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    session_id = desk.pay(booking)
    desk.apply(booking)
    payment = desk.bench.session(session_id)["payment_intent"]
    made = desk.bench.act(refunds.create, {"payment_intent": payment, "amount": 450})
    desk.bench.act(refunds.settle, made["id"], "failed")
    desk.deliver()
    assert desk.tasks() == ["refund.foreign", "refund.failed"]
    assert desk.refunds() == [(450, "failed")]
