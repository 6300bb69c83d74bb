"""What is due is settled when it is known who comes: by the rules the time was held under."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.db.queries.bookings import get_locked, set_state
from app.db.unit_of_work import unit_of_work
from app.domain.booking import Booking
from app.domain.policy_rules import DepositRule, NoShowRule, Policy
from app.domain.policy_snapshot import to_snapshot
from app.domain.refusals import PhoneOnly
from app.services.booking.bookings import get_booking, record_details
from app.services.booking.holds import find_hold
from tests.conftest import MovableClock
from tests.factories.booking import CLIENT, REASON, make_deposit_row, make_hold, make_terms, visitor_digest

TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("app")


def miss_a_visit(email: str, on: datetime, *, now: datetime) -> None:
    """A visit of long ago that `email` did not come to."""
    booking = make_hold(now=on - timedelta(days=3), starts_at=on, visitor=f"earlier-{on:%Y%m%d%H}")
    with unit_of_work() as session:
        row = get_locked(session, booking.id)
        assert row is not None
        row.client_email = email
        set_state(row, "confirmed", now=now)
        set_state(row, "no_show", now=now)


def book(policy: Policy, *, now: datetime, email: str = CLIENT.email, returning: bool = True) -> Booking:
    """Hold ten o'clock under `policy`, then say who comes."""
    make_hold(now=now, starts_at=TEN, terms=make_terms(policy=to_snapshot(policy)))
    return give_details(now=now, email=email, returning=returning)


def give_details(*, now: datetime, email: str = CLIENT.email, returning: bool = True) -> Booking:
    return record_details(
        visitor_digest(),
        replace(CLIENT, email=email, returning=returning),
        REASON,
        gate_version="1",
        gate_passed_at=now,
        now=now,
    )


def test_a_deposit_for_new_clients_is_not_asked_of_returning_ones(clock: MovableClock) -> None:
    policy = Policy(deposit=DepositRule("fixed", 2000, asked_of="new"))
    assert book(policy, now=clock(), returning=True).deposit_minor == 0
    assert give_details(now=clock(), returning=False).deposit_minor == 2000


def test_after_two_missed_visits_the_price_is_paid_first(clock: MovableClock) -> None:
    miss_a_visit(CLIENT.email.upper(), datetime(2026, 3, 4, 10, tzinfo=UTC), now=clock())
    assert book(Policy(), now=clock()).deposit_minor == 1200
    miss_a_visit(CLIENT.email, datetime(2026, 3, 11, 10, tzinfo=UTC), now=clock())
    assert give_details(now=clock()).deposit_minor == 6000
    assert give_details(now=clock(), email="someone.else@example.org").deposit_minor == 1200


def test_missed_visits_of_long_ago_are_forgiven(clock: MovableClock) -> None:
    for hour in (10, 12):
        miss_a_visit(CLIENT.email, datetime(2025, 11, 19, hour, tzinfo=UTC), now=clock())
    assert book(Policy(), now=clock()).deposit_minor == 1200


def test_where_only_a_call_helps_nothing_is_written(clock: MovableClock) -> None:
    miss_a_visit(CLIENT.email, datetime(2026, 3, 4, 10, tzinfo=UTC), now=clock())
    with pytest.raises(PhoneOnly):
        book(Policy(no_show=NoShowRule(repeats=1, then="phone")), now=clock())
    hold = find_hold(visitor_digest(), now=clock())
    assert hold is not None
    assert hold.client is None


def test_a_payment_under_way_keeps_its_amount(clock: MovableClock) -> None:
    booking = book(Policy(), now=clock())
    make_deposit_row(booking, now=clock())
    for hour in (10, 12):
        miss_a_visit("robin.other@example.org", datetime(2026, 3, 4, hour, tzinfo=UTC), now=clock())
    assert give_details(now=clock(), email="robin.other@example.org").deposit_minor == 1200
    assert get_booking(booking.id).deposit_minor == 1200
