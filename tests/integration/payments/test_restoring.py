"""The chapter 'After a lost database' of docs/payments.md, tried: everything is deleted, and put back from Stripe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.base import db
from app.db.tables import BookingRow, OutboxRow, StaffTaskRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Booking
from app.domain.ledger import owner_of
from app.services.booking.bookings import read_booking
from app.services.manage.changes import cancel_booking
from app.services.money.audit import audit_money
from app.services.money.restoring import RestoreReport, restore_paid
from app.services.money.story import read_story
from dev.stripe_sandbox import refunds
from tests.diary_checks import diary_faults
from tests.factories.booking import make_confirmed, make_detailed_hold
from tests.factories.catalogue import make_catalogue, make_practitioner
from tests.integration.payments.conftest import SLOT, Desk


def book(desk: Desk, name: str, starts_at: datetime, **wish: Any) -> Booking:
    booking = make_detailed_hold(now=desk.clock.now, starts_at=starts_at, visitor=name, **wish)
    desk.open(booking)
    desk.pay(booking)
    desk.deliver()
    return booking


def lose_everything() -> None:
    with unit_of_work() as session:
        for table in reversed(db.metadata.sorted_tables):
            if table.name == "booking":  # its rows name each other
                session.execute(table.update().values(lead_id=None))
            session.execute(table.delete())


def restore(desk: Desk) -> RestoreReport:
    return restore_paid(make_catalogue(), desk.checkout, now=desk.clock.now, days=180)


@dataclass(frozen=True)
class Kept:
    """What of a booking must come back."""

    reference: str
    state: str
    treatment: str
    practitioner: str
    starts_at: datetime
    ends_at: datetime
    busy_until: datetime
    price_minor: int
    deposit_minor: int
    owner: str
    balance_minor: int


def everything() -> list[Kept]:
    with reading() as session:
        rows = list(session.scalars(select(BookingRow).order_by(BookingRow.reference)))
        session.expunge_all()
    return [
        Kept(
            row.reference, row.state, row.treatment, row.practitioner, row.starts_at, row.ends_at, row.busy_until,
            row.price_minor, row.deposit_minor, owner_of(row.client_email or ""),
            read_story(row.reference).balance_minor,
        )
        for row in rows
    ]  # fmt: skip


@pytest.fixture
def practice(desk: Desk) -> list[Kept]:
    """Two visits ahead, one cancelled and refunded, one in the past; and everything is gone."""
    past = book(desk, "past", SLOT)
    desk.clock.now = SLOT + timedelta(hours=3)
    for number, name in enumerate(("ann", "ben", "cat")):
        book(desk, name, SLOT + timedelta(days=1, hours=2 * number))
    with reading() as session:
        cat = session.scalars(select(BookingRow.id).order_by(BookingRow.id.desc())).first()
    assert cat is not None
    cancel_booking(cat, 1, now=desk.clock.now)
    desk.poll()
    assert past.starts_at < desk.clock.now
    before = everything()
    assert [one.state for one in before].count("confirmed") == 3
    lose_everything()
    assert everything() == []
    return before


def test_what_was_paid_comes_back_as_it_was(desk: Desk, practice: list[Kept]) -> None:
    report = restore(desk)
    assert everything() == practice
    assert (report.known, sorted(report.restored), report.by_hand) == (0, [one.reference for one in practice], ())
    assert diary_faults() == []
    desk.clock.advance(hours=1)
    audit = audit_money(desk.checkout, now=desk.clock.now)
    assert (audit.checked, audit.differences) == (5, ())
    assert desk.tasks() == []


def test_run_again_it_adds_nothing(desk: Desk, practice: list[Kept]) -> None:
    restore(desk)
    again = restore(desk)
    assert (again.known, again.restored, again.by_hand) == (4, (), ())
    assert everything() == practice
    assert len(desk.mails()) == 2


def test_only_those_with_a_visit_ahead_are_written_to(desk: Desk, practice: list[Kept], app: Flask) -> None:
    restore(desk)
    with reading() as session:
        ahead = session.scalars(
            select(BookingRow.id).where(BookingRow.state == "confirmed", BookingRow.starts_at > desk.clock.now)
        ).all()
    assert sorted(desk.mails()) == sorted(f"mail:restored:{booking_id}" for booking_id in ahead)
    assert app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0
    with reading() as session:
        assert session.scalars(select(OutboxRow.id).where(OutboxRow.done_at.is_(None))).all() == []


def test_an_old_link_does_not_open_somebody_else_s_booking(desk: Desk, practice: list[Kept]) -> None:
    restore(desk)
    later = make_confirmed(now=desk.clock.now, starts_at=SLOT + timedelta(days=2), visitor="later")
    with reading() as session:
        ids = set(session.scalars(select(BookingRow.id)))
    assert not ids & set(range(100_000)), "numbers that were given before are not given again"
    assert later.id == max(ids)
    assert read_booking(later.id, 1).id == later.id


def test_a_restored_booking_can_be_cancelled_and_its_money_goes_back(desk: Desk, practice: list[Kept]) -> None:
    restore(desk)
    with reading() as session:
        wanted = select(BookingRow.id).where(BookingRow.starts_at > desk.clock.now, BookingRow.state == "confirmed")
        booking_id = session.scalars(wanted.order_by(BookingRow.starts_at)).first()
    assert booking_id is not None
    desk.clock.now -= timedelta(hours=20)
    cancel_booking(booking_id, 1, now=desk.clock.now)
    desk.poll()
    assert (1200, "succeeded") in desk.refunds()


class TestLeftForPeople:
    def test_a_time_that_somebody_else_has_by_now(self, desk: Desk, app: Flask) -> None:
        lost = book(desk, "ann", SLOT)
        lose_everything()
        make_confirmed(now=desk.clock.now, starts_at=SLOT, visitor="quick")
        result = app.test_cli_runner().invoke(args=["money", "restore-from-stripe"])
        assert result.exit_code == 1
        assert result.output.splitlines()[-1] == "0 known, 0 put back, 1 by hand"
        [told] = _messages()
        assert lost.reference in told
        assert "its time is taken by now. Write to robin@example.org" in told
        assert diary_faults() == []

    def test_a_payment_from_before_times_were_told(self, desk: Desk) -> None:
        booking = book(desk, "ann", SLOT)
        session_id = desk.deposits(booking)[0].session_id or ""
        there = desk.bench.session(session_id)
        there["metadata"].pop("visits")
        desk.bench.act(lambda world: world.store.put("checkout.session", there))
        lose_everything()
        report = restore(desk)
        assert (report.restored, len(report.by_hand)) == ((), 1)
        assert "Stripe does not know its time" in _messages()[0]

    def test_a_part_that_had_gone_back(self, desk: Desk) -> None:
        booking = book(desk, "ann", SLOT)
        desk.bench.act(refunds.create, {"payment_intent": desk.deposits(booking)[0].pi_id, "amount": 500})
        lose_everything()
        assert restore(desk).restored == (booking.reference,)
        assert desk.tasks() == ["restore.part_refunded"]
        assert read_story(booking.reference).balance_minor == 700

    def test_without_stripe_it_says_so_and_can_be_run_again(self, desk: Desk, app: Flask) -> None:
        book(desk, "ann", SLOT)
        lose_everything()
        desk.fault("down", times=9, method="*")
        result = app.test_cli_runner().invoke(args=["money", "restore-from-stripe"])
        assert result.exit_code == 1
        assert "Run it again" in result.output


def test_a_visit_that_is_no_longer_sold_keeps_its_time(desk: Desk) -> None:
    booking = book(desk, "ann", SLOT)
    lose_everything()
    other = make_catalogue()
    changed = replace(other, treatments={}, practitioners={"sam": make_practitioner("sam", rooms=("a", "b"))})
    assert restore_paid(changed, desk.checkout, now=desk.clock.now, days=9).restored == (booking.reference,)
    [kept] = everything()
    assert (kept.treatment, kept.starts_at) == ("restored", SLOT)


def test_stripe_is_told_when_and_with_whom_and_nothing_else(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    told = desk.bench.session(desk.deposits(booking)[0].session_id or "")["metadata"]
    assert set(told) == {"deposit", "booking", "visits"}
    assert told["visits"] == f"{booking.reference}@2026-11-25T10:00Z/60/sam/6000/1200"


def _messages() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(StaffTaskRow.message).order_by(StaffTaskRow.id)))
