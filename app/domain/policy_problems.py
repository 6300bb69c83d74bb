"""Rules that are impossible or contradict each other: found when content is checked, with the field to mend."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.domain.money import SMALLEST_CARD, smallest_card
from app.domain.policy_rules import DepositRule, HomeVisitRule, Policy
from app.domain.wording import money

#: Better for the client first: a shorter notice must never bring more.
_RETURNED = {"money": 2, "choice": 2, "credit": 1, "kept": 0}
_MOVED = {"carried": 2, "kept": 1, "refused": 0}
LONGEST_NOTICE_HOURS = 24 * 28
_DISTRICT = re.compile(r"[A-Z0-9]{2,6}")


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """What is wrong with a rule: the dotted field inside the policy, what is wrong, and how to mend it."""

    field: str
    message: str
    mend: str


def policy_problems(policy: Policy, *, lead_minutes: int | None = None) -> tuple[PolicyProblem, ...]:
    """Every contradiction in the policy; empty when it can be kept. `lead_minutes`: how late a visit can be booked."""
    return (
        *_currency_problems(policy.currency),
        *_deposit_problems(policy.deposit, policy.currency),
        *_cancel_problems(policy),
        *_band_problems(
            "move.bands", [b.hours for b in policy.move.bands], [_MOVED[b.deposit] for b in policy.move.bands]
        ),
        *_count_problems(policy),
        *_intake_problems(policy.intake_hours, lead_minutes),
        *_home_problems(policy.home_visits),
    )


def _currency_problems(currency: str) -> Iterator[PolicyProblem]:
    if not re.fullmatch(r"[A-Z]{3}", currency):
        yield PolicyProblem("currency", f"{currency!r} is not a currency code", "Write three capitals, like GBP.")
    elif currency not in SMALLEST_CARD:
        known = ", ".join(sorted(SMALLEST_CARD))
        yield PolicyProblem("currency", f"deposits cannot be taken in {currency}", f"Choose one of {known}.")


def _deposit_problems(rule: DepositRule, currency: str) -> Iterator[PolicyProblem]:
    smallest = smallest_card(currency)
    if rule.kind in ("fixed", "lower_of") and rule.amount_minor < smallest:
        yield PolicyProblem(
            "deposit.amount_minor",
            f"{rule.amount_minor} is less than a card payment can be",
            f"Give at least {smallest} ({money(smallest, currency)}), or set the kind to none.",
        )
    if rule.kind in ("percent", "lower_of") and not 1 <= rule.percent <= 100:
        yield PolicyProblem("deposit.percent", f"{rule.percent} is not a percentage", "Give a number from 1 to 100.")
    if rule.above_minor < 0:
        yield PolicyProblem("deposit.above_minor", "a price cannot be negative", "Give 0 or more.")


def _cancel_problems(policy: Policy) -> Iterator[PolicyProblem]:
    rule = policy.cancel
    yield from _band_problems(
        "cancel.bands", [b.hours for b in rule.bands], [_RETURNED[b.returned] for b in rule.bands]
    )
    refunds = any(band.returned in ("money", "choice") for band in rule.bands)
    if rule.fee_minor < 0:
        yield PolicyProblem("cancel.fee_minor", "a fee cannot be negative", "Give 0 or more.")
    elif rule.fee_minor and not refunds:
        yield PolicyProblem(
            "cancel.fee_minor",
            "there is a fee on refunds, but no refunds",
            "Take the fee out, or add a band with money.",
        )
    elif policy.deposit.kind in ("fixed", "lower_of") and rule.fee_minor >= policy.deposit.amount_minor:
        yield PolicyProblem(
            "cancel.fee_minor",
            "the fee takes the whole deposit",
            "Make the fee smaller, or let the band keep the deposit.",
        )


def _band_problems(field: str, hours: Sequence[int], worth: Sequence[int]) -> Iterator[PolicyProblem]:
    """Bands fall in notice down to 0, and less notice never brings more."""
    if not hours or hours[-1] != 0:
        yield PolicyProblem(field, "nothing is said about very short notice", "End with a band of 0 hours.")
    if any(one <= other for one, other in pairwise(hours)):
        yield PolicyProblem(field, "the bands are not in falling order of hours", "Begin with the longest notice.")
    if any(not 0 <= number <= LONGEST_NOTICE_HOURS for number in hours):
        yield PolicyProblem(
            field, f"a notice must be 0 to {LONGEST_NOTICE_HOURS} hours", "Give hours, not minutes or days."
        )
    if any(one < other for one, other in pairwise(worth)):
        yield PolicyProblem(
            field, "someone who cancels or moves later would be better off", "Swap what the bands bring."
        )


def _count_problems(policy: Policy) -> Iterator[PolicyProblem]:
    smallest = (
        ("no_show.repeats", policy.no_show.repeats, 1),
        ("no_show.months", policy.no_show.months, 1),
        ("late.no_show_minutes", policy.late.no_show_minutes, 1),
        ("move.allowed", policy.move.allowed, 0),
        ("age.minimum", policy.age.minimum, 0),
        ("age.guardian_below", policy.age.guardian_below, 0),
    )
    for field, number, least in smallest:
        if number is not None and number < least:
            yield PolicyProblem(field, f"{number} is too small", f"Give {least} or more.")


def _intake_problems(hours: int | None, lead_minutes: int | None) -> Iterator[PolicyProblem]:
    if hours is None:
        return
    if hours < 0:
        yield PolicyProblem("intake_hours", f"{hours} is too small", "Give 0 or more, or leave it out.")
    elif lead_minutes is not None and hours * 60 >= lead_minutes > 0:
        yield PolicyProblem(
            "intake_hours",
            "a visit can be booked later than its health questions are due",
            f"Give less than the lead time of {lead_minutes // 60} hours, or make the lead time longer.",
        )


def _home_problems(rule: HomeVisitRule | None) -> Iterator[PolicyProblem]:
    if rule is None:
        return
    if not rule.postcodes:
        yield PolicyProblem("home_visits.postcodes", "no district is named", "List the districts, like BS1.")
    for district in rule.postcodes:
        if not _DISTRICT.fullmatch(district):
            yield PolicyProblem(
                "home_visits.postcodes",
                f"{district!r} is not a district",
                "Write it in capitals without spaces, like BS1.",
            )
    if rule.set_up_minutes < 0 or rule.pack_up_minutes < 0:
        yield PolicyProblem("home_visits.set_up_minutes", "a time cannot be negative", "Give 0 or more.")
