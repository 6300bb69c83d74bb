"""Which times are offered: one set of rules, for lists of free times and for a single wish alike.

A start is offered when all of this holds:
- the practitioner gives the treatment, and the treatment is for this visitor (new, returning);
- the local clock shows a multiple of the practice's step;
- it is not sooner than the lead time and not later than the horizon (local dates, today included);
- the whole visit lies in working time: weekly hours valid on that date, without breaks, unless the day is closed;
  plus extra hours; without time off. Buffers may reach beyond working time: they are for the room, not the client;
- the visit with its buffers overlaps no live booking of the practitioner, and one of their rooms is free as long;
- the practitioner's hands-on minutes of that local date stay within the daily cap.

Everything is computed on instants (UTC); local dates and wall times come from `local_time` alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from app.domain.catalogue import Catalogue, DiaryRules, Practitioner, Treatment, WeeklySpan
from app.domain.diary import Diary, Visit
from app.domain.local_time import day_of, end_of_day, instant_of, minute_of_day, start_of_day
from app.domain.spans import Span, subtract

NOTHING_BOOKED = Diary()


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


def offered_starts(
    catalogue: Catalogue,
    treatment: Treatment,
    practitioner: Practitioner,
    day: date,
    diary: Diary,
    *,
    now: datetime,
    returning: bool | None = None,
) -> tuple[datetime, ...]:
    """Every offered start (UTC, sorted) on the local date `day`. `diary` must hold that whole local date.

    `returning` None means that the visitor has not said yet.
    """
    if not _may_book(treatment, practitioner, returning):
        return ()
    window = bookable_window(catalogue.rules, treatment, now=now)
    starts = _grid_of(catalogue.rules.zone, catalogue.rules.step_minutes, day)
    return tuple(
        start
        for start in starts
        if window.starts_at <= start < window.ends_at
        and _fits(catalogue.rules, practitioner, visit_at(treatment, start, returning=returning), diary)
    )


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

    `diary` must hold the whole local date of `starts_at`, see `diary_window`.
    """
    rules = catalogue.rules
    window = bookable_window(rules, treatment, now=now)
    return (
        _may_book(treatment, practitioner, returning)
        and _on_grid(rules, starts_at)
        and window.starts_at <= starts_at < window.ends_at
        and _fits(rules, practitioner, visit_at(treatment, starts_at, returning=returning), diary)
    )


def diary_window(rules: DiaryRules, first_day: date, last_day: date) -> Span:
    """What a diary must hold to judge the local dates from `first_day` to `last_day`: their days, and six hours more.

    Visits begin on these dates; six hours are longer than any visit with its buffers.
    """
    margin = timedelta(hours=6)
    return Span(start_of_day(rules.zone, first_day) - margin, end_of_day(rules.zone, last_day) + margin)


def week_window(rules: DiaryRules, day: date) -> Span:
    """The diary window of the Monday-to-Sunday week of a local date."""
    monday = day - timedelta(days=day.weekday())
    return diary_window(rules, monday, monday + timedelta(days=6))


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


def working_time(rules: DiaryRules, practitioner: Practitioner, day: date, diary: Diary) -> tuple[Span, ...]:
    """The spans (UTC, sorted, separate) in which the practitioner may have visits on a local date."""
    changes = [c for c in diary.changes if c.practitioner in (None, practitioner.slug)]
    weekly = _weekly_time(rules.zone, practitioner.hours, practitioner.breaks, day) if _is_open(rules, day) else ()
    today = Span(start_of_day(rules.zone, day), end_of_day(rules.zone, day))
    extra = [_overlap(c.span, today) for c in changes if c.kind == "extra"]
    off = [c.span for c in changes if c.kind == "off"]
    return subtract((*weekly, *extra), off) if changes else weekly


def _may_book(treatment: Treatment, practitioner: Practitioner, returning: bool | None) -> bool:
    if treatment.slug not in practitioner.treatments:
        return False
    return returning is None or treatment.audience == "all" or returning is (treatment.audience == "returning")


def _is_open(rules: DiaryRules, day: date) -> bool:
    return day not in rules.closed_days


def _on_grid(rules: DiaryRules, starts_at: datetime) -> bool:
    minute = minute_of_day(rules.zone, starts_at)
    return minute is not None and minute % rules.step_minutes == 0


@lru_cache(maxsize=512)
def _grid_of(zone: str, step: int, day: date) -> tuple[datetime, ...]:
    """Every instant of a local date whose wall time is a multiple of `step`; a repeated hour counts twice."""
    at, end = start_of_day(zone, day), end_of_day(zone, day)
    starts = []
    while at < end:
        minute = minute_of_day(zone, at)
        if minute is not None and minute % step == 0:
            starts.append(at)
        at += timedelta(minutes=1)
    return tuple(starts)


@lru_cache(maxsize=4096)
def _weekly_time(
    zone: str, hours: tuple[WeeklySpan, ...], breaks: tuple[WeeklySpan, ...], day: date
) -> tuple[Span, ...]:
    return subtract(_on_day(zone, hours, day), _on_day(zone, breaks, day))


def _on_day(zone: str, spans: Iterable[WeeklySpan], day: date) -> list[Span]:
    """The weekly spans that are valid on a local date, as instants."""
    valid = (
        span
        for span in spans
        if span.weekday == day.weekday()
        and (span.valid_from is None or span.valid_from <= day)
        and (span.valid_until is None or day <= span.valid_until)
    )
    return [
        Span(
            instant_of(zone, day, span.opens),
            instant_of(zone, day, span.closes) if span.closes.isoformat() != "00:00:00" else end_of_day(zone, day),
        )
        for span in valid
    ]


def _overlap(one: Span, other: Span) -> Span:
    return Span(max(one.starts_at, other.starts_at), min(one.ends_at, other.ends_at))


def _fits(rules: DiaryRules, practitioner: Practitioner, visit: Visit, diary: Diary) -> bool:
    day = day_of(rules.zone, visit.starts_at)
    return (
        any(span.holds(visit.at) for span in working_time(rules, practitioner, day, diary))
        and not any(t.practitioner == practitioner.slug and t.busy.overlaps(visit.busy) for t in diary.taken)
        and free_room(practitioner, visit, diary) is not None
        and _within_cap(rules, practitioner, visit, diary)
    )


def _within_cap(rules: DiaryRules, practitioner: Practitioner, visit: Visit, diary: Diary) -> bool:
    """Hands-on minutes count for the local date on which they begin to keep time."""
    if practitioner.daily_cap_minutes is None:
        return True
    day = day_of(rules.zone, visit.busy.starts_at)
    today = sum(
        taken.minutes
        for taken in diary.taken
        if taken.practitioner == practitioner.slug and day_of(rules.zone, taken.busy.starts_at) == day
    )
    return today + visit.minutes <= practitioner.daily_cap_minutes
