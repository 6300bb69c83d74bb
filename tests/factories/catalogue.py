"""A small practice: two people, three treatments, Monday to Saturday, Europe/London."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any

from app.domain.catalogue import Catalogue, DiaryRules, Practitioner, Treatment, WeeklySpan

MORNINGS = tuple(WeeklySpan(weekday, time(9), time(13)) for weekday in range(6))
AFTERNOONS = tuple(WeeklySpan(weekday, time(14), time(18)) for weekday in range(6))


def make_treatment(minutes: int = 60, **changes: Any) -> Treatment:
    """`60-minute-visit` and the like, with 15 minutes after it."""
    return replace(
        Treatment(
            slug=f"{minutes}-minute-visit", name=f"{minutes}-minute visit", minutes=minutes, price_minor=minutes * 100
        ),
        **changes,
    )


def make_practitioner(slug: str = "sam", **changes: Any) -> Practitioner:
    """Works mornings and afternoons and gives every treatment, in a room of their own."""
    treatments = frozenset({"30-minute-visit", "60-minute-visit", "90-minute-visit"})
    plain = Practitioner(
        slug=slug, name=slug.title(), treatments=treatments, hours=MORNINGS + AFTERNOONS, rooms=(f"room-{slug}",)
    )
    return replace(plain, **changes)


def make_catalogue(*practitioners: Practitioner, **rules: Any) -> Catalogue:
    """Both example practitioners unless others are given; `rules` changes the diary rules."""
    people = practitioners or (make_practitioner("sam"), make_practitioner("alex"))
    treatments = (make_treatment(30), make_treatment(60), make_treatment(90))
    return Catalogue(
        rules=DiaryRules(**{"zone": "Europe/London", **rules}),
        treatments={treatment.slug: treatment for treatment in treatments},
        practitioners={person.slug: person for person in people},
    )
