"""A programme: several visits that are booked in one go. What it costs, and which days suit it.

Spacing is counted in local dates: the practice says how many days lie between one visit and the next. Its planner
looks at every run of free days that keeps the spacing and takes the one nearest to what the visitor prefers; costs
are in minutes, so that a day too soon and an hour too late can be weighed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from app.domain.diary import Slot
from app.domain.local_time import day_of, zone_named
from app.domain.waitlist import PARTS

#: What another weekday than the preferred one costs, and a day off the middle of the spacing, and a day of waiting.
OTHER_WEEKDAY, OFF_THE_MIDDLE, WAITING = 360, 30, 20
#: A time of day further away than this is as bad as any.
FURTHEST = 240

MoveFault = Literal["expired", "too_close"]


@dataclass(frozen=True, slots=True)
class Spacing:
    """How many days (local dates) lie between one visit and the next, both ends allowed."""

    min_days: int
    max_days: int

    def holds(self, earlier: date, later: date) -> bool:
        """Whether two visits that follow one another may be on these dates."""
        return self.min_days <= (later - earlier).days <= self.max_days


@dataclass(frozen=True, slots=True)
class Programme:
    """What is sold: `visits` of one treatment, `spacing` apart, for `price_minor` together, tax included.

    All visits lie within `valid_days` of the day of booking. `slug` is that of the text that declares it.
    """

    slug: str
    title: str
    treatment: str
    visits: int
    spacing: Spacing
    price_minor: int
    valid_days: int

    @property
    def shares(self) -> tuple[int, ...]:
        """Each visit's part of the price, in minor units; what cannot be divided falls on the first ones."""
        part, rest = divmod(self.price_minor, self.visits)
        return tuple(part + (number < rest) for number in range(self.visits))

    def valid_until(self, booked_on: date) -> date:
        """The last local date on which a visit of it may be, when it is booked on `booked_on`."""
        return booked_on + timedelta(days=self.valid_days)


@dataclass(frozen=True, slots=True)
class Preference:
    """What the visitor would like: a weekday (0 is Monday), a part of the day (see `waitlist.PARTS`).

    `minute` of the local day stands for "about the same time as before".
    """

    weekday: int | None = None
    part: str | None = None
    minute: int | None = None


Free = Mapping[date, Sequence[Slot]]


def propose(
    programme: Programme,
    free: Free,
    wish: Preference,
    *,
    zone: str,
    until: date,
    kept: Mapping[int, Slot] | None = None,
) -> tuple[Slot, ...] | None:
    """One free time for each visit, in order: the run that keeps the spacing and is nearest to the wish.

    `free` are the free times by local date, `until` the last date that counts, `kept` the visits (from 0) whose
    time is settled already. Without a preference the later visits are on the weekday and about at the time of the
    first. None when no run of free days keeps the spacing.
    """
    kept = kept or {}
    found = _nearest_run(programme, free, wish, zone, until, kept)
    if found is None or wish != Preference():
        return found
    first = found[0].starts_at.astimezone(zone_named(zone))
    alike = Preference(first.weekday(), minute=first.hour * 60 + first.minute)
    return _nearest_run(programme, free, alike, zone, until, {0: found[0], **kept})


def alternatives(
    programme: Programme,
    plan: Sequence[Slot],
    place: int,
    free: Free,
    *,
    zone: str,
    until: date,
) -> dict[date, tuple[Slot, ...]]:
    """The days, with their free times, on which the visit at `place` (from 0) could be while all others stay."""
    days = [day_of(zone, slot.starts_at) for slot in plan]
    return {
        day: tuple(slots)
        for day, slots in sorted(free.items())
        if slots and day <= until and spacing_fault(programme.spacing, [*days[:place], day, *days[place + 1 :]]) is None
    }


def spacing_fault(spacing: Spacing, days: Sequence[date]) -> int | None:
    """The place (from 1) of the first visit that is too near to the one before, or too far from it; None if none."""
    return next((place for place, pair in enumerate(pairwise(days), start=1) if not spacing.holds(*pair)), None)


def move_fault(spacing: Spacing, others: Sequence[date], day: date, *, valid_until: date) -> MoveFault | None:
    """Why one visit may not move to the local date `day`; None when it may. `others` are the visits that stand.

    A move keeps the days of rest between any two visits. It may leave a longer gap: whoever was ill comes later.
    """
    if day > valid_until:
        return "expired"
    return "too_close" if any(abs((day - other).days) < spacing.min_days for other in others) else None


def _nearest_run(
    programme: Programme, free: Free, wish: Preference, zone: str, until: date, kept: Mapping[int, Slot]
) -> tuple[Slot, ...] | None:
    """The cheapest run, found from its end: for every visit and day the cheapest way to go on from there."""
    best = {day: _best_of(slots, wish, zone) for day, slots in free.items() if slots and day <= until}
    options: list[dict[date, tuple[int, Slot]]] = []
    for place in range(programme.visits):
        slot = kept.get(place)
        options.append(best if slot is None else {day_of(zone, slot.starts_at): (0, slot)})
    onward: list[dict[date, tuple[int, date | None]]] = [{} for _ in options]
    for place in reversed(range(programme.visits)):
        following = onward[place + 1] if place + 1 < programme.visits else None
        for day, (cost, _) in options[place].items():
            step = (0, None) if following is None else _cheapest_step(programme.spacing, day, following)
            if step is not None:
                onward[place][day] = (cost + step[0], step[1])
    if not onward[0]:
        return None
    start = min(onward[0])
    chosen: date | None = min(onward[0], key=lambda on: (onward[0][on][0] + WAITING * (on - start).days, on))
    run: list[Slot] = []
    for place in range(programme.visits):
        assert chosen is not None
        run.append(options[place][chosen][1])
        chosen = onward[place][chosen][1]
    return tuple(run)


def _cheapest_step(
    spacing: Spacing, day: date, following: Mapping[date, tuple[int, date | None]]
) -> tuple[int, date] | None:
    middle = (spacing.min_days + spacing.max_days) // 2
    reach = (day + timedelta(days=gap) for gap in range(spacing.min_days, spacing.max_days + 1))
    ways = [(following[on][0] + OFF_THE_MIDDLE * abs((on - day).days - middle), on) for on in reach if on in following]
    return min(ways, default=None)


def _best_of(slots: Sequence[Slot], wish: Preference, zone: str) -> tuple[int, Slot]:
    return min(
        ((_cost(slot.starts_at, wish, zone), slot) for slot in slots), key=lambda one: (one[0], one[1].starts_at)
    )


def _cost(starts_at: datetime, wish: Preference, zone: str) -> int:
    local = starts_at.astimezone(zone_named(zone))
    minute = local.hour * 60 + local.minute
    cost = OTHER_WEEKDAY if wish.weekday not in (None, local.weekday()) else 0
    if wish.part is not None:
        hours = PARTS[wish.part]
        away = max(hours.start * 60 - minute, minute - (hours.stop * 60 - 1), 0)
        return cost + min(away, FURTHEST)
    return cost + (min(abs(minute - wish.minute), FURTHEST) if wish.minute is not None else 0)
