"""The practice's rules in plain sentences, made from the answers that `policy` gives and from nothing else.

Sentences about one booking are found by asking `outcome_of_cancelling` and `outcome_of_moving` from edge to edge,
so that what is written and what happens cannot differ. UK English.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from app.domain.policy import (
    BookingFacts,
    CancelOutcome,
    MoveOutcome,
    intake_due,
    outcome_of_cancelling,
    outcome_of_moving,
)
from app.domain.policy_rules import Policy
from app.domain.wording import moment_in_words, money

Outcome = TypeVar("Outcome", CancelOutcome, MoveOutcome)

#: The smallest step past an edge. Bands reach to their edge inclusive.
_JUST_AFTER = timedelta(microseconds=1)
_NOTHING_DUE = "there is nothing to pay"


@dataclass(frozen=True, slots=True)
class Term:
    """One sentence of a booking's terms and the last instant (UTC) it holds for; None: until the visit begins."""

    text: str
    until: datetime | None


def before_sentences(
    policy: Policy, starts_at: datetime, at: datetime, zone: str, *, guardian: bool, gate_open: bool = False
) -> tuple[str, ...]:
    """What is still to be done before the visit: the health questions, for a minor (`guardian`) the call, and for
    someone who was not asked them yet (`gate_open`) the safety lists.
    """
    lines = []
    if gate_open and at < starts_at:
        lines.append("We have not asked you the safety questions yet. Open your booking and answer them first.")
    due = intake_due(policy, starts_at)
    if due is not None and at < starts_at:
        by = f"by {moment_in_words(due, zone)}" if at < due else "before the visit"
        lines.append(f"We send you our health questions. Please answer them {by}.")
    if guardian:
        lines.append("We phone you before the visit, and you are there with them.")
    return tuple(lines)


def cancel_terms(policy: Policy, booking: BookingFacts, at: datetime, zone: str) -> tuple[Term, ...]:
    """What cancelling brings from `at` up to the visit, in order of time, each with its own last moment."""
    return _terms(lambda t: outcome_of_cancelling(policy, booking, t), lambda o: _cancel_clause(policy, o), at, zone)


def move_terms(policy: Policy, booking: BookingFacts, at: datetime, zone: str) -> tuple[Term, ...]:
    """What moving the visit brings from `at` up to the visit, in order of time."""
    return _terms(lambda t: outcome_of_moving(policy, booking, t), lambda o: move_words(policy, o), at, zone)


def cancel_sentences(policy: Policy, booking: BookingFacts, at: datetime, zone: str) -> tuple[str, ...]:
    """`cancel_terms` as sentences: for the check page, the e-mails and the booking's own page."""
    return tuple(term.text for term in cancel_terms(policy, booking, at, zone))


def move_sentences(policy: Policy, booking: BookingFacts, at: datetime, zone: str) -> tuple[str, ...]:
    """`move_terms` as sentences."""
    return tuple(term.text for term in move_terms(policy, booking, at, zone))


def cancel_words(policy: Policy, outcome: CancelOutcome) -> str:
    """What one outcome of cancelling means, without a full stop: "your £12.00 goes back to your card"."""
    if outcome.why == "started":
        return "you can no longer cancel"
    words = _deposit_words(policy, outcome)
    return f"please phone us to cancel: {words}" if outcome.why == "phone_only" else words


def _cancel_clause(policy: Policy, outcome: CancelOutcome) -> str:
    """`cancel_words` fit to stand alone: beside a price to pay on the day it must say what costs nothing."""
    words = cancel_words(policy, outcome)
    return f"you can cancel, and {words}" if words == _NOTHING_DUE else words


def card_of(giver: bool) -> str:
    """Whose card it is that money goes back to. `giver`: someone else paid, and gave the visit away."""
    return "the card it was paid with" if giver else "your card"


def _deposit_words(policy: Policy, outcome: CancelOutcome) -> str:
    paid = outcome.refund_minor + outcome.fee_minor or outcome.credit_minor or outcome.kept_minor
    if paid == 0:
        return _NOTHING_DUE
    card = f"{money(outcome.refund_minor, policy.currency)} goes back to {card_of(outcome.to_giver)}"
    if outcome.fee_minor:
        card += f" ({money(paid, policy.currency)} less a fee of {money(outcome.fee_minor, policy.currency)})"
    if outcome.credit_again_minor:
        whose = "whoever paid with it" if outcome.to_giver else "your next visit"
        card += f", and {money(outcome.credit_again_minor, policy.currency)} is credit again for {whose}"
    all_givers = outcome.givers_credit_minor >= outcome.credit_minor > 0
    whose = "whoever paid with it" if all_givers else "your next visit"
    credit = f"{money(outcome.credit_minor, policy.currency)} is kept for {whose}"
    if outcome.returned == "choice":
        return f"you choose: {card}, or {credit}"
    if outcome.returned == "money":
        return card
    if outcome.returned == "credit":
        return credit
    paid_by = "that was paid" if outcome.to_giver else "you paid"
    return f"we keep the {money(outcome.kept_minor, policy.currency)} {paid_by}, and you pay no more"


def move_words(policy: Policy, outcome: MoveOutcome) -> str:
    """What one outcome of moving means, without a full stop."""
    if outcome.why == "started":
        return "you can no longer move this visit"
    if outcome.why == "moves_used":
        return "this visit cannot be moved again"
    if outcome.deposit == "refused":
        return "you can no longer move this visit, only cancel it"
    by_phone = outcome.why == "phone_only"
    if outcome.due_again_minor:
        words = f"you pay a new deposit of {money(outcome.due_again_minor, policy.currency)}"
    elif outcome.carried_minor:
        words = "what is paid moves with it"
    else:
        return "please phone us to move this visit" if by_phone else "you can move this visit"
    return f"please phone us to move: {words}" if by_phone else f"you can move this visit, and {words}"


def _terms(
    outcome_at: Callable[[datetime], Outcome], words: Callable[[Outcome], str], at: datetime, zone: str
) -> tuple[Term, ...]:
    """Ask from edge to edge; outcomes that read the same in a row become one sentence."""
    found: list[tuple[str, datetime | None]] = []
    moment: datetime | None = at
    while moment is not None:
        outcome = outcome_at(moment)
        if found and found[-1][0] == words(outcome):
            found.pop()
        found.append((words(outcome), outcome.until))
        moment = outcome.until + _JUST_AFTER if outcome.until is not None else None
    terms: list[Term] = []
    for text, until in found:
        terms.append(Term(_timed(text, bool(terms), until, zone), until))
    return tuple(terms)


def _timed(text: str, later: bool, until: datetime | None, zone: str) -> str:
    """`later`: another sentence comes before and names the moment, so that it is not said twice."""
    if until is not None:
        when = f"{'After that, and up' if later else 'Up'} to {moment_in_words(until, zone)}: "
    else:
        when = "After that: " if later else ""
    return f"{when}{text}." if when else f"{text[0].upper()}{text[1:]}."
