"""Whoever looks after unsettled money: one at a time, in bounded batches, and everybody can see how it is doing."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.db.base import db
from app.db.tables import DepositRow, MoneyAuditRow, StaffTaskRow
from app.db.unit_of_work import reading, unit_of_work
from app.services.money.audit import audit_money
from app.services.money.reconciliation import reconcile_deposits
from app.services.upkeep.worker_steps import claim_turn
from tests.integration.payments.conftest import BASE, SLOT, Desk

WORKERS = 5


def figures(desk: Desk) -> dict[str, float]:
    lines = desk.client.get("/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def money(desk: Desk) -> dict[str, object]:
    return desk.client.get("/readyz").get_json()["money"]  # type: ignore[no-any-return]


def test_of_many_workers_one_compares(desk: Desk, app: Flask) -> None:
    start, turns = Barrier(WORKERS), list[bool]()

    def ask() -> None:
        with app.app_context():
            start.wait(10)
            turns.append(claim_turn("money audit", every=timedelta(days=1), now=desk.clock.now))
            db.session.remove()

    threads = [Thread(target=ask) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(turns) == [False] * (WORKERS - 1) + [True]


def test_a_batch_is_bounded_and_the_longest_waiting_come_first(desk: Desk) -> None:
    bookings = [desk.hold(name, SLOT + timedelta(hours=2 * n)) for n, name in enumerate(("ann", "ben", "cat"))]
    for booking in bookings:
        desk.open(booking)
        desk.clock.advance(seconds=10)
    for booking in bookings:
        desk.pay(booking)
    desk.clock.advance(minutes=5)
    assert reconcile_deposits(desk.checkout, base_url=BASE, now=desk.clock.now, limit=2) == 2
    assert [desk.booking_state(booking) for booking in bookings] == ["confirmed", "confirmed", "held"]
    assert reconcile_deposits(desk.checkout, base_url=BASE, now=desk.clock.now, limit=2) == 1
    assert reconcile_deposits(desk.checkout, base_url=BASE, now=desk.clock.now, limit=2) == 0


class TestSeenFromOutside:
    def test_all_is_well(self, desk: Desk) -> None:
        assert money(desk)["late"] is False
        audit_money(desk.checkout, now=desk.clock.now)
        desk.clock.advance(minutes=10)
        assert money(desk) == {
            "compared_s": 600,
            "checked": 0,
            "differences": 0,
            "lag_s": {"events": 0, "deposits": 0, "refunds": 0},
            "late": False,
        }
        seen = figures(desk)
        assert seen["practice_money_audit_age_seconds"] == 600
        assert seen["practice_money_audit_differences"] == 0

    def test_nobody_looks_after_it(self, desk: Desk) -> None:
        booking = desk.hold()
        desk.open(booking)
        desk.pay(booking)
        desk.bench.deliver(desk.client)
        desk.clock.advance(minutes=30)
        seen, lag = figures(desk), money(desk)["lag_s"]
        assert isinstance(lag, dict)
        assert lag["deposits"] == seen['practice_money_lag_seconds{what="deposits"}'] == 29 * 60
        assert lag["events"] == seen['practice_money_lag_seconds{what="events"}'] == 30 * 60
        assert money(desk)["late"] is True
        desk.deliver()
        desk.poll(0)
        assert money(desk)["lag_s"] == {"events": 0, "deposits": 0, "refunds": 0}

    def test_nobody_has_compared_for_two_days(self, desk: Desk) -> None:
        audit_money(desk.checkout, now=desk.clock.now)
        desk.clock.advance(days=2)
        assert money(desk)["late"] is True

    def test_differences_are_told(self, desk: Desk) -> None:
        with unit_of_work() as session:
            session.add(MoneyAuditRow(run_at=desk.clock.now, checked=7, differences=2))
        assert (money(desk)["checked"], money(desk)["differences"]) == (7, 2)
        assert figures(desk)["practice_money_audit_differences"] == 2


@pytest.mark.parametrize("changes", [{"session_id": "cs_x", "reference": "dep_x"}, {"amount_minor": 1100}])
def test_each_difference_is_one_task_that_says_what_to_do(desk: Desk, changes: dict[str, object]) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.deliver()
    desk.clock.advance(hours=1)
    with unit_of_work() as session:
        session.execute(update(DepositRow).values(**changes))
    for _ in range(2):
        report = audit_money(desk.checkout, now=desk.clock.now)
    with reading() as session:
        told = list(session.scalars(select(StaffTaskRow.message)))
    assert sorted(told) == sorted(one.words for one in report.differences)
    assert told
    for words in told:
        assert re.search(r"\b(Run|Do not rely|Stripe is right|Send|Pay|Look)\b", words), words
