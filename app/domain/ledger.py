"""The ledger beside payments and refunds: entries are only ever added, and every balance is the sum of its entries.

Amounts are minor units. What a kind's sign means:

| kind | amount |
|---|---|
| `credit_given` | + what a client paid by card and may use for a next visit |
| `credit_used` | - what of the credit pays for this booking |
| `credit_returned` | + credit that this booking had used |
| `kept` | + what the practice keeps by its rules; it no longer counts towards the price |
| `dispute_inquiry`, `inquiry_closed` | 0: the client's bank asks; no money moved |
| `dispute_opened` | - what the bank took back for now |
| `dispute_won`, `dispute_prevented` | + what came back, or was never taken |
| `dispute_lost` | 0: what was taken stays with the client |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "credit_given", "credit_used", "credit_returned", "kept",
    "dispute_inquiry", "inquiry_closed", "dispute_opened", "dispute_won", "dispute_prevented", "dispute_lost",
]  # fmt: skip
#: Entries that change a client's credit.
CREDIT: frozenset[str] = frozenset({"credit_given", "credit_used", "credit_returned"})
#: Dispute entries that move money between the practice and the bank.
DISPUTE_MONEY: frozenset[str] = frozenset({"dispute_opened", "dispute_won", "dispute_prevented"})
#: After these a dispute changes no more.
CLOSED: frozenset[str] = frozenset({"dispute_won", "dispute_prevented", "dispute_lost", "inquiry_closed"})


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry of one booking. `stripe_id` is that of the dispute."""

    kind: Kind
    amount_minor: int
    stripe_id: str | None = None


@dataclass(frozen=True, slots=True)
class BookingMoney:
    """What a booking's payments, refunds and entries come to, in minor units.

    `paid_minor` counts towards the price; `credit_minor` of it was paid from credit. `given_minor` became credit,
    `kept_minor` stays with the practice. `disputed` says that a bank holds the money now.
    """

    paid_minor: int
    credit_minor: int
    given_minor: int
    kept_minor: int
    disputed: bool = False


def owner_of(email: str) -> str:
    """Whose credit it is: the address as it is compared. Capitals and outer spaces make no difference."""
    return email.strip().lower()


def booking_money(card_minor: int, entries: Iterable[LedgerEntry]) -> BookingMoney:
    """What a booking comes to. `card_minor` is what was paid by card and has not gone back."""
    known = list(entries)
    used = sum(one.amount_minor for one in known if one.kind in ("credit_used", "credit_returned"))
    given = sum(one.amount_minor for one in known if one.kind == "credit_given")
    kept = sum(one.amount_minor for one in known if one.kind == "kept")
    returned = sum(one.amount_minor for one in known if one.kind == "credit_returned")
    paid = card_minor - used - given - kept - lost_minor(known)
    return BookingMoney(
        paid_minor=paid,
        credit_minor=max(0, min(-used, paid)),
        given_minor=given + returned,
        kept_minor=kept,
        disputed=bool(open_disputes(known)),
    )


def open_disputes(entries: Iterable[LedgerEntry]) -> set[str]:
    """The disputes that hold money now: opened, and neither won nor lost yet. An inquiry holds none."""
    known = list(entries)
    ended = {one.stripe_id for one in known if one.kind in CLOSED - {"inquiry_closed"}}
    return {one.stripe_id for one in known if one.kind == "dispute_opened" and one.stripe_id} - ended


def lost_minor(entries: Iterable[LedgerEntry]) -> int:
    """What banks gave back to the client for good."""
    known = list(entries)
    lost = {one.stripe_id for one in known if one.kind == "dispute_lost"}
    return -sum(one.amount_minor for one in known if one.kind == "dispute_opened" and one.stripe_id in lost)


def dispute_steps(status: str, amount_minor: int) -> tuple[LedgerEntry, ...]:
    """Every entry that a dispute with this status must have behind it, oldest first; the id is left out.

    Stripe's statuses: warning_* is an inquiry, before which no money moves. Messages may be missed or come in any
    order, so the answer is the whole way to the status, and entries that exist are not written again.
    """
    if status.startswith("warning_"):
        asked = LedgerEntry("dispute_inquiry", 0)
        return (asked, LedgerEntry("inquiry_closed", 0)) if status == "warning_closed" else (asked,)
    opened = LedgerEntry("dispute_opened", -amount_minor)
    if status == "won":
        return (opened, LedgerEntry("dispute_won", amount_minor))
    if status == "prevented":
        return (opened, LedgerEntry("dispute_prevented", amount_minor))
    return (opened, LedgerEntry("dispute_lost", 0)) if status == "lost" else (opened,)
