"""Which times are offered: one set of rules, for lists of free times and for a single wish alike.

A start is offered when all of this holds:
- the practitioner gives the treatment, and the treatment is for this visitor (new, returning);
- the local clock shows a multiple of the practice's step;
- it is not sooner than the lead time and not later than the horizon (local dates, today included);
- the whole visit lies in working time (see `working_time`). Buffers may reach beyond it: they are for the room;
- the visit with its buffers overlaps no live booking of the practitioner, and one of their rooms is free as long;
- the practitioner's hands-on minutes of that local date stay within the daily cap. Minutes count for the date on
  which a booking begins to keep time.

Everything is computed on instants (UTC); local dates and wall times come from `local_time` alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache, reduce
from operator import and_

from app.domain.catalogue import Catalogue, DiaryRules, Practitioner, Treatment
from app.domain.diary import Diary, Slot, Visit
from app.domain.local_time import day_of, end_of_day, start_of_day
from app.domain.spans import Span
from app.domain.start_grid import StartGrid, grid_of, pick
from app.domain.working_time import working_time

NOTHING_BOOKED = Diary()
#: Longer than any visit with its buffers: what touches a date begins at most so much earlier.
LONGEST_BUSY = timedelta(hours=6)


def visit_at(treatment: Treatment, starts_at: datetime, *, returning: bool | None = None) -> Visit:
    """The visit that starts at `starts_at`, and the time it keeps. A new client may get a longer one."""
    minutes = treatment.minutes + (treatment.first_visit_minutes if returning is False else 0)
    ends_at = starts_at + timedelta(minutes=minutes)
    return Visit(
        at=Span(starts_at, ends_at),
        busy=Span(
            starts_at - timedelta(minutes=treatment.buffer_before), ends_at + timedelta(minutes=treatment.buffer_after)
        ),
        minutes=minutes,
    )


def offered_slots(
    catalogue: Catalogue,
    treatment: Treatment,
    practitioners: Sequence[Practitioner],
    day: date,
    diary: Diary,
    *,
    now: datetime,
    returning: bool | None = None,
) -> dict[str, tuple[Slot, ...]]:
    """Every offered slot of a local date in order of time, by practitioner (slug); nobody is left out of the mapping.

    `diary` must hold `diary_window` of that date. `returning` None means that the visitor has not said yet.
    """
    rules = catalogue.rules
    offered = _offered(catalogue, treatment, practitioners, day, diary, now=now, returning=returning)
    return {
        slug: pick(_slots_of(rules.zone, rules.step_minutes, day, slug), starts) if starts else ()
        for slug, starts in offered.items()
    }


def is_offered(
    catalogue: Catalogue,
    treatment: Treatment,
    practitioner: Practitioner,
    starts_at: datetime,
    diary: Diary = NOTHING_BOOKED,
    *,
    now: datetime,
    returning: bool | None = None,
) -> bool:
    """Whether `starts_at` (aware) can be booked. With `NOTHING_BOOKED` it judges the rules alone.

    `diary` must hold `diary_window` of the local date of `starts_at`.
    """
    rules = catalogue.rules
    window = bookable_window(rules, treatment, now=now)
    if not window.starts_at <= starts_at < window.ends_at:
        return False
    day = day_of(rules.zone, starts_at)
    offered = _offered(catalogue, treatment, (practitioner,), day, diary, now=now, returning=returning)
    return bool(offered[practitioner.slug] & grid_of(rules.zone, rules.step_minutes, day).only(starts_at))


def diary_window(rules: DiaryRules, first_day: date, last_day: date) -> Span:
    """What a diary must hold to judge the local dates from `first_day` to `last_day`: bookings that begin to keep
    time in this span. It is longer than those dates at both ends by the longest visit with its buffers.
    """
    return Span(start_of_day(rules.zone, first_day) - LONGEST_BUSY, end_of_day(rules.zone, last_day) + LONGEST_BUSY)


def week_window(rules: DiaryRules, day: date) -> Span:
    """The diary window of the Monday-to-Sunday week of a local date."""
    monday = day - timedelta(days=day.weekday())
    return diary_window(rules, monday, monday + timedelta(days=6))


def bookable_window(rules: DiaryRules, treatment: Treatment, *, now: datetime) -> Span:
    """From the first instant after the lead time to the end of the last local date of the horizon."""
    lead = rules.lead_minutes if treatment.lead_minutes is None else treatment.lead_minutes
    horizon = rules.horizon_days if treatment.horizon_days is None else treatment.horizon_days
    last_day = day_of(rules.zone, now) + timedelta(days=horizon)
    return Span(now + timedelta(minutes=max(lead, 0)), end_of_day(rules.zone, last_day))


def free_room(practitioner: Practitioner, visit: Visit, diary: Diary) -> str | None:
    """The first of the practitioner's rooms that is free for the whole visit with its buffers, if any."""
    full = {taken.room for taken in diary.taken if taken.room and taken.busy.overlaps(visit.busy)}
    return next((room for room in practitioner.rooms if room not in full), None)


def rank_practitioners(
    rules: DiaryRules, practitioners: Sequence[Practitioner], day: date, diary: Diary
) -> list[Practitioner]:
    """Who takes a visit of "anyone": the least booked (hands-on minutes) of that week first, then order of display.

    `diary` must hold `week_window(rules, day)`.
    """
    monday = day - timedelta(days=day.weekday())
    week = Span(start_of_day(rules.zone, monday), start_of_day(rules.zone, monday + timedelta(days=7)))
    booked = Counter[str]()
    for taken in diary.taken:
        if week.starts_at <= taken.busy.starts_at < week.ends_at:
            booked[taken.practitioner] += taken.minutes
    return sorted(practitioners, key=lambda one: booked[one.slug])


@dataclass(slots=True)
class _Load:
    """What a diary takes from one date: starts that would overlap, by practitioner and by room, and minutes so far."""

    practitioners: dict[str, int] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)
    minutes: dict[str, int] = field(default_factory=dict)

    def taken_from(self, practitioner: Practitioner) -> int:
        """Starts at which the practitioner is busy, or none of their rooms is free."""
        full = [self.rooms.get(room, 0) for room in practitioner.rooms]
        own = self.practitioners.get(practitioner.slug, 0)
        return own | reduce(and_, full) if full else own


def _offered(
    catalogue: Catalogue,
    treatment: Treatment,
    practitioners: Sequence[Practitioner],
    day: date,
    diary: Diary,
    *,
    now: datetime,
    returning: bool | None,
) -> dict[str, int]:
    """The offered starts of a local date as sets over its grid, by practitioner."""
    rules = catalogue.rules
    grid = grid_of(rules.zone, rules.step_minutes, day)
    window = bookable_window(rules, treatment, now=now)
    in_window = grid.between(window.starts_at, window.ends_at)
    if not in_window:
        return dict.fromkeys((one.slug for one in practitioners), 0)
    pattern = visit_at(treatment, now, returning=returning)
    load = _load_of(rules, day, grid, pattern, diary)
    offered = {}
    for one in practitioners:
        cap = one.daily_cap_minutes
        may = _may_book(treatment, one, returning)
        if may and (cap is None or load.minutes.get(one.slug, 0) + pattern.minutes <= cap):
            at_work = _starts_at_work(rules, one, day, diary, grid, pattern.minutes)
            offered[one.slug] = in_window & at_work & ~load.taken_from(one)
        else:
            offered[one.slug] = 0
    return offered


def _may_book(treatment: Treatment, practitioner: Practitioner, returning: bool | None) -> bool:
    if treatment.slug not in practitioner.treatments:
        return False
    return returning is None or treatment.audience == "all" or returning is (treatment.audience == "returning")


def _load_of(rules: DiaryRules, day: date, grid: StartGrid, pattern: Visit, diary: Diary) -> _Load:
    before = pattern.at.starts_at - pattern.busy.starts_at
    after = pattern.busy.ends_at - pattern.at.starts_at
    first, end = start_of_day(rules.zone, day), end_of_day(rules.zone, day)
    load = _Load()
    for taken in diary.begun_between(first - LONGEST_BUSY, end + LONGEST_BUSY):
        if first <= taken.busy.starts_at < end:
            load.minutes[taken.practitioner] = load.minutes.get(taken.practitioner, 0) + taken.minutes
        blocked = grid.strictly_between(taken.busy.starts_at - after, taken.busy.ends_at + before)
        if blocked:
            load.practitioners[taken.practitioner] = load.practitioners.get(taken.practitioner, 0) | blocked
            if taken.room:
                load.rooms[taken.room] = load.rooms.get(taken.room, 0) | blocked
    return load


def _starts_at_work(
    rules: DiaryRules, practitioner: Practitioner, day: date, diary: Diary, grid: StartGrid, minutes: int
) -> int:
    length = timedelta(minutes=minutes)
    starts = 0
    for span in working_time(rules, practitioner, day, diary):
        starts |= grid.through(span.starts_at, span.ends_at - length)
    return starts


@lru_cache(maxsize=512)
def _slots_of(zone: str, step_minutes: int, day: date, slug: str) -> tuple[Slot, ...]:
    return tuple(Slot(start, slug) for start in grid_of(zone, step_minutes, day).starts)
