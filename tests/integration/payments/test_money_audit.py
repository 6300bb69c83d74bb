"""The ledger against Stripe's, in both directions: what can be healed is, and the rest is told to a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app.db.tables import BookingRow, DepositRow, RefundRow, StaffTaskRow, StripeEventRow
from app.db.unit_of_work import reading, unit_of_work
from app.services.manage.changes import cancel_booking
from app.services.money.audit import audit_money, hear_missed_events
from app.services.money.story import read_story
from app.services.upkeep.health import read_health
from app.services.upkeep.worker_steps import claim_turn
from dev.stripe_sandbox import refunds
from tests.integration.payments.conftest import SLOT, Desk


def paid_booking(desk: Desk) -> int:
    """A booking that is paid and confirmed, an hour ago."""
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.apply(booking)
    desk.clock.advance(hours=1)
    return booking.id


def audit(desk: Desk) -> tuple[int, list[str]]:
    report = audit_money(desk.checkout, now=desk.clock.now)
    return report.checked, [difference.kind for difference in report.differences]


def payment_of(desk: Desk) -> str:
    with reading() as session:
        found = session.scalars(select(DepositRow.pi_id).where(DepositRow.pi_id.is_not(None))).first()
        assert found is not None
        return found


def test_both_sides_agree_after_a_day_of_everything(desk: Desk) -> None:
    booking_id = paid_booking(desk)
    cancel_booking(booking_id, 1, now=desk.clock.now)
    desk.poll()
    desk.clock.advance(hours=1)
    assert audit(desk) == (2, [])
    health = read_health(now=desk.clock.now)
    assert (health.audit_age_s, health.audit_checked, health.audit_differences) == (0, 2, 0)
    assert desk.tasks() == []


def test_a_payment_that_nobody_told_us_about_is_healed(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.clock.advance(minutes=10)
    assert audit(desk) == (1, [])
    assert (desk.states(booking), desk.booking_state(booking)) == (["paid"], "confirmed")


def test_a_payment_that_is_unknown_here_is_told_once(desk: Desk) -> None:
    paid_booking(desk)
    with unit_of_work() as session:  # as after restoring an old copy of the database
        session.execute(update(DepositRow).values(reference="dep_other", session_id=None))
    assert audit(desk)[1] == ["audit.unknown_payment", "audit.unpaid_deposit"]
    audit(desk)
    assert sorted(desk.tasks()) == ["audit.unknown_payment", "audit.unpaid_deposit"]


def test_a_deposit_that_only_we_believe_in_is_told(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    with unit_of_work() as session:
        session.execute(update(DepositRow).values(state="paid"))
    desk.clock.advance(hours=1)
    assert audit(desk)[1] == ["audit.unpaid_deposit"]


def test_a_refund_made_at_stripe_enters_the_ledger(desk: Desk) -> None:
    booking_id = paid_booking(desk)
    desk.bench.act(refunds.create, {"payment_intent": payment_of(desk), "amount": 500})
    assert audit(desk)[1] == []
    assert desk.refunds() == [(500, "succeeded")]
    assert desk.tasks() == ["refund.foreign"]
    with reading() as session:
        reference = session.get_one(BookingRow, booking_id).reference
    assert read_story(reference).balance_minor == 700
    # and cancelling gives back only what is left
    cancel_booking(booking_id, 1, now=desk.clock.now)
    desk.poll()
    assert desk.refunds() == [(500, "succeeded"), (700, "succeeded")]
    assert read_story(reference).balance_minor == 0


def test_a_refund_that_only_we_believe_in_is_told(desk: Desk) -> None:
    booking_id = paid_booking(desk)
    cancel_booking(booking_id, 1, now=desk.clock.now)
    desk.poll()
    desk.clock.advance(hours=1)
    with unit_of_work() as session:
        session.execute(update(RefundRow).values(refund_id="re_nothing", idem_key="ref:nothing"))
    kinds = audit(desk)[1]
    assert "audit.unknown_refund" in kinds


def test_events_that_never_came_are_heard(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.clock.advance(minutes=1)
    assert hear_missed_events(desk.checkout, now=desk.clock.now) >= 1
    assert hear_missed_events(desk.checkout, now=desk.clock.now) == 0
    desk.deliver()  # now the webhook brings them too
    with reading() as session:
        ids = list(session.scalars(select(StripeEventRow.event_id)))
    assert len(ids) == len(set(ids))
    assert desk.booking_state(booking) == "confirmed"
    assert desk.mails() == [f"mail:confirmed:{booking.id}"]


def test_without_stripe_nothing_is_reported(desk: Desk, app: Flask) -> None:
    paid_booking(desk)
    desk.fault("down", times=20, method="*")
    result = app.test_cli_runner().invoke(args=["money", "audit"])
    assert result.exit_code == 1
    assert "does not answer" in result.output
    assert read_health(now=desk.clock.now).audit_age_s is None


def test_a_turn_is_taken_once(desk: Desk) -> None:
    now = desk.clock.now
    assert claim_turn("x", every=timedelta(hours=1), now=now)
    assert not claim_turn("x", every=timedelta(hours=1), now=now)
    assert not claim_turn("x", every=timedelta(hours=1), now=now + timedelta(minutes=59))
    assert claim_turn("x", every=timedelta(hours=1), now=now + timedelta(hours=1))


class TestCommands:
    def test_audit_says_how_much_and_how_many(self, desk: Desk, app: Flask) -> None:
        paid_booking(desk)
        result = app.test_cli_runner().invoke(args=["money", "audit"])
        assert (result.exit_code, result.output.splitlines()[-1]) == (0, "1 checked, 0 differences")
        with unit_of_work() as session:
            session.execute(delete(StaffTaskRow))
            session.execute(update(DepositRow).values(session_id="cs_other", reference="dep_other"))
        result = app.test_cli_runner().invoke(args=["money", "audit"])
        assert result.exit_code == 1
        assert "2 differences" in result.output

    def test_the_story_of_a_booking_is_in_order_and_adds_up(self, desk: Desk, app: Flask) -> None:
        booking_id = paid_booking(desk)
        cancel_booking(booking_id, 1, now=desk.clock.now)
        desk.poll()
        with reading() as session:
            reference = session.get_one(BookingRow, booking_id).reference
        said = app.test_cli_runner().invoke(args=["money", "story", reference.lower()]).output
        order = ["time held", "payment page 1 asked for", "deposit paid", "booking cancelled", "refund succeeded"]
        places = [said.index(words) for words in order]
        assert places == sorted(places)
        assert said.splitlines()[-1] == "With the practice: £0.00"
        assert app.test_cli_runner().invoke(args=["money", "story", "NOTHING1"]).exit_code == 2

    def test_a_lost_database_can_be_asked_after_at_stripe(self, desk: Desk, app: Flask) -> None:
        paid_booking(desk)
        said = app.test_cli_runner().invoke(args=["money", "paid-at-stripe"]).output
        with reading() as session:
            row = session.scalars(select(BookingRow)).one()
        assert row.reference in said
        assert (row.client_email or "?") in said


@pytest.mark.parametrize("month", ["2026-13", "november", "2026"])
def test_what_is_no_month(app: Flask, month: str) -> None:
    assert app.test_cli_runner().invoke(args=["money", "month", month]).exit_code == 2


def test_an_old_event_is_heard_though_newer_ones_came(desk: Desk) -> None:
    first, second = desk.hold("ann"), desk.hold("ben", SLOT + timedelta(hours=2))
    desk.open(first)
    desk.pay(first)
    desk.bench.world.faults.drop_next = 9
    desk.bench.deliver(desk.client)
    desk.bench.world.faults.drop_next = 0
    desk.clock.advance(hours=5)
    desk.open(desk.hold("cat", SLOT + timedelta(days=1)))
    desk.deliver()
    assert hear_missed_events(desk.checkout, now=desk.clock.now) >= 1
    desk.deliver()
    assert desk.booking_state(first) == "confirmed"
    assert second.id != first.id
