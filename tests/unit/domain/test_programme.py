"""The planner of programmes: runs of free days that keep the spacing, nearest to what the visitor prefers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.diary import Slot
from app.domain.local_time import day_of, instant_of
from app.domain.programme import Preference, Programme, Spacing, alternatives, move_fault, propose, spacing_fault

ZONE = "Europe/London"
MONDAY = date(2026, 11, 23)
FIVE = Programme("runner", "Five visits", "60-minute-visit", 5, Spacing(5, 9), 27000, 183)
FAR = date(2027, 6, 1)


def free_on(days: Sequence[date], clocks: Sequence[int] = (9, 13, 18)) -> dict[date, tuple[Slot, ...]]:
    return {day: tuple(Slot(instant_of(ZONE, day, time(hour)), "sam") for hour in clocks) for day in days}


def weekdays(count: int, first: date = MONDAY) -> list[date]:
    return [day for day in (first + timedelta(days=n) for n in range(count)) if day.weekday() < 6]


def days_of(run: Sequence[Slot]) -> list[date]:
    return [day_of(ZONE, slot.starts_at) for slot in run]


def test_without_a_wish_it_keeps_the_weekday_and_the_time_of_the_first_visit() -> None:
    run = propose(FIVE, free_on(weekdays(56)), Preference(), zone=ZONE, until=FAR)
    assert run is not None
    assert days_of(run) == [MONDAY + timedelta(days=7 * n) for n in range(5)]
    assert {slot.starts_at.hour for slot in run} == {9}


def test_it_waits_for_the_weekday_and_part_of_day_that_are_preferred() -> None:
    run = propose(FIVE, free_on(weekdays(56)), Preference(3, "evening"), zone=ZONE, until=FAR)
    assert run is not None
    assert {day.weekday() for day in days_of(run)} == {3}
    assert {slot.starts_at.hour for slot in run} == {18}


def test_a_full_week_is_gone_around_within_the_spacing() -> None:
    days = [day for day in weekdays(56) if day != MONDAY + timedelta(days=14)]
    run = propose(FIVE, free_on(days), Preference(0), zone=ZONE, until=FAR)
    assert run is not None
    assert spacing_fault(FIVE.spacing, days_of(run)) is None
    assert sum(day.weekday() == 0 for day in days_of(run)) == 4


def test_what_was_settled_stays_and_the_others_go_around_it() -> None:
    free = free_on(weekdays(70))
    settled = free[MONDAY + timedelta(days=17)][1]
    run = propose(FIVE, free, Preference(), zone=ZONE, until=FAR, kept={2: settled})
    assert run is not None
    assert run[2] == settled
    assert spacing_fault(FIVE.spacing, days_of(run)) is None


def test_a_run_over_the_clock_change_keeps_the_local_time() -> None:
    run = propose(FIVE, free_on(weekdays(60, date(2027, 3, 1)), (18,)), Preference(), zone=ZONE, until=FAR)
    assert run is not None
    assert [slot.starts_at.hour for slot in run] == [18, 18, 18, 18, 17]


def test_there_is_no_run_when_the_free_days_are_too_far_apart_or_end_too_early() -> None:
    apart = [MONDAY + timedelta(days=10 * n) for n in range(6)]
    assert propose(FIVE, free_on(apart), Preference(), zone=ZONE, until=FAR) is None
    assert propose(FIVE, {}, Preference(), zone=ZONE, until=FAR) is None
    soon = MONDAY + timedelta(days=19)
    assert propose(FIVE, free_on(weekdays(56)), Preference(), zone=ZONE, until=soon) is None


def test_other_days_for_one_visit_leave_all_others_where_they_are() -> None:
    free = free_on(weekdays(56))
    run = propose(FIVE, free, Preference(), zone=ZONE, until=FAR)
    assert run is not None
    around = alternatives(FIVE, run, 2, free, zone=ZONE, until=FAR)
    middle = MONDAY + timedelta(days=14)
    assert list(around) == [day for day in weekdays(20) if abs((day - middle).days) <= 2]
    last = alternatives(FIVE, run, 4, free, zone=ZONE, until=FAR)
    assert min(last) == days_of(run)[3] + timedelta(days=5)


@pytest.mark.parametrize(
    ("day", "fault"), [(3, "too_close"), (5, None), (11, "too_close"), (40, None), (60, None), (61, "expired")]
)
def test_a_visit_may_move_where_rest_remains_and_the_programme_still_runs(day: int, fault: str | None) -> None:
    others = [MONDAY, MONDAY + timedelta(days=14)]
    ends = MONDAY + timedelta(days=60)
    found = move_fault(FIVE.spacing, others, MONDAY + timedelta(days=day), valid_until=ends)
    assert found == fault


def test_the_parts_of_the_price_are_whole_pence_and_add_up() -> None:
    odd = replace(FIVE, price_minor=27003)
    assert odd.shares == (5401, 5401, 5401, 5400, 5400)
    assert sum(odd.shares) == 27003


@given(
    free=st.sets(st.integers(0, 24), max_size=14),
    gaps=st.tuples(st.integers(1, 5), st.integers(0, 4)),
    visits=st.integers(2, 4),
    weekday=st.none() | st.integers(0, 6),
)
@settings(max_examples=150, deadline=None)
def test_a_run_is_found_exactly_when_there_is_one(
    free: set[int], gaps: tuple[int, int], visits: int, weekday: int | None
) -> None:
    spacing = Spacing(gaps[0], gaps[0] + gaps[1])
    programme = replace(FIVE, visits=visits, spacing=spacing)
    days = [MONDAY + timedelta(days=number) for number in sorted(free)]
    found = propose(programme, free_on(days, (9,)), Preference(weekday), zone=ZONE, until=FAR)
    possible = [run for run in product(days, repeat=visits) if spacing_fault(spacing, run) is None]
    assert (found is not None) == bool(possible)
    if found is not None:
        assert tuple(days_of(found)) in possible
        assert all(slot.starts_at.astimezone(UTC) == slot.starts_at for slot in found)
        assert found[0].starts_at >= datetime(2026, 11, 23, tzinfo=UTC)
