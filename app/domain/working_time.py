"""When a practitioner may have visits: weekly hours in local time, made instants, with what changes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from functools import lru_cache

from app.domain.catalogue import DiaryRules, Practitioner, WeeklySpan
from app.domain.diary import DiaryChange
from app.domain.local_time import end_of_day, instant_of, start_of_day
from app.domain.spans import Span, subtract

_MIDNIGHT = time(0)


def working_time(
    rules: DiaryRules, practitioner: Practitioner, day: date, changes: Sequence[DiaryChange] = ()
) -> tuple[Span, ...]:
    """The spans (UTC, sorted, separate) in which the practitioner may have visits on a local date.

    Weekly hours valid on that date, less breaks, unless the day is closed; plus extra hours; less time off.
    """
    weekly = () if day in rules.closed_days else weekly_time(rules.zone, practitioner, day)
    return with_changes(rules.zone, practitioner, day, weekly, changes) if changes else weekly


@lru_cache(maxsize=4096)
def weekly_time(zone: str, practitioner: Practitioner, day: date) -> tuple[Span, ...]:
    """The practitioner's weekly hours, less breaks, on a local date."""
    return subtract(_on_day(zone, practitioner.hours, day), _on_day(zone, practitioner.breaks, day))


def with_changes(
    zone: str, practitioner: Practitioner, day: date, weekly: Sequence[Span], changes: Iterable[DiaryChange]
) -> tuple[Span, ...]:
    """`weekly` hours of a local date with that person's extra hours, less their time off, which is stronger."""
    own = [change for change in changes if change.practitioner in (None, practitioner.slug)]
    today = Span(start_of_day(zone, day), end_of_day(zone, day))
    extra = [_within(change.span, today) for change in own if change.kind == "extra"]
    return subtract((*weekly, *extra), (change.span for change in own if change.kind == "off"))


def _on_day(zone: str, spans: Iterable[WeeklySpan], day: date) -> list[Span]:
    """The weekly spans that are valid on a local date, as instants."""
    return [
        Span(
            instant_of(zone, day, span.opens),
            end_of_day(zone, day) if span.closes == _MIDNIGHT else instant_of(zone, day, span.closes),
        )
        for span in spans
        if span.weekday == day.weekday()
        and (span.valid_from is None or span.valid_from <= day)
        and (span.valid_until is None or day <= span.valid_until)
    ]


def _within(span: Span, limits: Span) -> Span:
    return Span(max(span.starts_at, limits.starts_at), min(span.ends_at, limits.ends_at))
