"""Opening hours as people say them, and whether the door is open now."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain.local_time import day_of, instant_of
from app.domain.wording import DAYS, in_words
from app.publishing.schema.fronts import Hours
from app.publishing.schema.practice import Opening, Practice

SOONEST_DAYS = 14


@dataclass(frozen=True, slots=True)
class Door:
    """Whether the practice is open, and the instant (UTC) at which that changes; None when not within two weeks."""

    is_open: bool
    changes_at: datetime | None


@dataclass(frozen=True, slots=True)
class HoursLine:
    """One line of the hours table: days in words, spans as local times; no spans means closed."""

    days: str
    spans: tuple[tuple[time, time], ...]


def hours_lines(practice: Practice) -> list[HoursLine]:
    """The week as lines, with the days that no line names as closed at the end."""
    lines = [HoursLine(days_in_words(o.days), o.spans) for o in practice.hours if o.spans]
    open_days = {day for o in practice.hours if o.spans for day in o.days}
    closed = [day for day in range(7) if day not in open_days]
    return [*lines, HoursLine(days_in_words(closed), ())] if closed else lines


def weekly_lines(spans: Iterable[Hours]) -> list[HoursLine]:
    """One person's weekly hours: days that share the same spans stand on one line."""
    by_day: dict[int, list[tuple[time, time]]] = {}
    for span in spans:
        for day in span.days:
            by_day.setdefault(day, []).append((span.from_, span.until))
    alike: dict[tuple[tuple[time, time], ...], list[int]] = {}
    for day in sorted(by_day):
        alike.setdefault(tuple(sorted(by_day[day])), []).append(day)
    return [HoursLine(days_in_words(days), hours) for hours, days in alike.items()]


def days_in_words(days: Sequence[int]) -> str:
    """'Tuesday to Friday', 'Saturday', 'Sunday and Monday': runs of three days or more in short."""
    runs: list[list[int]] = []
    for day in _from_first(sorted(set(days))):
        if runs and (runs[-1][-1] + 1) % 7 == day:
            runs[-1].append(day)
        else:
            runs.append([day])
    words: list[str] = []
    for run in runs:
        words += [f"{DAYS[run[0]]} to {DAYS[run[-1]]}"] if len(run) > 2 else [DAYS[d] for d in run]
    return in_words(words)


def _from_first(days: list[int]) -> list[int]:
    """Days in order, beginning after the longest gap: Sunday and Monday belong together."""
    if 0 not in days or 6 not in days or len(days) == 7:
        return days
    start = next(d for d in reversed(days) if (d - 1) % 7 not in days)
    return [d for d in days if d >= start] + [d for d in days if d < start]


def door(hours: Sequence[Opening], zone: str, closed_days: Container[date], now: datetime) -> Door:
    """Whether the practice is open at `now` (aware), from its hours and its closed days."""
    today = day_of(zone, now)
    for ahead in range(SOONEST_DAYS):
        day = today + timedelta(days=ahead)
        if day in closed_days:
            continue
        for opens, closes in sorted(span for o in hours if day.weekday() in o.days for span in o.spans):
            begins, ends = instant_of(zone, day, opens), instant_of(zone, day, closes)
            if begins <= now < ends:
                return Door(True, ends)
            if now < begins:
                return Door(False, begins)
    return Door(False, None)
