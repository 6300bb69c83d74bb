"""The diary as pages show it: a week at a time, and the ways on when nothing is free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.availability import offered_slots
from app.domain.catalogue import Catalogue, Practitioner, Treatment
from app.domain.diary import Slot
from app.services.diary.free_times import DayOfSlots, bookable_days, find_free_days, read_days, what_and_who

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WeekOfSlots:
    """Seven local dates from a Monday on, and the Mondays of the weeks beside it that can be booked, if any."""

    days: tuple[DayOfSlots, ...]
    previous: date | None
    following: date | None

    @property
    def count(self) -> int:
        """How many slots the week has."""
        return sum(len(day.slots) for day in self.days)


@dataclass(frozen=True, slots=True)
class WaysOn:
    """What to offer when nothing is free on the wanted days. `soonest` is the next slot of the same wish.

    `people` and `lengths` name other practitioners and other treatments (slugs) with their first slot, soonest first.
    """

    soonest: Slot | None
    people: tuple[tuple[str, Slot], ...]
    lengths: tuple[tuple[str, Slot], ...]


def find_week(
    catalogue: Catalogue,
    treatment: str,
    practitioner: str | None,
    *,
    day: date,
    now: datetime,
    own_booking: int | None = None,
    returning: bool | None = None,
) -> WeekOfSlots:
    """The Monday-to-Sunday week of the local date `day`. A date that cannot be booked yet or any more shows the
    nearest week that can. Raises UnknownTreatment, UnknownPractitioner.
    """
    sold, _ = what_and_who(catalogue, treatment, practitioner)
    first, last = bookable_days(catalogue, sold, now=now)
    monday = _monday(min(max(day, first), last))
    days = find_free_days(
        catalogue,
        treatment,
        practitioner,
        first_day=monday,
        days=7,
        now=now,
        own_booking=own_booking,
        returning=returning,
    )
    return WeekOfSlots(
        tuple(days),
        previous=monday - WEEK if monday > first else None,
        following=monday + WEEK if monday + WEEK <= last else None,
    )


def find_ways_on(
    catalogue: Catalogue,
    treatment: str,
    practitioner: str | None,
    *,
    from_day: date,
    now: datetime,
    own_booking: int | None = None,
    returning: bool | None = None,
) -> WaysOn:
    """What is free from the local date `from_day` up to the horizon: the same wish, other people, other lengths.

    The whole horizon is read at once: for the page that must not end in a blank, not for every page.
    Raises UnknownTreatment, UnknownPractitioner.
    """
    sold, people = what_and_who(catalogue, treatment, practitioner)
    others = [one for one in catalogue.offering(treatment) if one not in people]
    dates = _dates(catalogue, sold, from_day, now=now)
    diary = read_days(catalogue, dates, now=now, own_booking=own_booking)

    def first(wish: Treatment, group: tuple[Practitioner, ...]) -> Slot | None:
        found = offered_slots(catalogue, wish, group, dates, diary, now=now, returning=returning)
        return next((slots[0] for slots in found if slots), None)

    lengths = []
    for other in catalogue.treatments.values():
        group = tuple(one for one in catalogue.offering(other.slug) if practitioner in (None, one.slug))
        if other.slug != treatment and other.audience in ("all", sold.audience):
            lengths.append((other.slug, first(other, group)))
    return WaysOn(
        soonest=first(sold, people),
        people=_soonest([(one.slug, first(sold, (one,))) for one in others]),
        lengths=_soonest(lengths),
    )


def _soonest(found: list[tuple[str, Slot | None]]) -> tuple[tuple[str, Slot], ...]:
    free = [(slug, slot) for slug, slot in found if slot is not None]
    return tuple(sorted(free, key=lambda named: named[1].starts_at))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _dates(catalogue: Catalogue, treatment: Treatment, from_day: date, *, now: datetime) -> list[date]:
    first, last = bookable_days(catalogue, treatment, now=now)
    first = max(first, from_day)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
