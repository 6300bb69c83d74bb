"""The rules of the practice as the booking policy page shows them: headings and plain sentences from the values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.policy_rules import (
    AgeRule,
    CancelRule,
    DepositRule,
    HomeVisitRule,
    LateRule,
    MoveRule,
    NoShowRule,
    Policy,
)
from app.domain.wording import counted, in_words, money


@dataclass(frozen=True, slots=True)
class PolicySection:
    """One heading of the booking policy and its sentences. `id` is stable and fit for an address."""

    id: str
    title: str
    sentences: tuple[str, ...]


def policy_sentences(policy: Policy) -> tuple[PolicySection, ...]:
    """Everything a client should know of the rules, in the order of a visit's life. Sections without words are out."""
    coin = policy.currency
    sections = (
        PolicySection("deposit", "Paying when you book", _deposit(policy.deposit, coin)),
        PolicySection("cancelling", "If you need to cancel", _cancelling(policy.cancel, coin)),
        PolicySection("moving", "If you need another time", _moving(policy.move)),
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


def _deposit(rule: DepositRule, coin: str) -> tuple[str, ...]:
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


def _cancelling(rule: CancelRule, coin: str) -> tuple[str, ...]:
    fee = f", less a fee of {money(rule.fee_minor, coin)}" if rule.fee_minor else ""
    brings = {
        "money": f"What you paid goes back to your card{fee}.",
        "credit": "What you paid is kept for your next visit.",
        "choice": f"You choose: what you paid goes back to your card{fee}, or is kept for your next visit.",
        "kept": "We keep what you paid, and you pay no more.",
    }
    bands = tuple(
        f"{notice}: {_lower(brings[band.returned])}"
        for notice, band in zip(_notices([b.hours for b in rule.bands]), rule.bands, strict=True)
    )
    how = (
        "You can cancel online, from the link in your e-mail, until your visit begins."
        if rule.by == "online"
        else "Please phone us to cancel."
    )
    return (*bands, how, *_counting(rule.bands))


def _moving(rule: MoveRule) -> tuple[str, ...]:
    if rule.allowed == 0 or all(band.deposit == "refused" for band in rule.bands):
        return ("A visit cannot be moved. You can cancel it and book again.",)
    brings = {
        "carried": "you can move your visit, and what you paid moves with it.",
        "kept": "you can move your visit, and you pay the deposit again.",
        "refused": "you can no longer move your visit, only cancel it.",
    }
    bands = tuple(
        f"{notice}: {brings[band.deposit]}"
        for notice, band in zip(_notices([b.hours for b in rule.bands]), rule.bands, strict=True)
    )
    times = (f"A visit can be moved {_times(rule.allowed)}.",) if rule.allowed is not None else ()
    how = ("Please phone us to move it.",) if rule.by == "phone" else ()
    return (*bands, *times, *how)


def _notices(hours: Sequence[int]) -> list[str]:
    """How much notice each band means, in words; `hours` fall to 0."""
    notices = []
    for number, lowest in enumerate(hours):
        highest = hours[number - 1] if number else None
        if highest is None:
            notices.append(f"{counted(lowest, 'hour')} or more before" if lowest else "At any time before")
        elif lowest:
            notices.append(f"Less than {counted(highest, 'hour')}, but {counted(lowest, 'hour')} or more before")
        else:
            notices.append(f"Less than {counted(highest, 'hour')} before")
    return notices


def _counting(bands: Sequence[object]) -> tuple[str, ...]:
    return ("Hours count back from the start of your visit.",) if len(bands) > 1 else ()


def _our_cancelling() -> tuple[str, ...]:
    return (
        "If we cancel, or decide that treatment is not right for you on the day, all you paid goes back to your card.",
    )


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


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
