"""Credit: used first, in part or whole, given back first, and a secret of whoever reads the client's mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.base import db
from app.db.tables import BookingRow, LedgerEntryRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Booking
from app.domain.money import Collected
from app.domain.policy_rules import CancelBand, CancelRule, Policy
from app.domain.policy_snapshot import to_snapshot
from app.domain.refusals import BookingNotFound, DepositUncertain, NotMarkable
from app.services.booking.bookings import get_booking, record_details
from app.services.booking.holds import release_expired_holds
from app.services.manage.changes import cancel_booking, cancel_by_practice
from app.services.manage.letters import read_letter_facts
from app.services.manage.link_mails import renew_link, send_links_to
from app.services.money.credit import plan_payment, read_credit, take_credit
from app.services.money.deposits import open_deposit
from tests.factories.booking import CLIENT, REASON, make_detailed_hold, make_hold, make_terms, visitor_digest
from tests.integration.payments.conftest import BASE, SLOT, Desk
from tests.integration.payments.test_paying import give_time_away

AS_CREDIT = Policy(cancel=CancelRule(bands=(CancelBand(0, "credit"),)))
AS_MONEY = Policy(cancel=CancelRule(bands=(CancelBand(0, "money"),), fee_minor=200))
KEEPS = Policy(cancel=CancelRule(bands=(CancelBand(0, "kept"),)))


def hold(desk: Desk, hours: int, visitor: str, policy: Policy = AS_MONEY, deposit: int = 1200) -> Booking:
    """A hold with the client's details, whose deposit is `deposit` by a rule of its own."""
    rule = replace(policy, deposit=replace(policy.deposit, kind="fixed" if deposit else "none", amount_minor=deposit))
    return make_detailed_hold(
        now=desk.clock.now,
        starts_at=SLOT + timedelta(hours=hours),
        visitor=visitor,
        terms=make_terms(policy=to_snapshot(rule), deposit_minor=deposit),
    )


@pytest.fixture
def source(desk: Desk) -> Booking:
    """A cancelled booking whose 12 pounds became credit. Its link is the proof."""
    booking = hold(desk, 0, "first", AS_CREDIT)
    desk.open(booking)
    desk.pay(booking)
    desk.apply(booking)
    cancel_booking(booking.id, 1, now=desk.clock.now)
    return get_booking(booking.id)


def pay_by(desk: Desk, booking: Booking, source: Booking) -> str:
    proof = (source.id, source.link_version)
    return open_deposit(booking.id, desk.checkout, base_url=BASE, now=desk.clock.now, proof=proof)


def credit() -> int:
    return sum(line.amount_minor for line in read_credit(CLIENT.email))


def test_whole_deposit_from_credit_needs_no_payment_page(desk: Desk, source: Booking) -> None:
    booking = hold(desk, 2, "second")
    assert pay_by(desk, booking, source) == f"{BASE}/book/return"
    assert desk.booking_state(booking) == "confirmed"
    assert desk.deposits(booking) == []
    assert f"mail:confirmed:{booking.id}" in desk.mails()
    money = read_letter_facts(booking.id)
    assert (money.booking.paid_minor, money.from_credit_minor, money.credit_left_minor) == (1200, 1200, 0)
    assert credit() == 0


def test_credit_first_and_the_rest_by_card(desk: Desk, source: Booking) -> None:
    booking = hold(desk, 2, "second", deposit=2000)
    assert plan_payment(booking.id, (source.id, 1)).collected == Collected(1200, 800)
    assert pay_by(desk, booking, source).startswith(desk.bench.url)
    assert [row.amount_minor for row in desk.deposits(booking)] == [800]
    assert plan_payment(booking.id, None).collected == Collected(1200, 800), "an open page keeps its amount"
    desk.pay(booking)
    desk.deliver()
    assert (desk.booking_state(booking), get_booking(booking.id).paid_minor) == ("confirmed", 2000)
    assert desk.tasks() == []


def test_a_rest_too_small_for_a_card_is_paid_on_the_day(desk: Desk, source: Booking) -> None:
    booking = hold(desk, 2, "second", deposit=1220)
    pay_by(desk, booking, source)
    confirmed = get_booking(booking.id)
    assert (confirmed.state, confirmed.paid_minor, confirmed.balance_minor) == ("confirmed", 1200, 4800)


def test_credit_that_is_larger_stays_for_the_next_time(desk: Desk, source: Booking) -> None:
    booking = hold(desk, 2, "second", deposit=500)
    pay_by(desk, booking, source)
    assert (get_booking(booking.id).paid_minor, credit()) == (500, 700)
    again = hold(desk, 4, "third", deposit=500)
    pay_by(desk, again, source)
    assert credit() == 200


def test_two_bookings_at_once_share_what_is_there(desk: Desk, source: Booking) -> None:
    one, other = hold(desk, 2, "second"), hold(desk, 4, "third")
    pay_by(desk, one, source)
    assert pay_by(desk, other, source).startswith(desk.bench.url)
    assert [row.amount_minor for row in desk.deposits(other)] == [1200]
    assert credit() == 0


def test_many_at_the_same_instant_use_it_once(desk: Desk, source: Booking, app: Flask) -> None:
    holds = [hold(desk, 2 * n, f"visitor {n}") for n in range(1, 4)]
    start = Barrier(len(holds))

    def press(booking: Booking) -> None:
        with app.app_context():
            start.wait(10)
            pay_by(desk, booking, source)
            db.session.remove()

    threads = [Thread(target=press, args=(booking,)) for booking in holds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(desk.booking_state(booking) for booking in holds) == ["confirmed", "held", "held"]
    assert credit() == 0


def test_given_back_first_when_that_booking_is_cancelled(desk: Desk, source: Booking) -> None:
    booking = hold(desk, 2, "second", deposit=2000)
    pay_by(desk, booking, source)
    desk.pay(booking)
    desk.deliver()
    _, outcome = cancel_booking(booking.id, 1, now=desk.clock.now)
    # the fee is withheld from the card, never from credit
    assert (outcome.refund_minor, outcome.credit_again_minor, outcome.fee_minor) == (600, 1200, 200)
    desk.poll()
    assert desk.refunds() == [(600, "succeeded")]
    assert credit() == 1200
    letter = read_letter_facts(booking.id)
    assert (letter.returning_minor, letter.credit_minor, letter.kept_minor) == (600, 1200, 200)
    assert letter.booking.paid_minor == 0


@pytest.mark.parametrize("by_practice", [True, False])
def test_what_was_all_credit_is_all_credit_again(desk: Desk, source: Booking, by_practice: bool) -> None:
    booking = hold(desk, 2, "second")
    pay_by(desk, booking, source)
    if by_practice:
        cancel_by_practice(booking.id, now=desk.clock.now)
    else:
        _, outcome = cancel_booking(booking.id, 1, now=desk.clock.now)
        assert (outcome.returned, outcome.choice, outcome.fee_minor) == ("credit", False, 0)
    assert (credit(), desk.refunds()) == (1200, [])


def test_kept_is_kept_whatever_it_was_paid_with(desk: Desk, source: Booking) -> None:
    booking = hold(desk, 2, "second", KEEPS)
    pay_by(desk, booking, source)
    cancel_booking(booking.id, 1, now=desk.clock.now)
    assert credit() == 0
    assert read_letter_facts(booking.id).kept_minor == 1200


class TestWhoMayUseIt:
    def test_knowing_the_address_is_not_enough(self, desk: Desk, source: Booking) -> None:
        booking = hold(desk, 2, "stranger")
        plain = plan_payment(booking.id, None)
        assert (plain.collected, plain.left_minor, plain.elsewhere) == (Collected(0, 1200), 0, False)
        assert desk.open(booking).startswith(desk.bench.url)
        assert credit() == 1200

    def test_a_link_opens_nothing_for_another_address(self, desk: Desk, source: Booking) -> None:
        make_hold(now=desk.clock.now, starts_at=SLOT + timedelta(hours=2), visitor="second")
        other = replace(CLIENT, email="someone@else.example")
        booking = record_details(
            visitor_digest("second"), other, REASON, gate_version="1", gate_passed_at=desk.clock.now, now=desk.clock.now
        )
        plan = plan_payment(booking.id, (source.id, 1))
        assert (plan.collected, plan.elsewhere) == (Collected(0, 1200), True)
        assert pay_by(desk, booking, source).startswith(desk.bench.url)

    def test_capitals_make_no_difference(self, desk: Desk, source: Booking) -> None:
        make_hold(now=desk.clock.now, starts_at=SLOT + timedelta(hours=2), visitor="second")
        shouted = replace(CLIENT, email=CLIENT.email.upper())
        booking = record_details(
            visitor_digest("second"),
            shouted,
            REASON,
            gate_version="1",
            gate_passed_at=desk.clock.now,
            now=desk.clock.now,
        )
        assert plan_payment(booking.id, (source.id, 1)).collected == Collected(1200, 0)

    def test_a_revoked_link_and_one_that_was_never_sent_open_nothing(self, desk: Desk, source: Booking) -> None:
        booking = hold(desk, 2, "second")
        renew_link(source.id, 1, now=desk.clock.now)
        for proof in ((source.id, 1), (booking.id, 1), (999, 1)):
            assert plan_payment(booking.id, proof).collected.credit_minor == 0

    def test_other_currencies_are_other_money(self, desk: Desk, source: Booking) -> None:
        booking = hold(desk, 2, "second")
        with unit_of_work() as session:
            session.get_one(BookingRow, booking.id).currency = "EUR"
        assert plan_payment(booking.id, (source.id, 1)).collected.credit_minor == 0


class TestGivenUp:
    def test_a_hold_that_is_given_up_has_used_nothing(self, desk: Desk, source: Booking) -> None:
        booking = hold(desk, 2, "second", deposit=2000)
        pay_by(desk, booking, source)
        assert credit() == 0
        desk.poll(minutes=40)
        release_expired_holds(now=desk.clock.now)
        assert desk.booking_state(booking) == "released"
        assert credit() == 1200

    def test_paid_late_and_the_credit_is_gone_the_rest_is_due_on_the_day(self, desk: Desk, source: Booking) -> None:
        late = hold(desk, 2, "second", deposit=2000)
        pay_by(desk, late, source)
        desk.pay(late)
        give_time_away(desk, late)
        quick = hold(desk, 4, "third")
        pay_by(desk, quick, source)
        assert desk.booking_state(quick) == "confirmed"
        desk.deliver()
        assert desk.booking_state(late) == "confirmed"
        assert (get_booking(late.id).paid_minor, get_booking(quick.id).paid_minor, credit()) == (800, 1200, 0)

    def test_another_address_before_paying_gives_the_credit_back(self, desk: Desk, source: Booking) -> None:
        booking = hold(desk, 2, "second", deposit=2000)
        desk.fault("down", "/v1/checkout/sessions", times=30, method="*")
        with pytest.raises(DepositUncertain):
            pay_by(desk, booking, source)
        with unit_of_work() as session:
            session.get_one(BookingRow, booking.id).client_email = "someone@else.example"
        for _ in range(8):
            desk.poll(minutes=1)
        desk.bench.world.faults.api.clear()
        pay_by(desk, booking, source)
        assert credit() == 1200
        assert desk.deposits(booking)[-1].amount_minor == 2000


class TestAtTheDesk:
    def test_credit_pays_what_is_left_of_a_visit(self, desk: Desk, source: Booking, app: Flask) -> None:
        booking = hold(desk, 2, "second", deposit=0)
        desk.open(booking)
        said = app.test_cli_runner().invoke(args=["money", "credit", CLIENT.email.upper()]).output
        assert said.splitlines()[-1] == "Credit: £12.00"
        said = app.test_cli_runner().invoke(args=["money", "take-credit", booking.reference.lower()]).output
        assert said.strip() == f"£12.00 of {booking.reference} is paid from credit."
        assert (get_booking(booking.id).balance_minor, credit()) == (4800, 0)
        assert take_credit(booking.reference, now=desk.clock.now) == 0

    def test_only_for_visits_that_are_booked(self, desk: Desk, source: Booking, app: Flask) -> None:
        with pytest.raises(NotMarkable):
            take_credit(source.reference, now=desk.clock.now)
        with pytest.raises(BookingNotFound):
            take_credit("NOTHING1", now=desk.clock.now)
        for reference in (source.reference, "NOTHING1"):
            assert app.test_cli_runner().invoke(args=["money", "take-credit", reference]).exit_code == 2


def test_lost_links_are_found_again_with_their_credit(desk: Desk, source: Booking) -> None:
    assert send_links_to("nobody@client.example", now=desk.clock.now) == 0
    before = desk.mails()
    send_links_to(CLIENT.email, now=desk.clock.now)
    send_links_to(CLIENT.email, now=desk.clock.now)
    assert [key for key in desk.mails() if key not in before] == [f"mail:credit:{source.id}:{desk.clock.now:%Y%m%d%H}"]


def test_balances_are_sums_of_rows_that_are_only_added(desk: Desk, source: Booking) -> None:
    booking = hold(desk, 2, "second")
    pay_by(desk, booking, source)
    cancel_booking(booking.id, 1, now=desk.clock.now)
    with reading() as session:
        rows = list(session.scalars(select(LedgerEntryRow).order_by(LedgerEntryRow.id)))
        told = [(row.kind, row.amount_minor, row.owner) for row in rows]
    assert told == [
        ("credit_given", 1200, CLIENT.email),
        ("credit_used", -1200, CLIENT.email),
        ("credit_returned", 1200, CLIENT.email),
    ]
