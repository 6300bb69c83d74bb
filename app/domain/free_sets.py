"""The free starts of one local date, as sets: the arithmetic behind `availability`, remembered.

The answer depends on the arguments alone, so a date on which nothing has changed since it was last asked about costs
a look-up. The clock (lead time, horizon) is not among them: the caller cuts it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache, reduce
from operator import and_
from typing import NamedTuple

from app.domain.catalogue import Practitioner
from app.domain.diary import DiaryChange, Taken
from app.domain.start_grid import StartGrid, grid_of
from app.domain.working_time import weekly_time, with_changes


class Asked(NamedTuple):
    """A date of a practice, and the length of the visit with its buffers, in minutes. `is_open`: has weekly hours."""

    zone: str
    step_minutes: int
    day: date
    is_open: bool
    minutes: int
    buffer_before: int
    buffer_after: int
    needs_room: bool = True


@lru_cache(maxsize=2048)
def free_sets(
    asked: Asked, people: tuple[Practitioner, ...], taken: tuple[Taken, ...], changes: tuple[DiaryChange, ...]
) -> tuple[int, ...]:
    """The starts at which each of `people` could begin the visit, as sets over the grid of the date."""
    grid = grid_of(asked.zone, asked.step_minutes, asked.day)
    load = _load(asked, grid, taken)
    return tuple(
        _at_work(asked, grid, one, changes) & ~load.taken_from(one, asked.needs_room)
        if _within_cap(asked, one, load)
        else 0
        for one in people
    )


@dataclass(slots=True)
class _Load:
    """What bookings take from the date: starts that would overlap, by practitioner and by room, and minutes so far."""

    practitioners: dict[str, int] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)
    minutes: dict[str, int] = field(default_factory=dict)

    def taken_from(self, practitioner: Practitioner, needs_room: bool) -> int:
        """Starts at which the practitioner is busy, or none of their rooms is free."""
        full = [self.rooms.get(room, 0) for room in practitioner.rooms] if needs_room else []
        own = self.practitioners.get(practitioner.slug, 0)
        return own | reduce(and_, full) if full else own


def _load(asked: Asked, grid: StartGrid, taken: tuple[Taken, ...]) -> _Load:
    before = timedelta(minutes=asked.buffer_before)
    after = timedelta(minutes=asked.minutes + asked.buffer_after)
    load = _Load()
    for one in taken:
        if grid.begins_at <= one.busy.starts_at < grid.ends_at:
            load.minutes[one.practitioner] = load.minutes.get(one.practitioner, 0) + one.minutes
        blocked = grid.strictly_between(one.busy.starts_at - after, one.busy.ends_at + before)
        if blocked:
            load.practitioners[one.practitioner] = load.practitioners.get(one.practitioner, 0) | blocked
            if one.room:
                load.rooms[one.room] = load.rooms.get(one.room, 0) | blocked
    return load


def _within_cap(asked: Asked, practitioner: Practitioner, load: _Load) -> bool:
    cap = practitioner.daily_cap_minutes
    return cap is None or load.minutes.get(practitioner.slug, 0) + asked.minutes <= cap


def _at_work(asked: Asked, grid: StartGrid, practitioner: Practitioner, changes: tuple[DiaryChange, ...]) -> int:
    """The starts from which the whole visit lies in working time."""
    hours = weekly_time(asked.zone, practitioner, asked.day) if asked.is_open else ()
    if changes:
        hours = with_changes(asked.zone, practitioner, asked.day, hours, changes)
    length = timedelta(minutes=asked.minutes)
    starts = 0
    for span in hours:
        starts |= grid.through(span.starts_at, span.ends_at - length)
    return starts
