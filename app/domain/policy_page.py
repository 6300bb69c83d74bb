"""The rules of the practice as the booking policy page shows them: headings and plain sentences from the values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from app.domain.policy import Due
from app.domain.policy_rules import (
    AgeRule,
    HomeVisitRule,
    LateRule,
    NoShowRule,
    Policy,
)
from app.domain.wording import counted, in_words, money

Band = TypeVar("Band")


@dataclass(frozen=True, slots=True)
class PolicySection:
    """One heading of the booking policy and its sentences. `id` is stable and fit for an address."""

    id: str
    title: str
    sentences: tuple[str, ...]


def policy_sentences(policy: Policy) -> tuple[PolicySection, ...]:
    """Everything a client should know of the rules, in the order of a visit's life. Sections without words are out."""
    sections = (
        PolicySection("deposit", "Paying when you book", deposit_rules(policy)),
        PolicySection("cancelling", "If you need to cancel", _cancelling(policy)),
        PolicySection("moving", "If you need another time", _moving(policy)),
        PolicySection("our-cancelling", "If we have to cancel", _our_cancelling()),
        PolicySection("late", "If you are late", _late(policy.late)),
        PolicySection("missed", "If you miss a visit", _missed(policy.no_show)),
        PolicySection("intake", "Your health questions", _intake(policy.intake_hours)),
        PolicySection("age", "Under 18s" if policy.age.guardian_below == 18 else "Age", _age(policy.age)),
        PolicySection("home", "Visits at your home", _home(policy.home_visits)),
        PolicySection("vouchers", "Vouchers", ("You can pay with a voucher from us.",) if policy.vouchers else ()),
    )
    return tuple(section for section in sections if section.sentences)


def differing_sections(practice: Policy, own: Policy) -> tuple[PolicySection, ...]:
    """The sections of `own` that read differently from the practice's: for a treatment with rules of its own."""
    usual = {section.id: section for section in policy_sentences(practice)}
    return tuple(section for section in policy_sentences(own) if usual.get(section.id) != section)


def deposit_rules(policy: Policy) -> tuple[str, ...]:
    """What is paid when booking, and by whom."""
    rule, coin = policy.deposit, policy.currency
    fixed, part = money(rule.amount_minor, coin), f"{rule.percent}% of the price"
    what = {
        "none": "You pay nothing when you book. You pay for your visit on the day.",
        "full": "You pay the full price when you book.",
        "fixed": f"You pay a deposit of {fixed} when you book.",
        "percent": f"You pay a deposit of {part} when you book.",
        "lower_of": f"You pay a deposit when you book: {fixed} or {part}, whichever is lower.",
    }[rule.kind]
    if rule.kind == "none":
        return (what,)
    who = {
        "everyone": (),
        "new": ("Only people who are new to us pay it.",),
        "after_no_show": ("Only people who missed a visit pay it.",),
        "new_or_after_no_show": ("Only people who are new to us, or who missed a visit, pay it.",),
    }[rule.asked_of]
    above = (f"Nothing is due for a price of {money(rule.above_minor, coin)} or less.",) if rule.above_minor else ()
    rest = ("It counts towards the price, and the rest is due on the day.",) if rule.kind != "full" else ()
    round_down = ("Part pennies are rounded down.",) if rule.kind in ("percent", "lower_of") and coin == "GBP" else ()
    return (what, *rest, *round_down, *who, *above)


def cancel_rules(policy: Policy) -> tuple[str, ...]:
    """What cancelling brings, from long notice to short, one sentence for each band."""
    rule, paid = policy.cancel, _what_was_paid(policy)
    if paid is None:
        return ("You can cancel up to the start of your visit. You have paid nothing, so you lose nothing.",)
    brings = {
        "money": f"you get your {paid} back on your card",
        "credit": f"we keep your {paid} for your next visit",
        "choice": f"you choose: your {paid} back on your card, or kept for your next visit",
        "kept": f"we keep the {paid}, and nothing more",
    }
    bands = tuple(
        _banded("Cancel", band.hours, first, brings[band.returned]) for first, band in _with_first(rule.bands)
    )
    if _some_pay_nothing(policy):
        begin, *later = bands
        free = "You can cancel up to the start of your visit. If you have paid nothing, you lose nothing."
        bands = (free, f"If you paid when you booked: {begin[0].lower()}{begin[1:]}", *later)
    fee = f"When money goes back to your card, we keep a fee of {money(rule.fee_minor, policy.currency)}."
    refunds = any(band.returned in ("money", "choice") for band in rule.bands)
    return (*bands, fee) if rule.fee_minor and refunds else bands


def move_rules(policy: Policy) -> tuple[str, ...]:
    """What moving brings, from long notice to short, and how often."""
    rule, paid = policy.move, _what_was_paid(policy)
    if rule.allowed == 0 or all(band.deposit == "refused" for band in rule.bands):
        return ("A visit cannot be moved. You can cancel it and book again.",)
    carried = f"your {paid} moves with you"
    again = "you pay again" if paid == "payment" else f"you pay the {paid} again"
    if _some_pay_nothing(policy):
        carried, again = "anything you paid moves with you", "you pay again what you had paid"
    brings = {
        "carried": carried if paid else "your visit has a new time",
        "kept": again if paid else "your visit has a new time",
        "refused": "a visit can no longer be moved, only cancelled",
    }
    bands = tuple(_banded("Move", band.hours, first, brings[band.deposit]) for first, band in _with_first(rule.bands))
    times = (f"A visit can be moved {_times(rule.allowed)}.",) if rule.allowed is not None else ()
    return (*bands, *times)


def when_paid(dues: Iterable[Due]) -> Literal["deposit", "full", "day"]:
    """Which sentence is true of all these visits: a deposit is paid when booking, or the whole price, or nothing."""
    known = tuple(dues)
    if any(due.amount_minor and due.balance_minor for due in known):
        return "deposit"
    return "full" if any(due.amount_minor for due in known) else "day"


def _what_was_paid(policy: Policy) -> str | None:
    """The word for what clients pay when booking; None when nobody does."""
    if policy.deposit.kind == "full" or (policy.deposit.kind == "none" and policy.no_show.then == "prepay"):
        return "payment"
    return None if policy.deposit.kind == "none" else "deposit"


def _some_pay_nothing(policy: Policy) -> bool:
    """Whether clients may have paid when booking or not, by what they book and how often they missed a visit."""
    rule = policy.deposit
    return rule.kind == "none" or rule.asked_of != "everyone" or rule.above_minor > 0


def _with_first(bands: tuple[Band, ...]) -> list[tuple[bool, Band]]:
    return [(position == 0, band) for position, band in enumerate(bands)]


def booking_conditions(policy: Policy) -> tuple[str, ...]:
    """What someone must know before they agree: who may come, and what is asked of them before the visit."""
    return (*_age(policy.age), *_intake(policy.intake_hours))


def _banded(verb: str, hours: int, first: bool, words: str) -> str:
    if first:
        return f"{verb} {counted(hours, 'hour')} or more before, and {words}." if hours else f"{verb}, and {words}."
    if hours:
        return f"Later, but {counted(hours, 'hour')} or more before: {words}."
    return f"Later than that: {words}."


def _cancelling(policy: Policy) -> tuple[str, ...]:
    how = (
        "You can cancel online until your visit begins. The link is in your email."
        if policy.cancel.by == "online"
        else "Please phone us to cancel."
    )
    return (*cancel_rules(policy), *_counting(policy.cancel.bands), how)


def _moving(policy: Policy) -> tuple[str, ...]:
    return (*move_rules(policy), "Please phone us to move it.") if policy.move.by == "phone" else move_rules(policy)


def _counting(bands: Sequence[object]) -> tuple[str, ...]:
    return ("Hours count back from the start of your visit.",) if len(bands) > 1 else ()


def _our_cancelling() -> tuple[str, ...]:
    return ("If we cancel, or find on the day that massage is not right for you, you get all of your money back.",)


def _late(rule: LateRule) -> tuple[str, ...]:
    first = "If you come late, your visit still ends at the booked time, at the same price."
    if rule.no_show_minutes is None:
        return (first,)
    return (first, f"After {counted(rule.no_show_minutes, 'minute')} we count it as a missed visit.")


def _missed(rule: NoShowRule) -> tuple[str, ...]:
    kept = "If you do not come and do not tell us, we keep what you paid, and you pay no more."
    if rule.then == "none":
        return (kept,)
    after = f"After {counted(rule.repeats, 'missed visit')} within {counted(rule.months, 'month')}, "
    return (
        kept,
        after + ("you pay in full when you book." if rule.then == "prepay" else "you can book by phone only."),
    )


def _intake(hours: int | None) -> tuple[str, ...]:
    if hours is None:
        return ()
    if hours == 0:
        return ("Please send us your answers to the health questions before your visit begins.",)
    return (f"Please send us your answers to the health questions {counted(hours, 'hour')} before your visit.",)


def _age(rule: AgeRule) -> tuple[str, ...]:
    lowest = (f"We see people from {rule.minimum} years of age.",) if rule.minimum else ()
    if rule.guardian_below <= rule.minimum:
        return lowest
    return (*lowest, f"Under {rule.guardian_below}, a parent or guardian agrees to the visit and comes along.")


def _home(rule: HomeVisitRule | None) -> tuple[str, ...]:
    if rule is None:
        return ()
    return (
        f"We visit homes in {in_words(rule.postcodes)}.",
        f"We need {counted(rule.set_up_minutes, 'minute')} to set up before your visit"
        f" and {counted(rule.pack_up_minutes, 'minute')} to pack up after it.",
    )


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
