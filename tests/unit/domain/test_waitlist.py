"""Which time suits whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.diary import Slot
from app.domain.waitlist import WaitWish, first_suiting, offer_until, suits

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
#: Tuesdays, in the morning.
WISH = WaitWish("60-minute-visit", None, frozenset({1}), frozenset({"morning"}), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("starts_at", "fits"),
    [
        (datetime(2026, 6, 2, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 6, 2, 10, 45, tzinfo=UTC), True),
        (datetime(2026, 6, 2, 11, 0, tzinfo=UTC), False),  # noon in London
        (datetime(2026, 6, 3, 9, 0, tzinfo=UTC), False),  # a Wednesday
        (datetime(2026, 6, 30, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 7, 9, 0, tzinfo=UTC), False),
        (datetime(2026, 6, 1, 23, 30, tzinfo=UTC), True),  # half past midnight on Tuesday in London
    ],
)
def test_days_and_parts_are_those_of_the_local_clock(starts_at: datetime, fits: bool) -> None:
    assert suits(WISH, starts_at, zone="Europe/London", now=NOW) is fits


@pytest.mark.parametrize(("hour", "part"), [(11, "morning"), (12, "afternoon"), (16, "afternoon"), (17, "evening")])
def test_each_hour_belongs_to_one_part(hour: int, part: str) -> None:
    starts_at = datetime(2026, 12, 1, hour, 0, tzinfo=UTC)
    wishes = {
        name: replace(WISH, parts=frozenset({name}), until=date(2026, 12, 31))
        for name in ("morning", "afternoon", "evening")
    }
    assert {n for n, wish in wishes.items() if suits(wish, starts_at, zone="Europe/London", now=NOW)} == {part}


def test_nothing_is_offered_twice_or_before_the_offer_could_end() -> None:
    at = datetime(2026, 6, 2, 9, 0, tzinfo=UTC)
    zone: dict[str, Any] = {"zone": "Europe/London"}
    assert not suits(replace(WISH, passed=frozenset({at})), at, now=NOW, **zone)
    assert suits(WISH, at, now=at - timedelta(minutes=60), **zone)
    assert not suits(WISH, at, now=at - timedelta(minutes=59), **zone)


@pytest.mark.parametrize(
    ("made", "until"),
    [
        ("2026-06-01T07:00", "2026-06-01T08:00"),
        ("2026-06-01T20:00", "2026-06-01T21:00"),
        ("2026-06-01T20:20", "2026-06-02T07:20"),  # forty minutes in the evening, twenty in the morning
        ("2026-06-01T21:00", "2026-06-02T08:00"),
        ("2026-06-01T23:59", "2026-06-02T08:00"),
        ("2026-06-02T00:01", "2026-06-02T08:00"),
        ("2026-06-02T06:59", "2026-06-02T08:00"),
        ("2026-10-24T22:00", "2026-10-25T08:00"),  # the night on which the clocks go back
        ("2026-03-28T22:00", "2026-03-29T08:00"),  # and that on which they go forward
        ("2026-12-31T22:00", "2027-01-01T08:00"),
        ("2028-02-28T22:00", "2028-02-29T08:00"),
    ],
)
def test_the_night_is_not_counted(made: str, until: str) -> None:
    zone = ZoneInfo("Europe/London")
    found = offer_until(datetime.fromisoformat(made).replace(tzinfo=zone).astimezone(UTC), "Europe/London")
    assert found.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes") == until


def test_the_first_that_suits_is_taken() -> None:
    slots = [Slot(datetime(2026, 6, day, 9, 0, tzinfo=UTC), "sam") for day in (1, 2, 9)]
    assert first_suiting(WISH, slots, zone="Europe/London", now=NOW) == slots[1]
    assert first_suiting(WISH, slots[:1], zone="Europe/London", now=NOW) is None
