"""A deposit from the button to the confirmed booking, and everything that can be lost on the way."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.db.tables import StripeEventRow
from app.db.unit_of_work import reading
from app.domain.refusals import DepositNotPossible, DepositUncertain, HoldExpired
from app.services.booking.holds import release_expired_holds
from app.services.money.deposits import expire_deposit
from tests.integration.payments.conftest import BASE, SLOT, Desk


def confirmed_once(desk: Desk, booking: object) -> None:
    assert desk.booking_state(booking) == "confirmed"  # type: ignore[arg-type]
    assert desk.mails().count(f"mail:confirmed:{booking.id}") == 1  # type: ignore[attr-defined]
    assert desk.tasks() == []


def test_paid_and_told_by_webhook(desk: Desk) -> None:
    booking = desk.hold()
    assert desk.open(booking).startswith(desk.bench.url)
    desk.pay(booking)
    assert desk.booking_state(booking) == "held"
    assert set(desk.deliver()) == {204}
    confirmed_once(desk, booking)
    [row] = desk.deposits(booking)
    assert (row.state, row.amount_minor, row.currency) == ("paid", 1200, "GBP")
    assert row.pi_id
    assert row.charge_id


def test_paid_and_seen_on_the_way_back(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.apply(booking)
    confirmed_once(desk, booking)
    desk.deliver()  # the webhook comes after
    desk.poll()
    confirmed_once(desk, booking)


def test_paid_and_nobody_told_us(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    desk.poll()
    confirmed_once(desk, booking)


def test_twenty_deliveries_confirm_once(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.bench.world.faults.duplicate_next = 20
    desk.pay(booking)
    desk.deliver()
    desk.deliver()
    confirmed_once(desk, booking)
    with reading() as session:
        ids = list(session.scalars(select(StripeEventRow.event_id)))
    assert len(ids) == len(set(ids))


def test_nothing_private_goes_to_the_provider(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    sent = str(desk.bench.session(desk.deposits(booking)[0].session_id or ""))
    for private in ("Robin", "lower-back", "less stiff", "since Monday", "runner", "7946"):
        assert private not in sent
    assert booking.reference in sent


def test_pressing_twice_opens_one_page(desk: Desk) -> None:
    booking = desk.hold()
    assert desk.open(booking) == desk.open(booking)
    assert len(desk.deposits(booking)) == 1


def test_a_declined_card_keeps_the_time(desk: Desk) -> None:
    booking = desk.hold()
    url = desk.open(booking)
    desk.bench.decline(desk.deposits(booking)[0].session_id or "")
    desk.deliver()
    desk.poll()
    assert desk.booking_state(booking) == "held"
    assert desk.open(booking) == url
    desk.pay(booking)
    desk.deliver()
    confirmed_once(desk, booking)


def test_an_open_page_keeps_the_time_and_an_ended_one_gives_it_back(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.clock.advance(minutes=20)
    release_expired_holds(now=desk.clock.now)
    assert desk.booking_state(booking) == "held"
    desk.poll(minutes=20)
    assert desk.states(booking) == ["expired"]
    assert desk.booking_state(booking) == "released"
    assert desk.cells(booking) == 0
    assert desk.mails() == []


@pytest.mark.parametrize("fault", ["error_before", "error_after", "lose_answer", "down", "rate_limit"])
def test_no_answer_when_opening_is_asked_again_with_the_same_key(desk: Desk, fault: str) -> None:
    booking = desk.hold()
    desk.fault(fault, "/v1/checkout/sessions", times=3)  # type: ignore[arg-type]
    try:
        desk.open(booking)
    except DepositUncertain:
        assert desk.states(booking) == ["creating"]
        assert desk.booking_state(booking) == "held"
        release_expired_holds(now=desk.clock.advance(minutes=15))
        assert desk.booking_state(booking) == "held"  # someone may be able to pay for it
    desk.bench.world.faults.api.clear()
    for _ in range(8):
        desk.poll(minutes=1)
    desk.open(booking)
    desk.pay(booking)
    desk.deliver()
    confirmed_once(desk, booking)
    assert [row.state for row in desk.deposits(booking)].count("paid") == 1


def test_a_definite_no_tells_staff_and_leaves_the_time_to_its_visitor(desk: Desk) -> None:
    booking = desk.hold()
    desk.checkout._key = "sk_wrong"  # type: ignore[attr-defined]
    with pytest.raises(DepositNotPossible):
        desk.open(booking)
    assert desk.states(booking) == ["failed"]
    assert desk.booking_state(booking) == "held"
    assert desk.tasks() == ["deposit.rejected"]


def test_a_hold_that_ran_out_for_good_is_not_charged(desk: Desk) -> None:
    booking = desk.hold()
    desk.clock.advance(hours=3)
    with pytest.raises(HoldExpired):
        desk.open(booking)
    assert desk.deposits(booking) == []


def test_paid_late_takes_the_same_time_again_when_it_is_free(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    session_id = desk.pay(booking)
    give_time_away(desk, booking)
    desk.apply(booking)
    confirmed_once(desk, booking)
    assert desk.cells(booking) > 0
    assert session_id


def test_paid_late_and_the_time_is_gone_gives_all_of_it_back(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    give_time_away(desk, booking)
    winner = desk.hold(visitor="someone else")
    desk.open(winner)
    desk.pay(winner)
    desk.deliver()
    assert desk.booking_state(winner) == "confirmed"
    assert desk.states(booking) == ["paid_conflict"]
    assert desk.booking_state(booking) == "released"
    assert desk.tasks() == ["deposit.conflict"]
    desk.poll()
    assert desk.refunds() == [(1200, "succeeded")]
    assert len([key for key in desk.mails() if key.startswith("mail:payment_conflict:")]) == 1
    desk.poll()
    desk.deliver()
    assert desk.refunds() == [(1200, "succeeded")]


@pytest.mark.parametrize("fault", ["error_after", "lose_answer", "down", "error_before"])
def test_a_refund_whose_answer_is_lost_is_sent_once(desk: Desk, fault: str) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    give_time_away(desk, booking)
    desk.hold(visitor="someone else")
    desk.apply(booking)
    desk.fault(fault, "/v1/refunds", times=3)  # type: ignore[arg-type]
    desk.poll()
    desk.bench.world.faults.api.clear()
    for _ in range(6):
        desk.poll(minutes=10)
    payment = desk.deposits(booking)[0].pi_id or ""
    made = desk.checkout.list_refunds(payment)
    assert [refund.amount_minor for refund in made] == [1200]
    assert [amount for amount, _ in desk.refunds()] == [1200]


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [("amount_minor", 1300, "amount"), ("currency", "EUR", "currency"), ("livemode", True, "mode")],
)
def test_a_payment_that_is_not_as_asked_is_never_believed(desk: Desk, field: str, value: object, named: str) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    change_deposit(desk, booking, field, value)
    desk.apply(booking)
    assert desk.booking_state(booking) == "held"
    assert desk.tasks() == ["deposit.mismatch"]
    assert named in (desk.deposits(booking)[0].problem or "")


def test_another_bookings_session_confirms_nothing_here(desk: Desk) -> None:
    mine, other = desk.hold(), desk.hold(visitor="other", starts_at=SLOT.replace(hour=14))
    desk.open(mine)
    desk.open(other)
    desk.pay(other)
    desk.deliver()
    assert desk.booking_state(other) == "confirmed"
    assert desk.booking_state(mine) == "held"


def test_giving_up_closes_the_page_first(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    outcome = expire_deposit(booking.id, desk.checkout, base_url=BASE, now=desk.clock.now)
    assert outcome is not None
    assert outcome.state == "expired"
    assert desk.booking_state(booking) == "released"
    assert desk.bench.session(desk.deposits(booking)[0].session_id or "")["status"] == "expired"


def test_giving_up_a_moment_after_paying_means_booked(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.pay(booking)
    outcome = expire_deposit(booking.id, desk.checkout, base_url=BASE, now=desk.clock.now)
    assert outcome is not None
    assert outcome.state == "paid"
    confirmed_once(desk, booking)


def test_giving_up_while_the_provider_is_away_keeps_the_time(desk: Desk) -> None:
    booking = desk.hold()
    desk.open(booking)
    desk.fault("down", "/v1/checkout/sessions", times=9)
    with pytest.raises(DepositUncertain):
        expire_deposit(booking.id, desk.checkout, base_url=BASE, now=desk.clock.now)
    assert desk.booking_state(booking) == "held"


def give_time_away(desk: Desk, booking: object) -> None:
    """What must never happen by itself, done by hand: the time of a hold that may still be paid is given back."""
    from app.db.queries.bookings import drop_cells, get_locked, set_state
    from app.db.unit_of_work import unit_of_work

    with unit_of_work() as session:
        row = get_locked(session, booking.id)  # type: ignore[attr-defined]
        assert row is not None
        set_state(row, "released", now=desk.clock.now)
        session.flush()
        drop_cells(session, [row.id])


def change_deposit(desk: Desk, booking: object, field: str, value: object) -> None:
    from app.db.tables import DepositRow
    from app.db.unit_of_work import unit_of_work

    deposit_id = desk.deposits(booking)[0].id  # type: ignore[arg-type]
    with unit_of_work() as session:
        setattr(session.get_one(DepositRow, deposit_id), field, value)
