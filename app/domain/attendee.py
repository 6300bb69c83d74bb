"""Who comes, when it is not the person who books, and whether the practice's age rule lets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.domain.policy_rules import AgeRule
from app.domain.refusals import GuardianMissing, TooYoung

#: For whom a visit is booked: oneself, another adult, or someone below the age at which a guardian comes along.
ForWhom = Literal["me", "other", "child"]


@dataclass(frozen=True, slots=True)
class Attendee:
    """The person on the table. `age` in years on the day of the visit, asked only of those below the guardian's age.

    `guardian_agrees`: whoever books is their parent or guardian, agrees to the visit and comes along.
    """

    name: str
    age: int | None = None
    guardian_agrees: bool = False


def takes_children(rule: AgeRule) -> bool:
    """Whether anybody below the guardian's age may come at all."""
    return rule.minimum < rule.guardian_below


def check_attendee(rule: AgeRule, attendee: Attendee | None) -> None:
    """Raises TooYoung, or GuardianMissing, where the rule does not let this person come (policy: Under 18s)."""
    if attendee is None or attendee.age is None:
        return
    if attendee.age < rule.minimum:
        raise TooYoung(rule.minimum)
    if attendee.age < rule.guardian_below and not attendee.guardian_agrees:
        raise GuardianMissing
