"""The rules of free times, one by one, on a practice small enough to count on fingers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from app.domain.availability import (
    NOTHING_BOOKED,
    diary_window,
    free_room,
    is_offered,
    offered_slots,
    rank_practitioners,
    visit_at,
    week_window,
)
from app.domain.catalogue import Catalogue, WeeklySpan
from app.domain.diary import Diary, DiaryChange, Taken
from app.domain.spans import Span
from tests.factories.catalogue import make_catalogue, make_practitioner, make_treatment

DAY = date(2026, 11, 25)  # a Wednesday in winter: the local clock shows UTC
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
VISIT = make_treatment(60)


def at(clock: str, day: date = DAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=UTC)


def taken(start: str, end: str, practitioner: str = "sam", *, minutes: int = 60, room: str | None = None) -> Taken:
    return Taken(practitioner, Span(at(start), at(end)), minutes, room)


def starts(diary: Diary = NOTHING_BOOKED, *, now: datetime = NOW, visit: Any = VISIT, **changes: Any) -> list[str]:
    """The offered starts of Sam on DAY as clock times; `changes` change Sam."""
    sam = make_practitioner("sam", **changes)
    catalogue = make_catalogue(sam)
    return [f"{s.starts_at:%H:%M}" for s in offered_slots(catalogue, visit, [sam], [DAY], diary, now=now)[0]]


def test_a_free_day_offers_each_step_at_which_the_visit_fits_the_hours() -> None:
    shown = starts()
    assert shown[:2] == ["09:00", "09:15"]
    assert shown[shown.index("12:00") + 1] == "14:00"
    assert shown[-1] == "17:00"
    assert len(shown) == 26


def test_a_booking_takes_its_own_time_its_buffer_and_the_buffer_of_the_new_visit() -> None:
    shown = starts(Diary((taken("10:30", "11:45"),)))
    assert [s for s in shown if s < "14"] == ["09:00", "09:15", "11:45", "12:00"]


def test_buffers_may_reach_beyond_working_time_but_visits_may_not() -> None:
    long_buffers = replace(VISIT, buffer_before=30, buffer_after=30)
    assert starts(visit=long_buffers)[0] == "09:00"
    assert starts(visit=long_buffers)[-1] == "17:00"


def test_breaks_closed_days_time_off_and_extra_hours() -> None:
    lunch = (WeeklySpan(DAY.weekday(), time(10), time(12)),)
    assert [s for s in starts(breaks=lunch) if s < "14"] == ["09:00", "12:00"]
    off = DiaryChange("off", Span(at("09:00"), at("16:00")), "sam")
    assert starts(Diary(changes=(off,))) == ["16:00", "16:15", "16:30", "16:45", "17:00"]
    assert starts(Diary(changes=(replace(off, practitioner="alex"),))) == starts()
    extra = DiaryChange("extra", Span(at("18:00"), at("19:00")))
    assert starts(Diary(changes=(extra,)))[-4:] == ["17:15", "17:30", "17:45", "18:00"]
    closed = make_catalogue(make_practitioner("sam"), closed_days=frozenset({DAY}))
    sam = closed.practitioners["sam"]
    assert offered_slots(closed, VISIT, [sam], [DAY], Diary(), now=NOW)[0] == ()
    opened = offered_slots(closed, VISIT, [sam], [DAY], Diary(changes=(extra,)), now=NOW)[0]
    assert [slot.starts_at for slot in opened] == [at("18:00")]


def test_time_off_is_stronger_than_extra_hours() -> None:
    extra = DiaryChange("extra", Span(at("18:00"), at("20:00")), "sam")
    off = DiaryChange("off", Span(at("17:00"), at("23:00")))
    assert starts(Diary(changes=(extra, off)))[-1] == "16:00"


def test_hours_hold_between_their_dates_both_included() -> None:
    def hours(first: date | None, last: date | None) -> list[str]:
        return starts(hours=(WeeklySpan(DAY.weekday(), time(9), time(10), first, last),))

    assert hours(DAY, DAY) == ["09:00"]
    assert hours(DAY + timedelta(days=1), None) == []
    assert hours(None, DAY - timedelta(days=1)) == []


def test_lead_time_and_horizon_reach_to_their_edge() -> None:
    now = at("09:00") - timedelta(hours=12)
    assert starts(now=now)[0] == "09:00"
    assert starts(now=now + timedelta(seconds=1))[0] == "09:15"
    assert starts(visit=replace(VISIT, horizon_days=2)) == starts()
    assert starts(visit=replace(VISIT, horizon_days=1)) == []
    assert starts(now=at("08:00"), visit=replace(VISIT, lead_minutes=90))[0] == "09:30"


def test_the_daily_cap_counts_hands_on_minutes_of_the_local_date() -> None:
    full = Diary((taken("09:00", "10:15"), taken("14:00", "15:15")))
    assert starts(full, daily_cap_minutes=180) != []
    assert starts(full, daily_cap_minutes=179) == []
    yesterday = Taken("sam", Span(at("09:00") - timedelta(days=1), at("10:00") - timedelta(days=1)), 600)
    assert starts(Diary((yesterday,)), daily_cap_minutes=60) == starts()


def test_a_visit_needs_one_of_the_rooms() -> None:
    others = Diary((taken("09:00", "13:00", "alex", room="blue"), taken("09:00", "11:00", "kim", room="green")))
    assert [s for s in starts(others, rooms=("blue",)) if s < "14"] == []
    assert next(s for s in starts(others, rooms=("blue", "green")) if s < "14") == "11:00"
    sam = make_practitioner("sam", rooms=("blue", "green"))
    assert free_room(sam, visit_at(VISIT, at("11:00")), others) == "green"
    assert free_room(sam, visit_at(VISIT, at("10:45")), others) is None
    assert free_room(sam, visit_at(VISIT, at("14:00")), others) == "blue"


@pytest.mark.parametrize(
    ("audience", "returning", "offered"),
    [
        ("new", None, True),
        ("new", False, True),
        ("new", True, False),
        ("returning", None, True),
        ("returning", False, False),
        ("returning", True, True),
        ("all", False, True),
    ],
)
def test_some_visits_are_for_new_or_for_returning_clients_only(
    audience: str, returning: bool | None, offered: bool
) -> None:
    sam = make_practitioner("sam")
    visit = make_treatment(60, audience=audience)
    assert is_offered(make_catalogue(sam), visit, sam, at("10:00"), now=NOW, returning=returning) is offered


def test_a_first_visit_may_be_longer() -> None:
    visit = make_treatment(60, first_visit_minutes=15)
    assert visit_at(visit, at("10:00"), returning=False).at.ends_at == at("11:15")
    assert visit_at(visit, at("10:00"), returning=True).at.ends_at == at("11:00")
    sam = make_practitioner("sam")
    catalogue = make_catalogue(sam)
    assert is_offered(catalogue, visit, sam, at("12:00"), now=NOW, returning=True)
    assert not is_offered(catalogue, visit, sam, at("12:00"), now=NOW, returning=False)


@pytest.mark.parametrize(
    "wish",
    [
        NOW - timedelta(days=1),  # past
        at("10:07"),  # off the grid
        at("10:00") + timedelta(seconds=1),
        at("13:00"),  # outside hours
        at("10:00", NOW.date()),  # too soon
        at("10:00") + timedelta(days=365),  # too far
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
    ],
)
def test_wishes_sent_by_hand_are_refused(wish: datetime) -> None:
    sam = make_practitioner("sam")
    assert not is_offered(make_catalogue(sam), VISIT, sam, wish, now=NOW)


def test_a_treatment_is_only_offered_by_those_who_give_it() -> None:
    sam = make_practitioner("sam", treatments=frozenset({"30-minute-visit"}))
    assert not is_offered(make_catalogue(sam), VISIT, sam, at("10:00"), now=NOW)


def test_anyone_means_the_least_booked_of_that_week() -> None:
    sam, alex = make_practitioner("sam"), make_practitioner("alex")
    rules = make_catalogue(sam, alex).rules

    def order(*bookings: Taken) -> list[str]:
        return [one.slug for one in rank_practitioners(rules, [sam, alex], DAY, Diary(bookings))]

    assert order() == ["sam", "alex"]
    assert order(taken("09:00", "10:15")) == ["alex", "sam"]
    assert order(taken("09:00", "10:15"), taken("09:00", "10:30", "alex", minutes=75)) == ["sam", "alex"]
    last_week = Taken("sam", Span(at("09:00") - timedelta(days=7), at("10:00") - timedelta(days=7)), 600)
    assert order(last_week) == ["sam", "alex"]


def test_windows_cover_their_local_days_with_a_margin() -> None:
    rules = make_catalogue().rules
    summer = date(2027, 7, 14)
    day = diary_window(rules, summer, summer)
    assert day.starts_at == datetime(2027, 7, 13, 17, tzinfo=UTC)
    assert day.ends_at == datetime(2027, 7, 15, 5, tzinfo=UTC)
    week = week_window(rules, summer)
    assert week.starts_at == datetime(2027, 7, 11, 17, tzinfo=UTC)
    assert week.ends_at == datetime(2027, 7, 19, 5, tzinfo=UTC)


def test_a_visit_across_a_clock_change_keeps_its_length() -> None:
    night = WeeklySpan(6, time(0), time(4))
    sam = make_practitioner("sam", hours=(night,))
    catalogue = Catalogue(make_catalogue(zone="Europe/London").rules, {VISIT.slug: VISIT}, {"sam": sam})
    for day in (date(2027, 3, 28), date(2027, 10, 31)):
        now = at("00:00", day - timedelta(days=3))
        slots = offered_slots(catalogue, VISIT, [sam], [day], Diary(), now=now)[0]
        visits = [visit_at(VISIT, slot.starts_at) for slot in slots]
        assert {v.at.ends_at - v.at.starts_at for v in visits} == {timedelta(minutes=60)}
        assert len(visits) == {3: 9, 10: 17}[day.month]
