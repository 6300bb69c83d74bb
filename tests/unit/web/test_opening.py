"""Hours in words, and whether the door is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from app.publishing.schema.fronts import Hours
from app.publishing.schema.practice import Opening
from app.web.opening import days_in_words, door, weekly_lines

ZONE = "Europe/London"
HOURS = (
    Opening(days=(1, 2, 3, 4), spans=((time(9), time(13)), (time(15), time(20)))),
    Opening(days=(5,), spans=((time(9), time(14)),)),
)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([1, 2, 3, 4], "Tuesday to Friday"),
        ([5], "Saturday"),
        ([0, 6], "Sunday and Monday"),
        ([5, 6, 0], "Saturday to Monday"),
        ([0, 2, 4], "Monday, Wednesday and Friday"),
        ([0, 1, 2, 4], "Monday to Wednesday and Friday"),
        (range(7), "Monday to Sunday"),
        ([], ""),
    ],
)
def test_days_are_told_in_runs(days: list[int], words: str) -> None:
    assert days_in_words(days) == words


def test_the_door_is_open_within_a_span_and_closes_at_its_end() -> None:
    state = door(HOURS, ZONE, frozenset(), at(2026, 11, 24, 9))
    assert state.is_open
    assert state.changes_at == at(2026, 11, 24, 13)
    assert not door(HOURS, ZONE, frozenset(), at(2026, 11, 24, 13)).is_open


def test_summer_time_shifts_the_door_with_the_wall_clock() -> None:
    assert door(HOURS, ZONE, frozenset(), at(2026, 7, 7, 8)).is_open
    assert door(HOURS, ZONE, frozenset(), at(2026, 7, 7, 7, 59)).changes_at == at(2026, 7, 7, 8)


def test_a_closed_day_is_skipped() -> None:
    holiday = date(2026, 12, 25)
    state = door(HOURS, ZONE, {holiday, date(2026, 12, 26)}, at(2026, 12, 25, 10))
    assert not state.is_open
    assert state.changes_at == at(2026, 12, 29, 9)


def test_without_hours_nothing_is_promised() -> None:
    state = door((), ZONE, frozenset(), at(2026, 11, 24, 9))
    assert (state.is_open, state.changes_at) == (False, None)


def test_days_with_the_same_spans_share_a_line() -> None:
    spans = [
        Hours.model_validate({"days": ["tue", "wed"], "from": "09:00", "until": "13:00"}),
        Hours.model_validate({"days": ["tue"], "from": "15:00", "until": "20:00"}),
        Hours.model_validate({"days": ["thu"], "from": "09:00", "until": "13:00"}),
    ]
    assert [(line.days, len(line.spans)) for line in weekly_lines(spans)] == [
        ("Tuesday", 2),
        ("Wednesday and Thursday", 1),
    ]
