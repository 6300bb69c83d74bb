"""What the practice must know about currencies: how amounts are written, rounded, and how small a payment can be.

An amount is always a whole number of minor units, as Stripe counts: 1200 is £12.00, and 1200 yen are 1200.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Currencies without a smaller unit (docs.stripe.com/currencies, "zero-decimal currencies").
ZERO_DECIMAL = frozenset({"JPY"})
#: The smallest card payment of each currency that deposits can be taken in, in minor units (docs.stripe.com/currencies,
#: "minimum charge amounts"). Currencies with three decimals are left out: Stripe rounds their last digit.
SMALLEST_CARD = {
    "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30, "HKD": 400,
    "HUF": 17500, "JPY": 50, "MXN": 1000, "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50,
    "USD": 50,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Collected:
    """How what is due now is paid: from credit, by card, and what is left for the day, in minor units."""

    credit_minor: int
    card_minor: int
    later_minor: int = 0


def decimals(currency: str) -> int:
    """How many digits stand behind the point when an amount is written: 2, or 0 for yen."""
    return 0 if currency.upper() in ZERO_DECIMAL else 2


def smallest_card(currency: str) -> int:
    """The smallest amount that can be paid by card, in minor units."""
    return SMALLEST_CARD.get(currency.upper(), 50)


def share(amount_minor: int, percent: int) -> int:
    """`percent` of an amount. The rounding rule of the whole site: down to a whole minor unit.

    Whatever a client pays is therefore never more than the percentage promises; what is rounded off is paid on the day.
    """
    return amount_minor * percent // 100


def collect(due_minor: int, credit_minor: int, currency: str) -> Collected:
    """How `due_minor` is paid by someone with `credit_minor`: credit first, the rest by card.

    A rest that is too small for a card is not asked for now: it is paid on the day. Raises ValueError below zero.
    """
    if due_minor < 0 or credit_minor < 0:
        raise ValueError("what is due and what is there cannot be negative")
    used = min(due_minor, credit_minor)
    rest = due_minor - used
    if rest < smallest_card(currency):
        return Collected(used, 0, rest)
    return Collected(used, rest)
