"""Starts that leave the day in usable pieces come first."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from app.domain.availability import NOTHING_BOOKED, offered_slots
from app.domain.catalogue import WeeklySpan
from app.domain.diary import Diary, Taken
from app.domain.spans import Span
from app.domain.tidy_starts import crumbs_of, rank_starts
from tests.factories.catalogue import make_catalogue, make_practitioner, make_treatment

DAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
#: Half an hour is the shortest visit, with a quarter after it: less than 45 minutes is a crumb (30 before closing).
SAM = make_practitioner("sam", hours=(WeeklySpan(DAY.weekday(), time(9), time(12)),))
CATALOGUE = make_catalogue(SAM)
VISIT = make_treatment(60)


def at(clock: str) -> datetime:
    return datetime.combine(DAY, time.fromisoformat(clock), tzinfo=UTC)


def ranked(diary: Diary = NOTHING_BOOKED) -> list[str]:
    (slots,) = offered_slots(CATALOGUE, VISIT, [SAM], [DAY], diary, now=NOW)
    starts = rank_starts(CATALOGUE, VISIT, SAM, DAY, [slot.starts_at for slot in slots], diary)
    return [f"{start:%H:%M}" for start in starts]


def crumbs(start: str, end: str) -> timedelta:
    return crumbs_of(CATALOGUE, SAM, DAY, Diary(), Taken("sam", Span(at(start), at(end)), 60))


def test_starts_without_crumbs_come_in_order_of_time_before_the_others() -> None:
    assert ranked() == ["09:00", "09:45", "10:00", "10:15", "10:45", "11:00", "09:15", "10:30", "09:30"]


def test_all_starts_are_kept_and_none_is_added() -> None:
    (slots,) = offered_slots(CATALOGUE, VISIT, [SAM], [DAY], Diary(), now=NOW)
    assert sorted(ranked()) == [f"{slot.starts_at:%H:%M}" for slot in slots]


def test_a_gap_that_no_visit_fits_is_a_crumb() -> None:
    assert crumbs("09:00", "10:15") == timedelta()
    assert crumbs("09:15", "10:30") == timedelta(minutes=15)
    assert crumbs("09:30", "10:45") == timedelta(minutes=30)
    assert crumbs("09:45", "11:00") == timedelta()
    assert crumbs("10:30", "11:45") == timedelta(minutes=15)


def test_a_start_beside_a_booking_comes_first() -> None:
    booked = Diary((Taken("sam", Span(at("09:45"), at("10:30")), 30),))
    assert ranked(booked) == ["10:30", "10:45", "11:00"]
