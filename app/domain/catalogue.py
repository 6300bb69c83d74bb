"""What the practice sells and when its people work: values read from content/, never from the database."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Literal

from app.domain.policy_rules import Policy
from app.domain.programme import Programme

Audience = Literal["all", "new", "returning"]


@dataclass(frozen=True, slots=True)
class WeeklySpan:
    """One span of a week in local time. `weekday` is 0 for Monday; `closes` is exclusive; dates are inclusive.

    `closes` at 00:00 means the end of the day. Spans do not run past midnight: use two.
    """

    weekday: int
    opens: time
    closes: time
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """A bookable visit. Lengths in minutes, price in minor currency units, tax included.

    `first_visit_minutes` are added to the visit of someone who says they are new. `lead_minutes` and
    `horizon_days` stand instead of the practice's own when set, and so does `policy`. Lengths and buffers are
    multiples of five. `at_home`: given at the client's address, where the policy's districts reach.
    `by_phone`: a call (domain.call).
    """

    slug: str
    name: str
    minutes: int
    price_minor: int
    buffer_before: int = 0
    buffer_after: int = 15
    lead_minutes: int | None = None
    horizon_days: int | None = None
    audience: Audience = "all"
    first_visit_minutes: int = 0
    policy: Policy | None = None
    at_home: bool = False
    by_phone: bool = False

    @property
    def needs_room(self) -> bool:
        """Whether the visit takes one of the practice's rooms."""
        return not (self.at_home or self.by_phone)


@dataclass(frozen=True, slots=True, eq=False)
class Practitioner:
    """A person who gives treatments. `daily_cap_minutes` limits hands-on minutes a local day.

    A visit needs one of `rooms` (shared with others, in order of preference) and never touches a break.
    Compared by identity: one person of one loaded library, and so a cheap key of what is worked out per person.
    """

    slug: str
    name: str
    treatments: frozenset[str]
    hours: tuple[WeeklySpan, ...]
    rooms: tuple[str, ...] = ("main",)
    daily_cap_minutes: int | None = None
    breaks: tuple[WeeklySpan, ...] = ()


@dataclass(frozen=True, slots=True)
class DiaryRules:
    """How times are offered: step, lead in minutes, horizon in days, all in the practice's zone.

    `closed_days` are local dates without weekly hours (public holidays, for one); extra hours still open them.
    """

    zone: str
    step_minutes: int = 15
    lead_minutes: int = 12 * 60
    horizon_days: int = 56
    closed_days: Container[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that can be booked. Mappings are keyed by slug and keep the order of display."""

    rules: DiaryRules
    treatments: dict[str, Treatment] = field(default_factory=dict)
    practitioners: dict[str, Practitioner] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    programmes: dict[str, Programme] = field(default_factory=dict)

    def offering(self, treatment: str) -> tuple[Practitioner, ...]:
        """The practitioners who give `treatment`, in order of display."""
        return tuple(p for p in self.practitioners.values() if treatment in p.treatments)

    def policy_for(self, treatment: str) -> Policy:
        """The rules a new booking of `treatment` is made under: its own, else the practice's."""
        own = self.treatments[treatment].policy if treatment in self.treatments else None
        return own or self.policy


def at_the_desk(catalogue: Catalogue) -> Catalogue:
    """The same catalogue for the people who work there: they may still fill a time that begins in a moment."""
    treatments = {slug: replace(one, lead_minutes=None) for slug, one in catalogue.treatments.items()}
    return replace(catalogue, rules=replace(catalogue.rules, lead_minutes=0), treatments=treatments)
