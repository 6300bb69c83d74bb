"""Amounts in currencies with and without pence: how they are written, rounded, and paid from credit and card."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import SMALLEST_CARD, ZERO_DECIMAL, collect, decimals, share, smallest_card
from app.domain.policy import due_now
from app.domain.policy_problems import policy_problems
from app.domain.policy_rules import DepositRule, Policy
from app.domain.wording import money, money_short, plain_amount
from dev.stripe_sandbox import money as stripe

CURRENCIES = st.sampled_from(sorted(SMALLEST_CARD))
AMOUNTS = st.integers(0, 10_000_000)


@pytest.mark.parametrize(
    ("minor", "currency", "long", "short", "plain"),
    [
        (1200, "GBP", "£12.00", "£12", "12.00"),
        (1205, "gbp", "£12.05", "£12.05", "12.05"),
        (-5, "GBP", "-£0.05", "-£0.05", "-0.05"),
        (1200, "JPY", "¥1200", "¥1200", "1200"),
        (-1200, "JPY", "-¥1200", "-¥1200", "-1200"),
        (0, "JPY", "¥0", "¥0", "0"),
        (1250, "SEK", "SEK\N{NO-BREAK SPACE}12.50", "SEK\N{NO-BREAK SPACE}12.50", "12.50"),
    ],
)
def test_how_amounts_are_written(minor: int, currency: str, long: str, short: str, plain: str) -> None:
    assert (money(minor, currency), money_short(minor, currency), plain_amount(minor, currency)) == (long, short, plain)


@given(minor=st.integers(-(10**9), 10**9), currency=CURRENCIES)
def test_what_is_written_says_the_same_amount(minor: int, currency: str) -> None:
    assert Decimal(plain_amount(minor, currency)) * 10 ** decimals(currency) == minor


@given(amount=AMOUNTS, percent=st.integers(0, 100))
def test_rounding_never_asks_for_more_than_was_promised(amount: int, percent: int) -> None:
    exact = Decimal(amount) * percent / 100
    assert exact - 1 < share(amount, percent) <= exact


@given(due=AMOUNTS, credit=AMOUNTS, currency=CURRENCIES)
def test_credit_first_then_card_and_nothing_is_lost(due: int, credit: int, currency: str) -> None:
    paid = collect(due, credit, currency)
    assert paid.credit_minor + paid.card_minor + paid.later_minor == due
    assert paid.credit_minor == min(due, credit)
    assert paid.card_minor == 0 or paid.card_minor >= smallest_card(currency)
    assert not (paid.card_minor and paid.later_minor)
    assert paid.later_minor < smallest_card(currency)


@pytest.mark.parametrize(
    ("due", "credit", "expected"),
    [(1200, 0, (0, 1200, 0)), (1200, 500, (500, 700, 0)), (1200, 1180, (1180, 0, 20)), (1200, 5000, (1200, 0, 0))],
)
def test_a_rest_too_small_for_a_card_waits_for_the_day(due: int, credit: int, expected: tuple[int, int, int]) -> None:
    paid = collect(due, credit, "GBP")
    assert (paid.credit_minor, paid.card_minor, paid.later_minor) == expected


def test_less_than_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        collect(-1, 0, "GBP")


@given(
    price=AMOUNTS,
    rule=st.builds(
        DepositRule,
        kind=st.sampled_from(["none", "fixed", "percent", "full", "lower_of"]),
        amount_minor=st.integers(50, 50_000),
        percent=st.integers(1, 100),
    ),
    currency=CURRENCIES,
)
def test_what_is_due_can_always_be_paid(price: int, rule: DepositRule, currency: str) -> None:
    due = due_now(Policy(currency=currency, deposit=rule), price)
    assert due.amount_minor + due.balance_minor == price
    assert due.amount_minor == 0 or smallest_card(currency) <= due.amount_minor <= price


@pytest.mark.parametrize(
    ("currency", "amount", "field"),
    [
        ("GBP", 29, "deposit.amount_minor"),
        ("GBP", 30, None),
        ("JPY", 49, "deposit.amount_minor"),
        ("JPY", 50, None),
        ("GBR", 1500, "currency"),
        ("KWD", 1500, "currency"),
        ("pounds", 1500, "currency"),
    ],
)
def test_content_that_stripe_would_refuse_is_found_when_it_is_written(
    currency: str, amount: int, field: str | None
) -> None:
    found = policy_problems(Policy(currency=currency, deposit=DepositRule("fixed", amount)))
    assert [problem.field for problem in found] == ([field] if field else [])


def test_our_table_is_that_of_the_sandbox() -> None:
    assert {name.upper(): least for name, least in stripe.MINIMUM.items()} == SMALLEST_CARD
    assert {name.upper() for name in stripe.ZERO_DECIMAL} & SMALLEST_CARD.keys() == ZERO_DECIMAL
