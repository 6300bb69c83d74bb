"""No offered start breaks a rule, and none that keeps them is missing: judged minute by minute by `slow_diary`."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.availability import is_offered, offered_slots
from app.domain.catalogue import Catalogue, DiaryRules, Practitioner, Treatment, WeeklySpan
from app.domain.diary import Diary, DiaryChange, Taken
from app.domain.spans import Span
from tests.unit.domain.slow_diary import slow_starts

#: A date of each clock change of 2027 (and the day beside it), and one without.
CHANGES = {
    "Europe/London": [date(2027, 3, 28), date(2027, 10, 31)],
    "Europe/Amsterdam": [date(2027, 3, 28), date(2027, 10, 31)],
    "America/New_York": [date(2027, 3, 14), date(2027, 11, 7)],
    "Australia/Lord_Howe": [date(2027, 4, 4), date(2027, 10, 3)],
}
PEOPLE = ("sam", "alex", "kim")
ROOMS = ("blue", "green")
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 5, 10, 15, 20, 30, 45, 50]))
FIVES = st.integers(0, 12).map(lambda number: number * 5)


@st.composite
def weekly_spans(draw: st.DrawFn, day: date) -> WeeklySpan:
    """A span that mostly concerns `day`, often in the small hours, when clocks change."""
    opens, closes = sorted(draw(st.lists(CLOCKS, min_size=2, max_size=2, unique=True)))
    if draw(st.integers(0, 9)) == 0:
        closes = time(0)
    near = st.one_of(st.none(), st.none(), st.integers(-2, 2).map(lambda days: day + timedelta(days=days)))
    weekday = draw(st.sampled_from([day.weekday()] * 5 + [(day.weekday() + 1) % 7]))
    return WeeklySpan(weekday, opens, closes, valid_from=draw(near), valid_until=draw(near))


@st.composite
def spans_about(draw: st.DrawFn, zone: str, day: date, longest: int) -> Span:
    """A span of up to `longest` minutes that begins between four hours before the date and its end."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    start = midnight + timedelta(minutes=5 * draw(st.integers(-48, 24 * 12)))
    return Span(start, start + timedelta(minutes=5 * draw(st.integers(1, longest // 5))))


@st.composite
def practitioners(draw: st.DrawFn, slug: str, day: date) -> Practitioner:
    return Practitioner(
        slug=slug,
        name=slug,
        treatments=frozenset(draw(st.sampled_from([("visit",), ("visit",), ("visit",), ("other",)]))),
        hours=tuple(draw(st.lists(weekly_spans(day), max_size=4))),
        breaks=tuple(draw(st.lists(weekly_spans(day), max_size=1))),
        rooms=tuple(draw(st.sampled_from([("blue",), ("green",), ROOMS]))),
        daily_cap_minutes=draw(st.one_of(st.none(), st.integers(0, 24).map(lambda n: n * 15))),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Catalogue, date, Diary, datetime, bool | None]:
    """A practice, a date near a clock change, what is in its diary, and a moment to ask."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    day = draw(st.sampled_from(CHANGES[zone])) + timedelta(days=draw(st.sampled_from([0, 0, 0, -1, 1])))
    treatment = Treatment(
        slug="visit",
        name="Visit",
        minutes=draw(st.integers(1, 24)) * 5,
        price_minor=6000,
        buffer_before=draw(FIVES),
        buffer_after=draw(FIVES),
        lead_minutes=draw(st.one_of(st.none(), st.integers(0, 3000))),
        horizon_days=draw(st.one_of(st.none(), st.integers(0, 5))),
        audience=draw(st.sampled_from(["all", "all", "new", "returning"])),
        first_visit_minutes=draw(st.sampled_from([0, 15])),
        at_home=draw(st.sampled_from([False, False, False, True])),
    )
    people = [draw(practitioners(slug, day)) for slug in PEOPLE]
    rules = DiaryRules(
        zone=zone,
        step_minutes=draw(st.sampled_from([5, 10, 15, 20, 30, 60])),
        lead_minutes=draw(st.integers(0, 1500)),
        horizon_days=draw(st.integers(0, 10)),
        closed_days=frozenset(draw(st.lists(st.sampled_from([day, day + timedelta(days=1)]), max_size=1))),
    )
    taken = [
        Taken(
            draw(st.sampled_from(PEOPLE)),
            draw(spans_about(zone, day, 180)),
            draw(st.integers(1, 8)) * 15,
            draw(st.sampled_from([None, *ROOMS])),
        )
        for _ in range(draw(st.integers(0, 6)))
    ]
    changes = tuple(
        DiaryChange(
            draw(st.sampled_from(["extra", "off"])),
            draw(spans_about(zone, day, 600)),
            draw(st.sampled_from([None, *PEOPLE])),
        )
        for _ in range(draw(st.integers(0, 3)))
    )
    catalogue = Catalogue(rules, {"visit": treatment}, {one.slug: one for one in people})
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    now = midnight - timedelta(minutes=draw(st.integers(-600, 6 * 24 * 60)), seconds=draw(st.sampled_from([0, 0, 1])))
    diary = Diary(tuple(sorted(taken, key=lambda t: t.busy.starts_at)), changes)
    return catalogue, day, diary, now, draw(st.sampled_from([None, True, False]))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds())
def test_exactly_the_starts_that_keep_every_rule_are_offered(
    world: tuple[Catalogue, date, Diary, datetime, bool | None],
) -> None:
    catalogue, day, diary, now, returning = world
    visit = catalogue.treatments["visit"]
    people = tuple(catalogue.practitioners.values())
    first_free: dict[datetime, str] = {}
    for one in people:
        offered = offered_slots(catalogue, visit, [one], [day], diary, now=now, returning=returning)[0]
        right = slow_starts(catalogue, visit, one, day, diary, now=now, returning=returning)
        assert [slot.starts_at for slot in offered] == right
        assert {slot.practitioner for slot in offered} <= {one.slug}
        for start in right:
            first_free.setdefault(start, one.slug)
    anyone = offered_slots(catalogue, visit, people, [day], diary, now=now, returning=returning)[0]
    assert [(slot.starts_at, slot.practitioner) for slot in anyone] == sorted(first_free.items())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds(), st.integers(-120, 26 * 60), st.sampled_from([0, 0, 0, 1]))
def test_a_single_wish_is_judged_as_the_list_is(
    world: tuple[Catalogue, date, Diary, datetime, bool | None], minute: int, second: int
) -> None:
    catalogue, day, diary, now, returning = world
    visit, one = catalogue.treatments["visit"], catalogue.practitioners["sam"]
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(catalogue.rules.zone)).astimezone(UTC)
    wish = midnight + timedelta(minutes=minute - minute % 5, seconds=second)
    wish_day = wish.astimezone(ZoneInfo(catalogue.rules.zone)).date()
    if abs((wish_day - day).days) > 0:
        return  # the diary holds this date only
    right = slow_starts(catalogue, visit, one, wish_day, diary, now=now, returning=returning)
    assert is_offered(catalogue, visit, one, wish, diary, now=now, returning=returning) is (wish in right)


@pytest.mark.parametrize(("zone", "day"), [(zone, day) for zone, days in CHANGES.items() for day in days])
def test_a_whole_day_across_the_change_is_offered_as_the_clock_shows_it(zone: str, day: date) -> None:
    visit = Treatment("visit", "Visit", 60, 6000, buffer_after=0, lead_minutes=0)
    one = Practitioner("sam", "Sam", frozenset({"visit"}), (WeeklySpan(day.weekday(), time(0), time(0)),))
    catalogue = Catalogue(DiaryRules(zone, step_minutes=15), {"visit": visit}, {"sam": one})
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=3)
    slots = offered_slots(catalogue, visit, (one,), [day], Diary(), now=now)[0]
    assert [slot.starts_at for slot in slots] == slow_starts(catalogue, visit, one, day, Diary(), now=now)
    hours = {3: 23, 10: 25, 11: 25, 4: 25}[day.month] if zone != "Australia/Lord_Howe" else None
    length = hours * 60 if hours else {4: 24 * 60 + 30, 10: 23 * 60 + 30}[day.month]
    assert len(slots) == (length - 60) // 15 + 1
    gaps = {later.starts_at - earlier.starts_at for earlier, later in itertools.pairwise(slots)}
    assert gaps == {timedelta(minutes=15)}
