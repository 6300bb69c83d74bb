"""A wall time stands for the first instant at which the local clock shows it, or later."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.domain.local_time import day_of, end_of_day, instant_of, minute_of_day, start_of_day, zone_named


@pytest.mark.parametrize(
    ("zone", "day", "clock", "instant"),
    [
        ("Europe/London", date(2027, 1, 15), time(9), "2027-01-15T09:00"),
        ("Europe/London", date(2027, 7, 15), time(9), "2027-07-15T08:00"),
        ("Europe/London", date(2027, 3, 28), time(1, 30), "2027-03-28T01:00"),  # skipped: the moment of the jump
        ("Europe/London", date(2027, 10, 31), time(1, 30), "2027-10-31T00:30"),  # comes twice: the first time
        ("Europe/Amsterdam", date(2027, 3, 28), time(2, 15), "2027-03-28T01:00"),
        ("Europe/Amsterdam", date(2027, 10, 31), time(2, 15), "2027-10-31T00:15"),
        ("America/New_York", date(2027, 3, 14), time(2, 59), "2027-03-14T07:00"),
        ("America/New_York", date(2027, 11, 7), time(1), "2027-11-07T05:00"),
        ("Australia/Lord_Howe", date(2027, 10, 3), time(2, 10), "2027-10-02T15:30"),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45), "2027-04-03T14:45"),
    ],
)
def test_wall_times_become_instants(zone: str, day: date, clock: time, instant: str) -> None:
    assert instant_of(zone, day, clock) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", date(2027, 3, 28), 23),
        ("Europe/London", date(2027, 10, 31), 25),
        ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
        ("Australia/Lord_Howe", date(2027, 10, 3), 23.5),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # midnight itself was skipped
    ],
)
def test_days_have_their_real_length(zone: str, day: date, hours: float) -> None:
    assert end_of_day(zone, day) - start_of_day(zone, day) == timedelta(hours=hours)


def test_years_that_only_a_hand_made_request_names_are_survived() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert day_of("Pacific/Auckland", last) == date(9000, 1, 1)
    assert day_of("Pacific/Honolulu", datetime.min.replace(tzinfo=UTC)) == date(1900, 1, 1)
    assert start_of_day("Europe/London", date.max) <= end_of_day("Europe/London", date.max) <= last


def test_only_full_minutes_are_on_the_clock() -> None:
    at = datetime(2027, 7, 1, 8, 15, tzinfo=UTC)
    assert minute_of_day("Europe/London", at) == 9 * 60 + 15
    assert minute_of_day("Europe/London", at + timedelta(seconds=1)) is None


def test_unknown_zones_are_refused() -> None:
    with pytest.raises(KeyError):
        zone_named("Europe/Nowhere")
