"""What the practice's rules answer: what is due, what comes back, what a move costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.money import share
from app.domain.policy import (
    BookingFacts,
    ClientFacts,
    due_now,
    intake_due,
    missed_since,
    outcome_of_cancelling,
    outcome_of_moving,
    outcome_of_our_cancelling,
    outcomes_at_desk,
)
from app.domain.policy_rules import (
    CancelBand,
    CancelRule,
    DepositRule,
    MoveBand,
    MoveRule,
    NoShowRule,
    Policy,
)

VISIT = datetime(2026, 11, 25, 16, 15, tzinfo=UTC)
PAID = BookingFacts(VISIT, paid_minor=1200)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("price", "deposit"),
    [(6000, 1200), (7500, 1500), (9000, 1500), (7499, 1499), (5555, 1111), (3999, 799), (4, 0), (0, 0)],
)
def test_the_shipped_deposit_is_15_pounds_or_a_fifth_whichever_is_lower_rounded_down(price: int, deposit: int) -> None:
    due = due_now(Policy(), price)
    assert (due.amount_minor, due.balance_minor) == (deposit, price - deposit)


@pytest.mark.parametrize(
    ("rule", "price", "amount"),
    [
        (DepositRule("none"), 6000, 0),
        (DepositRule("full"), 6000, 6000),
        (DepositRule("fixed", 2500), 6000, 2500),
        (DepositRule("fixed", 2500), 2000, 2000),
        (DepositRule("percent", percent=33), 1000, 330),
        (DepositRule("fixed", 1000, above_minor=3000), 3000, 0),
        (DepositRule("fixed", 1000, above_minor=3000), 3001, 1000),
    ],
)
def test_kinds_of_deposit(rule: DepositRule, price: int, amount: int) -> None:
    assert due_now(Policy(deposit=rule), price).amount_minor == amount


@pytest.mark.parametrize(
    ("asked_of", "returning", "no_shows", "asked"),
    [
        ("everyone", True, 0, True),
        ("new", True, 0, False),
        ("new", False, 0, True),
        ("new", None, 0, True),  # who has not said counts as new
        ("after_no_show", False, 0, False),
        ("after_no_show", True, 1, True),
        ("new_or_after_no_show", True, 0, False),
        ("new_or_after_no_show", True, 1, True),
        ("new_or_after_no_show", False, 0, True),
    ],
)
def test_whom_a_deposit_is_asked_of(asked_of: str, returning: bool | None, no_shows: int, asked: bool) -> None:
    policy = Policy(deposit=DepositRule("fixed", 1000, asked_of=asked_of))  # type: ignore[arg-type]
    assert (due_now(policy, 6000, ClientFacts(returning, no_shows)).amount_minor > 0) is asked


def test_repeated_missed_visits_mean_paying_first_or_phoning() -> None:
    prepay = Policy(no_show=NoShowRule(repeats=2, then="prepay"))
    assert due_now(prepay, 6000, ClientFacts(no_shows=1)).amount_minor == 1200
    again = due_now(prepay, 6000, ClientFacts(no_shows=2))
    assert (again.amount_minor, again.balance_minor, again.reason) == (6000, 0, "repeat_no_show")
    phone = due_now(Policy(no_show=NoShowRule(repeats=1, then="phone")), 6000, ClientFacts(no_shows=1))
    assert phone.by_phone
    assert not due_now(Policy(no_show=NoShowRule(then="none")), 6000, ClientFacts(no_shows=9)).by_phone


def test_shares_never_promise_more_than_the_percentage() -> None:
    for amount in range(500):
        assert share(amount, 20) * 100 <= amount * 20 < (share(amount, 20) + 1) * 100


def test_cancelling_is_free_up_to_exactly_24_hours_and_not_a_second_later() -> None:
    edge = VISIT - timedelta(hours=24)
    free = outcome_of_cancelling(Policy(), PAID, edge)
    assert (free.allowed, free.refund_minor, free.kept_minor, free.until) == (True, 1200, 0, edge)
    late = outcome_of_cancelling(Policy(), PAID, edge + SECOND)
    assert (late.allowed, late.refund_minor, late.kept_minor, late.until) == (True, 0, 1200, None)


@pytest.mark.parametrize("day", [(2027, 3, 28), (2027, 10, 31)])
def test_notice_is_elapsed_time_also_over_a_clock_change(day: tuple[int, int, int]) -> None:
    visit = datetime(*day, 10, tzinfo=ZoneInfo("Europe/London"))
    edge = visit.astimezone(UTC) - timedelta(hours=24)
    assert edge.astimezone(ZoneInfo("Europe/London")).hour != 10
    booking = BookingFacts(visit, 1200)
    assert outcome_of_cancelling(Policy(), booking, edge).refund_minor == 1200
    assert outcome_of_cancelling(Policy(), booking, edge + SECOND).kept_minor == 1200


def test_a_visit_that_has_begun_cannot_be_cancelled_or_moved() -> None:
    assert outcome_of_cancelling(Policy(), PAID, VISIT - SECOND).allowed
    assert outcome_of_cancelling(Policy(), PAID, VISIT).why == "started"
    assert not outcome_of_cancelling(Policy(), PAID, VISIT).allowed
    assert outcome_of_moving(Policy(), PAID, VISIT).why == "started"


def test_several_bands_with_credit_choice_and_a_fee() -> None:
    bands = (CancelBand(48, "choice"), CancelBand(24, "credit"), CancelBand(0, "kept"))
    policy = Policy(cancel=CancelRule(bands, fee_minor=200))
    early = outcome_of_cancelling(policy, PAID, VISIT - timedelta(hours=48))
    assert (early.choice, early.refund_minor, early.credit_minor, early.fee_minor) == (True, 1000, 1200, 200)
    middle = outcome_of_cancelling(policy, PAID, VISIT - timedelta(hours=48) + SECOND)
    assert (middle.returned, middle.credit_minor, middle.refund_minor, middle.fee_minor) == ("credit", 1200, 0, 0)
    assert middle.until == VISIT - timedelta(hours=24)
    assert outcome_of_cancelling(policy, PAID, VISIT - timedelta(hours=1)).kept_minor == 1200


def test_a_fee_never_takes_more_than_was_paid() -> None:
    policy = Policy(cancel=CancelRule((CancelBand(0, "money"),), fee_minor=5000))
    outcome = outcome_of_cancelling(policy, PAID, VISIT - timedelta(days=3))
    assert (outcome.refund_minor, outcome.fee_minor) == (0, 1200)


def test_by_phone_only_still_tells_the_amounts_for_whoever_answers() -> None:
    outcome = outcome_of_cancelling(Policy(cancel=CancelRule(by="phone")), PAID, VISIT - timedelta(days=3))
    assert (outcome.allowed, outcome.why, outcome.refund_minor) == (False, "phone_only", 1200)


def test_everything_comes_back_when_the_practice_cancels() -> None:
    assert outcome_of_our_cancelling(PAID).refund_minor == 1200


def test_moving_carries_the_deposit_then_asks_again_then_ends() -> None:
    policy = Policy(move=MoveRule((MoveBand(24, "carried"), MoveBand(6, "kept"), MoveBand(0, "refused")), allowed=2))
    day_before, six_before = VISIT - timedelta(hours=24), VISIT - timedelta(hours=6)
    assert outcome_of_moving(policy, PAID, day_before).deposit == "carried"
    again = outcome_of_moving(policy, PAID, day_before + SECOND)
    assert (again.allowed, again.due_again_minor, again.until) == (True, 1200, six_before)
    assert not outcome_of_moving(policy, PAID, six_before + SECOND).allowed
    moved_twice = BookingFacts(VISIT, 1200, moves_made=2)
    assert outcome_of_moving(policy, moved_twice, day_before).why == "moves_used"
    by_phone = Policy(move=MoveRule(by="phone"))
    assert outcome_of_moving(by_phone, PAID, day_before).why == "phone_only"


def test_health_questions_have_a_last_moment() -> None:
    assert intake_due(Policy(), VISIT) is None
    assert intake_due(Policy(intake_hours=3), VISIT) == VISIT - timedelta(hours=3)


@pytest.mark.parametrize(
    ("months", "now", "since"),
    [
        (12, datetime(2026, 11, 25, 9, tzinfo=UTC), datetime(2025, 11, 25, 9, tzinfo=UTC)),
        (6, datetime(2026, 8, 31, 9, tzinfo=UTC), datetime(2026, 2, 28, 9, tzinfo=UTC)),
        (12, datetime(2028, 2, 29, 9, tzinfo=UTC), datetime(2027, 2, 28, 9, tzinfo=UTC)),
        (1, datetime(2027, 1, 5, 9, tzinfo=UTC), datetime(2026, 12, 5, 9, tzinfo=UTC)),
    ],
)
def test_missed_visits_count_for_calendar_months(months: int, now: datetime, since: datetime) -> None:
    assert missed_since(Policy(no_show=NoShowRule(months=months)), now) == since


def test_at_the_desk_the_clients_rules_count_or_are_waived() -> None:
    late, early = VISIT - timedelta(hours=5), VISIT - timedelta(days=3)
    by_phone = Policy(cancel=CancelRule(by="phone"))
    for policy in (Policy(), by_phone):
        at_desk = outcomes_at_desk(policy, PAID, late)
        assert (at_desk["client"].kept_minor, at_desk["client"].refund_minor) == (1200, 0)
        assert at_desk["practice"].refund_minor == 1200
        assert list(outcomes_at_desk(policy, PAID, early)) == ["practice"], "both bring the same"
    assert list(outcomes_at_desk(Policy(), PAID, VISIT)) == ["practice"], "it has begun: nobody gives notice any more"
    assert list(outcomes_at_desk(Policy(), BookingFacts(VISIT, 0), late)) == ["practice"]
    either = Policy(cancel=CancelRule(bands=(CancelBand(0, "choice"),), fee_minor=200))
    at_desk = outcomes_at_desk(either, PAID, late)
    assert (at_desk["client"].refund_minor, at_desk["client"].fee_minor) == (1000, 200)
    assert (at_desk["client_credit"].credit_minor, at_desk["client_credit"].refund_minor) == (1200, 0)
