"""What comes late, twice, in the wrong order or never: the money and the booking still agree."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.db.base import db
from app.db.tables import StripeEventRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.domain.refusals import DepositUncertain
from app.services.money.deposits import expire_deposit
from app.services.money.settlement import apply
from app.services.money.stripe_events import process_events
from config import Settings
from dev.stripe_sandbox import buyer, checkout
from tests.integration.payments.conftest import BASE, SLOT, Desk


def session_of(desk: Desk, booking: Booking) -> str:
    found = desk.deposits(booking)[-1].session_id
    assert found is not None
    return found


def change_at_stripe(desk: Desk, session_id: str, **changes: Any) -> None:
    """What must never happen: the session is not what was asked for any more."""
    desk.bench.act(lambda world: world.store.put("checkout.session", {**checkout.get(world, session_id), **changes}))


class TestOutOfOrder:
    @pytest.mark.parametrize("seed", range(4))
    def test_every_message_twenty_times_in_any_order(self, desk: Desk, seed: int) -> None:
        paid, ended = desk.hold(), desk.hold(visitor="other", starts_at=SLOT + timedelta(hours=2))
        desk.open(paid)
        desk.open(ended)
        desk.bench.decline(session_of(desk, paid))
        desk.pay(paid)
        expire_deposit(ended.id, desk.checkout, base_url=BASE, now=desk.clock.now)
        faults = desk.bench.world.faults
        faults.webhooks_reordered, faults.duplicate_next = True, 20
        desk.bench.world.chance = random.Random(seed)
        for _ in range(3):
            assert set(desk.deliver()) <= {204}
        assert (desk.booking_state(paid), desk.booking_state(ended)) == ("confirmed", "released")
        assert desk.mails() == [f"mail:confirmed:{paid.id}"]
        assert desk.tasks() == []

    def test_told_before_the_answer_to_our_own_request_came(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.fault("lose_answer", "/v1/checkout/sessions")
        desk.fault("down", "/v1/checkout/sessions", times=2)
        with pytest.raises(DepositUncertain):
            desk.open(booking)
        [there] = desk.checkout.list_sessions(created_after=desk.clock.now - timedelta(hours=1))
        desk.bench.pay(there.id)
        assert set(desk.deliver()) == {204}
        assert desk.states(booking) == ["paid"]
        assert desk.booking_state(booking) == "confirmed"

    def test_an_old_message_after_newer_ones_changes_nothing(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.open(booking)
        desk.bench.world.faults.webhooks_stopped = True
        session_id = desk.pay(booking)
        apply(session_id, desk.checkout, now=desk.clock.now)
        desk.clock.advance(days=2)
        desk.bench.world.faults.webhooks_stopped = False
        desk.deliver()
        assert desk.mails() == [f"mail:confirmed:{booking.id}"]


class TestEnding:
    def test_closing_a_page_that_has_ended_by_itself(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.open(booking)
        desk.clock.advance(minutes=40)
        outcome = expire_deposit(booking.id, desk.checkout, base_url=BASE, now=desk.clock.now)
        assert outcome is not None
        assert outcome.state == "expired"
        assert desk.booking_state(booking) == "released"

    def test_the_page_ends_while_the_client_types_and_the_next_one_is_paid(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.open(booking)
        desk.poll(minutes=40)
        assert desk.booking_state(booking) == "released"
        again = desk.hold(visitor="the same person")
        desk.open(again)
        desk.pay(again)
        desk.deliver()
        assert desk.booking_state(again) == "confirmed"
        assert desk.refunds() == []


class TestTakesDays:
    def start(self, desk: Desk) -> Booking:
        booking = desk.hold()
        desk.open(booking)
        desk.bench.act(buyer.pay_later, session_of(desk, booking))
        desk.deliver()
        return booking

    def test_the_time_stays_held_until_the_bank_has_paid(self, desk: Desk) -> None:
        booking = self.start(desk)
        assert (desk.states(booking), desk.booking_state(booking)) == (["processing"], "held")
        desk.poll(minutes=60)
        assert desk.booking_state(booking) == "held"
        desk.bench.act(buyer.settle, session_of(desk, booking), arrived=True)
        desk.deliver()
        assert (desk.states(booking), desk.booking_state(booking)) == (["paid"], "confirmed")

    def test_or_has_not_and_then_the_client_is_told(self, desk: Desk) -> None:
        booking = self.start(desk)
        desk.bench.act(buyer.settle, session_of(desk, booking), arrived=False)
        desk.deliver()
        desk.deliver()
        assert (desk.states(booking), desk.booking_state(booking)) == (["failed"], "released")
        assert [key.split(":")[1] for key in desk.mails()] == ["payment_failed"]
        assert desk.cells(booking) == 0

    def test_nobody_tells_us_and_it_is_found_out_all_the_same(self, desk: Desk) -> None:
        booking = self.start(desk)
        desk.bench.world.faults.webhooks_stopped = True
        desk.bench.act(buyer.settle, session_of(desk, booking), arrived=True)
        desk.poll(minutes=10)
        assert desk.booking_state(booking) == "confirmed"

    def test_it_cannot_be_given_up_while_the_bank_decides(self, desk: Desk) -> None:
        booking = self.start(desk)
        outcome = expire_deposit(booking.id, desk.checkout, base_url=BASE, now=desk.clock.now)
        assert outcome is not None
        assert outcome.state == "processing"
        assert desk.booking_state(booking) == "held"

    def test_undecided_shortly_before_the_visit_a_person_decides(self, desk: Desk) -> None:
        self.start(desk)
        desk.poll(minutes=60)
        assert desk.tasks() == []
        desk.clock.now = SLOT - timedelta(hours=20)
        desk.poll()
        desk.poll(minutes=10)
        assert desk.tasks() == ["deposit.slow"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"amount_total": 1}, "amount"), ({"currency": "eur"}, "currency"), ({"livemode": True}, "mode"),
     ({"client_reference_id": "dep_other"}, "reference")],
)  # fmt: skip
def test_a_session_that_changed_under_us_is_not_believed(desk: Desk, changes: dict[str, Any], named: str) -> None:
    booking = desk.hold()
    desk.open(booking)
    session_id = desk.pay(booking)
    change_at_stripe(desk, session_id, **changes)
    desk.deliver()
    desk.poll()
    assert desk.booking_state(booking) == "held"
    assert desk.tasks() == ["deposit.mismatch"]
    assert named in (desk.deposits(booking)[0].problem or "")


def test_a_message_waits_while_stripe_is_slow_down_or_busy(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    for kind in ("down", "rate_limit", "error_before"):
        desk.fault(kind, "/v1/checkout/sessions", times=3, method="*")  # type: ignore[arg-type]
        desk.deliver()
        desk.bench.world.faults.api.clear()
        assert desk.booking_state(booking) == "held"
        desk.clock.advance(minutes=2)
    desk.deliver()
    assert desk.booking_state(booking) == "confirmed"


def test_a_refused_key_loses_no_message(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.bench.deliver(desk.client)
    good = desk.checkout._key  # type: ignore[attr-defined]
    desk.checkout.__dict__.pop("_client", None)
    desk.checkout._key = "sk_wrong"  # type: ignore[attr-defined]
    process_events(desk.checkout, now=desk.clock.now)
    with reading() as session:
        assert all(done is None for done in session.scalars(select(StripeEventRow.processed_at)))
    desk.checkout.__dict__.pop("_client", None)
    desk.checkout._key = good  # type: ignore[attr-defined]
    process_events(desk.checkout, now=desk.clock.advance(minutes=5))
    assert desk.booking_state(booking) == "confirmed"


class TestRolledSecret:
    @pytest.mark.parametrize(
        ("known", "hours", "accepted"),
        [
            (("whsec_sandbox",), 1, True),  # not told yet: Stripe signs with both for a day
            (("whsec_sandbox",), 25, False),
            (("whsec_new", "whsec_sandbox"), 1, True),
            (("whsec_new", "whsec_sandbox"), 25, True),
            (("whsec_new",), 25, True),
        ],
    )
    def test_old_and_new_are_accepted_for_the_overlap(
        self, desk: Desk, settings: Settings, known: tuple[str, ...], hours: int, accepted: bool
    ) -> None:
        rolled: Flask = create_app(
            replace(settings, stripe_api_base=desk.bench.url, stripe_webhook_secrets=known), clock=desk.clock
        )
        desk.bench.act(lambda world: world.roll_secret("whsec_new"))
        desk.clock.advance(hours=hours)
        booking = desk.hold()
        desk.open(booking)
        desk.pay(booking)
        answers = desk.bench.deliver(rolled.test_client())
        with rolled.app_context():
            db.session.remove()
            db.engine.dispose()
        assert set(answers) == ({204} if accepted else {400})
