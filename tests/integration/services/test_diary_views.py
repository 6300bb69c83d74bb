"""A week at a time, ways on from a full diary, and suggestions, on real tables."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.db.tables import DiaryChangeRow
from app.db.unit_of_work import unit_of_work
from app.domain.refusals import UnknownTreatment
from app.services.diary.views import find_ways_on, find_week
from tests.conftest import MovableClock
from tests.factories.catalogue import make_catalogue

VISIT = "60-minute-visit"
WEDNESDAY = date(2026, 11, 25)

pytestmark = pytest.mark.usefixtures("app")


def be_away(practitioner: str | None, first: str, end: str, now: datetime) -> None:
    with unit_of_work() as session:
        session.add(
            DiaryChangeRow(
                kind="off",
                practitioner=practitioner,
                starts_at=datetime.fromisoformat(first).replace(tzinfo=UTC),
                ends_at=datetime.fromisoformat(end).replace(tzinfo=UTC),
                created_at=now,
            )
        )


def test_a_week_goes_from_monday_to_sunday_and_knows_its_neighbours(clock: MovableClock) -> None:
    week = find_week(make_catalogue(), VISIT, None, day=WEDNESDAY, now=clock())
    assert [day.day.day for day in week.days] == [23, 24, 25, 26, 27, 28, 29]
    assert week.count == sum(len(day.slots) for day in week.days) > 0
    assert (week.previous, week.following) == (None, date(2026, 11, 30))
    later = find_week(make_catalogue(), VISIT, None, day=date(2026, 12, 2), now=clock())
    assert (later.previous, later.following) == (date(2026, 11, 23), date(2026, 12, 7))


@pytest.mark.parametrize(
    ("day", "monday"), [(date.min, 23), (date(2026, 11, 1), 23), (date.max, 18), (date(2027, 1, 18), 18)]
)
def test_any_date_of_an_address_shows_a_week_that_can_be_booked(clock: MovableClock, day: date, monday: int) -> None:
    week = find_week(make_catalogue(), VISIT, None, day=day, now=clock())
    assert week.days[0].day.day == monday
    assert week.days[0].day.weekday() == 0
    assert (week.previous is None) is (monday == 23)
    assert (week.following is None) is (monday == 18)


def test_a_full_week_has_ways_on(clock: MovableClock) -> None:
    be_away("sam", "2026-11-20T00:00", "2026-12-01T12:00", clock())
    ways = find_ways_on(make_catalogue(), VISIT, "sam", from_day=WEDNESDAY, now=clock())
    assert ways.soonest is not None
    assert ways.soonest.starts_at == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert [(slug, f"{slot.starts_at:%d %H:%M}") for slug, slot in ways.people] == [("alex", "25 09:00")]
    assert [(slug, f"{slot.starts_at:%d %H:%M}") for slug, slot in ways.lengths] == [
        ("30-minute-visit", "01 12:00"),
        ("90-minute-visit", "01 14:00"),
    ]


def test_when_nothing_is_left_the_ways_on_are_empty_and_not_an_error(clock: MovableClock) -> None:
    be_away(None, "2026-11-20T00:00", "2027-03-01T00:00", clock())
    ways = find_ways_on(make_catalogue(), VISIT, None, from_day=WEDNESDAY, now=clock())
    assert (ways.soonest, ways.people, ways.lengths) == (None, (), ())


def test_unknown_treatments_are_refused(clock: MovableClock) -> None:
    with pytest.raises(UnknownTreatment):
        find_week(make_catalogue(), "facial", None, day=WEDNESDAY, now=clock())
