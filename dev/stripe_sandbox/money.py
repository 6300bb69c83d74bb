"""What Stripe knows about currencies, as far as a deposit needs it."""

from __future__ import annotations

#: Currencies without a smaller unit: an amount of 500 means 500.
ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)

#: Smallest charge in minor units (docs.stripe.com/currencies, "minimum charge amounts").
MINIMUM = {
    "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400,
    "huf": 17500, "jpy": 50, "mxn": 1000, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50,
    "usd": 50,
}  # fmt: skip
MAXIMUM = 99_999_999


_SIGNS = {"eur": "€", "gbp": "£", "usd": "$"}


def words(amount_minor: int, currency: str) -> str:
    """An amount as the sandbox's pages and messages show it: `£12.00`, `SEK 120.00`."""
    sign = _SIGNS.get(currency, f"{currency.upper()} ")
    if currency in ZERO_DECIMAL:
        return f"{sign}{amount_minor}"
    return f"{sign}{amount_minor // 100}.{amount_minor % 100:02d}"
