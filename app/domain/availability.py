"""Which times are offered: one set of rules, for lists of free times and for a single wish alike.

A start is offered when all of this holds:
- the practitioner gives the treatment, and the treatment is for this visitor (new, returning);
- the local clock shows a multiple of the practice's step;
- it is not sooner than the lead time and not later than the horizon (local dates, today included);
- the whole visit lies in working time (see `working_time`). Buffers may reach beyond it: they are for the room;
- the visit with its buffers overlaps no live booking of the practitioner, and one of their rooms is free as long,
  unless it is given at home;
- the practitioner's hands-on minutes of that local date stay within the daily cap. Minutes count for the date on
  which a booking begins to keep time.

Everything is computed on instants (UTC); local dates and wall times come from `local_time` alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter

from app.domain.catalogue import Catalogue, DiaryRules, Practitioner, Treatment
from app.domain.diary import Diary, Slot, Visit
from app.domain.free_sets import Asked, free_sets
from app.domain.local_time import day_of, end_of_day, start_of_day
from app.domain.spans import Span
from app.domain.start_grid import grid_of, pick

NOTHING_BOOKED = Diary()
#: What a visit keeps at most, buffers included (content with longer ones is refused): what touches a date begins no
#: earlier than this before it.
LONGEST_BUSY = timedelta(hours=6)


def visit_at(treatment: Treatment, starts_at: datetime, *, returning: bool | None = None) -> Visit:
    """The visit that starts at `starts_at`, and the time it keeps."""
    minutes = minutes_of(treatment, returning)
    ends_at = starts_at + timedelta(minutes=minutes)
    return Visit(
        at=Span(starts_at, ends_at),
        busy=Span(
            starts_at - timedelta(minutes=treatment.buffer_before), ends_at + timedelta(minutes=treatment.buffer_after)
        ),
        minutes=minutes,
    )


def minutes_of(treatment: Treatment, returning: bool | None) -> int:
    """How long the visit is: longer, where the treatment says so, for someone who is new."""
    return treatment.minutes + (treatment.first_visit_minutes if returning is False else 0)


def offered_slots(
    catalogue: Catalogue,
    treatment: Treatment,
    practitioners: Sequence[Practitioner],
    days: Sequence[date],
    diary: Diary,
    *,
    now: datetime,
    returning: bool | None = None,
) -> tuple[tuple[Slot, ...], ...]:
    """The offered slots of each of `days` (local dates), in order of time. Each start comes once, with the first of
    `practitioners` who is free.

    `diary` must hold `diary_window` of these dates. `returning` None means that the visitor has not said yet.
    """
    rules = catalogue.rules
    window = _from_next_start(rules, bookable_window(rules, treatment, now=now))
    return _slots_within(rules, treatment, tuple(practitioners), tuple(days), diary, window, returning)


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
    wish = grid_of(rules.zone, rules.step_minutes, day).only(starts_at)
    (offered,) = _offered(rules, treatment, (practitioner,), (day,), diary, window, returning)
    return any(starts & wish for _, starts in offered)


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


def _may_book(treatment: Treatment, practitioner: Practitioner, returning: bool | None) -> bool:
    if treatment.slug not in practitioner.treatments:
        return False
    return returning is None or treatment.audience == "all" or returning is (treatment.audience == "returning")


#: The offered starts of one date as sets over its grid, beside the slugs of those who may take the visit.
_Sets = tuple[tuple[str, int], ...]


def _from_next_start(rules: DiaryRules, window: Span) -> Span:
    """The window from its first start on: the same one until the clock has passed that start."""
    grid = grid_of(rules.zone, rules.step_minutes, day_of(rules.zone, window.starts_at))
    place = bisect_left(grid.starts, window.starts_at)
    return Span(grid.starts[place] if place < len(grid.starts) else grid.ends_at, window.ends_at)


@lru_cache(maxsize=256)
def _slots_within(
    rules: DiaryRules,
    treatment: Treatment,
    practitioners: tuple[Practitioner, ...],
    days: tuple[date, ...],
    diary: Diary,
    window: Span,
    returning: bool | None,
) -> tuple[tuple[Slot, ...], ...]:
    """`offered_slots` by all that they depend on, so that the same question about the same diary costs a look-up."""
    offered = _offered(rules, treatment, practitioners, days, diary, window, returning)
    return tuple([_slots(rules.zone, rules.step_minutes, day, sets) for day, sets in zip(days, offered, strict=True)])


def _offered(
    rules: DiaryRules,
    treatment: Treatment,
    practitioners: Sequence[Practitioner],
    days: Sequence[date],
    diary: Diary,
    window: Span,
    returning: bool | None,
) -> list[_Sets]:
    people = tuple(one for one in practitioners if _may_book(treatment, one, returning))
    visit = (minutes_of(treatment, returning), treatment.buffer_before, treatment.buffer_after)
    offered: list[_Sets] = []
    for day in days:
        grid = grid_of(rules.zone, rules.step_minutes, day)
        in_window = grid.between(window.starts_at, window.ends_at)
        if not in_window:
            offered.append(())
            continue
        asked = Asked(rules.zone, rules.step_minutes, day, day not in rules.closed_days, *visit, treatment.needs_room)
        taken = diary.begun_between(grid.begins_at - LONGEST_BUSY, grid.ends_at + LONGEST_BUSY)
        free = free_sets(asked, people, taken, diary.changes_between(grid.begins_at, grid.ends_at))
        offered.append(tuple([(one.slug, starts & in_window) for one, starts in zip(people, free, strict=True)]))
    return offered


@lru_cache(maxsize=2048)
def _slots(zone: str, step_minutes: int, day: date, offered: _Sets) -> tuple[Slot, ...]:
    """The slots of these sets, in order of time; of those who are free at the same start, the first."""
    grid, seen = grid_of(zone, step_minutes, day), 0
    slots: list[Slot] = []
    for slug, starts in offered:
        slots += (Slot(start, slug) for start in pick(grid.starts, starts & ~seen))
        seen |= starts
    return tuple(sorted(slots, key=attrgetter("starts_at")))
