"""Booking states and the cells that cover a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from app.domain.booking import LIVE_STATES, TRANSITIONS, State, cells_between, may_become

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CELL = timedelta(minutes=5)
INSTANTS = st.integers(0, 100_000).map(lambda seconds: NOON + timedelta(seconds=seconds))
LENGTHS = st.integers(1, 40_000).map(lambda seconds: timedelta(seconds=seconds))


def test_every_state_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(get_args(State)) >= LIVE_STATES


def test_money_once_taken_cannot_fall_back_to_a_hold() -> None:
    assert not any(may_become(state, "held") for state in TRANSITIONS)
    assert not may_become("confirmed", "released")
    assert not may_become("cancelled", "confirmed")
    assert may_become("released", "confirmed"), "a late payment may take its free time again"


def test_cells_of_a_visit_on_the_marks() -> None:
    assert cells_between(NOON, NOON + timedelta(minutes=75)) == [NOON + n * CELL for n in range(15)]


@given(INSTANTS, LENGTHS)
def test_cells_cover_the_time_and_no_more(start: datetime, length: timedelta) -> None:
    cells = cells_between(start, start + length)
    assert cells == sorted(set(cells))
    assert all(cell.minute % 5 == 0 and cell.second == 0 for cell in cells)
    assert cells[0] <= start < cells[0] + CELL
    assert cells[-1] < start + length <= cells[-1] + CELL


@given(INSTANTS, LENGTHS, INSTANTS, LENGTHS)
def test_times_that_overlap_share_a_cell(a: datetime, a_length: timedelta, b: datetime, b_length: timedelta) -> None:
    if a < b + b_length and b < a + a_length:
        assert set(cells_between(a, a + a_length)) & set(cells_between(b, b + b_length))
