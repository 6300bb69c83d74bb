"""A practitioner's day between the visits, also on the two days a year that are not 24 hours long."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from app.domain.catalogue import DiaryRules, WeeklySpan
from app.domain.diary import DiaryChange
from app.domain.gaps import gaps_of
from app.domain.local_time import instant_of, zone_named
from app.domain.spans import Span
from tests.factories.catalogue import make_practitioner

LONDON = "Europe/London"
RULES = DiaryRules(zone=LONDON)
THURSDAY = date(2026, 11, 26)


def at(day: date, words: str) -> Span:
    """09:00-11:15 on the clock of that day."""
    begin, end = (instant_of(LONDON, day, time.fromisoformat(clock)) for clock in words.split("-"))
    return Span(begin, end)


def told(day: date, busy: list[Span], changes: list[DiaryChange], **person: object) -> list[str]:
    """free 09:00-10:00, and the like, on the practice's clock."""
    zone = zone_named(LONDON)
    found = gaps_of(RULES, make_practitioner("sam", **person), day, busy, changes)
    return [f"{gap.kind} {_clock(gap.span.starts_at, zone)}-{_clock(gap.span.ends_at, zone)}" for gap in found]


def _clock(moment: datetime, zone: object) -> str:
    return f"{moment.astimezone(zone):%H:%M}"  # type: ignore[arg-type]


def test_a_day_without_visits_is_free_but_for_its_break() -> None:
    assert told(THURSDAY, [], []) == ["free 09:00-13:00", "break 13:00-14:00", "free 14:00-18:00"]


def test_visits_cut_the_free_time_and_a_few_minutes_are_not_told() -> None:
    busy = [at(THURSDAY, "10:00-11:15"), at(THURSDAY, "11:20-13:15")]
    assert told(THURSDAY, busy, []) == ["free 09:00-10:00", "break 13:15-14:00", "free 14:00-18:00"]


@pytest.mark.parametrize("who", ["sam", None])
def test_time_off_is_told_where_there_would_have_been_hours(who: str | None) -> None:
    off = DiaryChange("off", at(THURSDAY, "12:00-19:00"), who)
    assert told(THURSDAY, [], [off]) == ["free 09:00-12:00", "off 12:00-13:00", "break 13:00-14:00", "off 14:00-18:00"]
    sunday = date(2026, 11, 29)
    assert (
        told(sunday, [], [DiaryChange("off", Span(off.span.starts_at, at(sunday, "09:00-18:00").ends_at), who)]) == []
    )


def test_someone_elses_time_off_is_no_gap_and_extra_hours_are_free() -> None:
    alex_off = DiaryChange("off", at(THURSDAY, "09:00-18:00"), "alex")
    extra = DiaryChange("extra", at(THURSDAY, "18:00-19:30"), "sam")
    assert told(THURSDAY, [], [alex_off, extra]) == ["free 09:00-13:00", "break 13:00-14:00", "free 14:00-19:30"]


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 28), 23), (date(2026, 10, 25), 25), (THURSDAY, 24)])
def test_a_whole_day_is_as_long_as_the_clock_makes_it(day: date, hours: int) -> None:
    always = (WeeklySpan(day.weekday(), time(0), time(0)),)
    (gap,) = gaps_of(RULES, make_practitioner("sam", hours=always), day, [])
    assert gap.span.ends_at - gap.span.starts_at == timedelta(hours=hours)
