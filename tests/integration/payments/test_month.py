"""A month for the books adds up to Stripe's balance to the penny: payments, refunds, disputes, fees."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal

from flask import Flask
from sqlalchemy import func, select, update

from app.db.tables import DepositRow, StripeMovementRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Booking
from app.domain.policy_rules import DepositRule, Policy
from app.domain.policy_snapshot import to_snapshot
from app.services.booking.bookings import get_booking
from app.services.manage.changes import cancel_booking
from app.services.money.audit import audit_money
from dev.stripe_sandbox import balance, buyer, disputes, refunds
from tests.factories.booking import make_detailed_hold, make_terms
from tests.integration.payments.conftest import SLOT, Desk


def paid(desk: Desk, name: str, nth: int) -> Booking:
    booking = desk.hold(name, SLOT + timedelta(days=nth // 3, hours=nth % 3 * 2))
    desk.open(booking)
    desk.pay(booking)
    desk.deliver()
    return booking


def payment(desk: Desk, booking: Booking) -> DepositRow:
    return desk.deposits(booking)[-1]


def month(app: Flask, name: str) -> list[dict[str, str]]:
    result = app.test_cli_runner().invoke(args=["money", "month", name])
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_a_month_of_everything_adds_up_to_the_penny(desk: Desk, app: Flask) -> None:
    names = ("ann", "ben", "cat", "dan", "eve", "fay")
    ann, ben, cat, dan, eve, fay = (paid(desk, name, n) for n, name in enumerate(names))
    cancel_booking(ann.id, 1, now=desk.clock.now)
    desk.poll()
    desk.bench.act(refunds.create, {"payment_intent": payment(desk, ben).pi_id, "amount": 501})
    for booking, end in ((cat, "lost"), (dan, "won")):
        found = desk.bench.act(disputes.open_dispute, payment(desk, booking).charge_id)
        desk.deliver()
        desk.bench.act(disputes.settle, found["id"], end)
    desk.bench.world.faults.next_refunds.append("pending")
    cancel_booking(eve.id, 1, now=desk.clock.now)
    desk.poll()
    [waiting] = desk.checkout.list_refunds(payment(desk, eve).pi_id or "")
    desk.bench.act(refunds.settle, waiting.id, "failed")
    desk.bench.act(disputes.open_dispute, payment(desk, fay).charge_id, inquiry=True)
    desk.deliver()

    rows = month(app, "2026-11")
    there = balance.movements(desk.bench.world)
    for column in ("amount", "net"):
        assert sum(Decimal(row[column]) for row in rows) * 100 == sum(one[column] for one in there)
    assert -sum(Decimal(row["fee"]) for row in rows) * 100 == sum(one["fee"] for one in there) == 6 * 38 + 2 * 2000
    kinds = [row["kind"] for row in rows]
    counts = {"charge": 6, "refund": 3, "refund_failure": 1, "dispute": 2, "dispute_reversal": 1}
    assert {kind: kinds.count(kind) for kind in kinds} == counts
    by_booking = {row["booking"] for row in rows}
    assert by_booking == {booking.reference for booking in (ann, ben, cat, dan, eve, fay)}
    assert month(app, "2026-11") == rows, "asking again adds nothing"
    assert month(app, "2026-10") == []


def test_a_month_ends_at_midnight_of_the_practice_and_at_stripes_own_time(desk: Desk, app: Flask) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.bench.act(buyer.pay_later, payment(desk, booking).session_id)
    desk.clock.now = desk.clock.now.replace(month=11, day=30, hour=23, minute=59)
    desk.bench.act(buyer.settle, payment(desk, booking).session_id, arrived=True)
    desk.clock.advance(minutes=5)  # we hear of it in December
    desk.deliver()
    assert payment(desk, booking).paid_at is not None
    assert [row["kind"] for row in month(app, "2026-11")] == ["charge"]
    assert month(app, "2026-12") == []


def test_without_stripe_no_month_is_printed_that_might_lack_something(desk: Desk, app: Flask) -> None:
    desk.fault("down", times=9, method="*")
    result = app.test_cli_runner().invoke(args=["money", "month", "2026-11"])
    assert result.exit_code == 1
    assert "does not answer" in result.output
    assert result.stdout == ""


def test_each_night_the_movements_are_kept_and_compared(desk: Desk) -> None:
    booking = paid(desk, "ann", 0)
    desk.clock.advance(hours=1)
    assert audit_money(desk.checkout, now=desk.clock.now).differences == ()
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(StripeMovementRow)) == 1
    with unit_of_work() as session:
        session.execute(update(DepositRow).where(DepositRow.booking_id == booking.id).values(amount_minor=1100))
    kinds = [one.kind for one in audit_money(desk.checkout, now=desk.clock.now).differences]
    assert kinds == ["audit.amount_moved"]


def test_a_currency_without_pence_is_whole_everywhere(desk: Desk, app: Flask) -> None:
    rules = Policy(currency="JPY", deposit=DepositRule("percent", percent=33))
    terms = make_terms(price_minor=6050, deposit_minor=1996, currency="JPY", policy=to_snapshot(rules))
    booking = make_detailed_hold(now=desk.clock.now, starts_at=SLOT, terms=terms)
    desk.open(booking)
    session_id = payment(desk, booking).session_id or ""
    there = desk.bench.session(session_id)
    assert (there["amount_total"], there["currency"]) == (1996, "jpy"), "a third of 6050, rounded down"
    desk.pay(booking)
    desk.deliver()
    assert (desk.booking_state(booking), get_booking(booking.id).balance_minor) == ("confirmed", 4054)
    [row] = month(app, "2026-11")
    assert (row["amount"], row["currency"]) == ("1996", "JPY")
    said = app.test_cli_runner().invoke(args=["money", "story", booking.reference]).output
    assert said.splitlines()[-1] == "With the practice: ¥1996"
