"""Free times on real tables: what keeps time, what does not, and what is read to find out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, text

from app.db.base import db
from app.db.queries.bookings import get_locked, set_state
from app.db.queries.diary import DIARY
from app.db.tables import BookingRow, DiaryChangeRow
from app.db.unit_of_work import unit_of_work
from app.domain.availability import diary_window
from app.domain.refusals import UnknownPractitioner, UnknownTreatment
from app.services.diary.free_times import find_free_days, find_nearest, find_next_free
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed, make_deposit_row, make_hold
from tests.factories.catalogue import make_catalogue, make_practitioner

DAY = date(2026, 11, 25)
TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)
VISIT = "60-minute-visit"

pytestmark = pytest.mark.usefixtures("app")


def starts(now: datetime, practitioner: str | None = "sam", **asked: object) -> list[str]:
    """The free starts of DAY as clock times."""
    (day,) = find_free_days(make_catalogue(), VISIT, practitioner, first_day=DAY, days=1, now=now, **asked)  # type: ignore[arg-type]
    return [f"{slot.starts_at:%H:%M}" for slot in day.slots]


def test_a_hold_keeps_its_time_until_it_runs_out(clock: MovableClock) -> None:
    make_hold(now=clock(), starts_at=TEN)
    assert "10:00" not in starts(clock())
    assert "11:00" not in starts(clock())
    assert "11:15" in starts(clock())
    assert "10:00" in starts(clock(), "alex")
    clock.advance(minutes=10)
    assert "10:00" in starts(clock())


@pytest.mark.parametrize("state", ["creating", "open", "processing", "paid"])
def test_a_hold_that_can_still_be_paid_keeps_its_time(clock: MovableClock, state: str) -> None:
    booking = make_hold(now=clock(), starts_at=TEN)
    make_deposit_row(booking, now=clock(), state=state)
    clock.advance(hours=1)
    assert "10:00" not in starts(clock())


@pytest.mark.parametrize("state", ["failed", "expired", "paid_conflict"])
def test_a_hold_whose_payment_is_over_keeps_nothing(clock: MovableClock, state: str) -> None:
    booking = make_hold(now=clock(), starts_at=TEN)
    make_deposit_row(booking, now=clock(), state=state)
    clock.advance(hours=1)
    assert "10:00" in starts(clock())


@pytest.mark.parametrize(("state", "kept"), [("completed", True), ("no_show", True), ("cancelled", False)])
def test_visits_keep_their_time_unless_cancelled(clock: MovableClock, state: str, kept: bool) -> None:
    booking = make_confirmed(now=clock(), starts_at=TEN)
    assert "10:00" not in starts(clock())
    with unit_of_work() as session:
        row = get_locked(session, booking.id)
        assert row is not None
        set_state(row, state, now=clock())  # type: ignore[arg-type]
    assert ("10:00" not in starts(clock())) is kept


def test_whoever_looks_for_another_time_is_not_in_their_own_way(clock: MovableClock) -> None:
    booking = make_confirmed(now=clock(), starts_at=TEN)
    assert "10:15" in starts(clock(), own_booking=booking.id)


def test_anyone_means_each_start_once_as_long_as_somebody_is_free(clock: MovableClock) -> None:
    make_hold(now=clock(), starts_at=TEN, practitioner="sam")
    shown = starts(clock(), None)
    assert shown == sorted(set(shown))
    assert "10:00" in shown
    make_hold(now=clock(), starts_at=TEN, practitioner="alex", visitor="other")
    assert "10:00" not in starts(clock(), None)


def test_time_off_and_extra_hours_of_the_database_count(clock: MovableClock) -> None:
    with unit_of_work() as session:
        session.add_all(
            [
                change("off", "sam", "2026-11-25T00:00", "2026-11-25T16:00", clock()),
                change("extra", None, "2026-11-25T18:00", "2026-11-25T20:00", clock()),
            ]
        )
    assert starts(clock())[0] == "16:00"
    assert starts(clock())[-1] == "19:00"
    assert starts(clock(), "alex")[0] == "09:00"


def change(kind: str, practitioner: str | None, start: str, end: str, now: datetime) -> DiaryChangeRow:
    return DiaryChangeRow(
        kind=kind,
        practitioner=practitioner,
        starts_at=datetime.fromisoformat(start).replace(tzinfo=UTC),
        ends_at=datetime.fromisoformat(end).replace(tzinfo=UTC),
        created_at=now,
    )


def test_days_are_listed_with_their_slots_also_when_there_are_none(clock: MovableClock) -> None:
    days = find_free_days(make_catalogue(), VISIT, "sam", first_day=date(2026, 11, 22), days=7, now=clock())
    assert [day.day.day for day in days] == [22, 23, 24, 25, 26, 27, 28]
    assert [bool(day.slots) for day in days] == [False, False, True, True, True, True, True]  # Sunday; too soon; ...
    assert {slot.practitioner for day in days for slot in day.slots} == {"sam"}


@pytest.mark.parametrize("first_day", [date.min, date(1999, 1, 1), date(2100, 1, 1), date.max])
def test_any_date_of_an_address_is_survived(clock: MovableClock, first_day: date) -> None:
    days = find_free_days(make_catalogue(), VISIT, "sam", first_day=first_day, days=3, now=clock())
    assert not any(day.slots for day in days)


def test_the_next_free_time_is_found_far_away_or_not_at_all(clock: MovableClock) -> None:
    catalogue = make_catalogue()
    first = find_next_free(catalogue, VISIT, now=clock())
    assert first is not None
    assert first.starts_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    with unit_of_work() as session:
        session.add(change("off", None, "2026-11-01T00:00", "2027-01-05T12:00", clock()))
    later = find_next_free(catalogue, VISIT, now=clock(), practitioner="alex")
    assert later is not None
    assert (later.starts_at, later.practitioner) == (datetime(2027, 1, 5, 12, tzinfo=UTC), "alex")
    with unit_of_work() as session:
        session.add(change("off", None, "2027-01-01T00:00", "2027-03-01T00:00", clock()))
    assert find_next_free(catalogue, VISIT, now=clock()) is None


def test_the_next_free_time_from_a_day_on(clock: MovableClock) -> None:
    found = find_next_free(make_catalogue(), VISIT, now=clock(), from_day=date(2026, 11, 29))
    assert found is not None
    assert found.starts_at == datetime(2026, 11, 30, 9, tzinfo=UTC)


def test_the_nearest_times_are_offered_around_a_time_that_went(clock: MovableClock) -> None:
    make_confirmed(now=clock(), starts_at=TEN, visitor="first")
    near = find_nearest(make_catalogue(), VISIT, "sam", TEN, now=clock())
    assert [f"{slot.starts_at:%d %H:%M}" for slot in near] == ["25 11:15", "25 11:30", "25 11:45"]
    anyone = find_nearest(make_catalogue(), VISIT, None, TEN, now=clock())
    assert [f"{slot.starts_at:%H:%M} {slot.practitioner}" for slot in anyone] == [
        "09:45 alex",
        "10:00 alex",
        "10:15 alex",
    ]


def test_others_fill_up_when_the_one_who_was_asked_for_is_away(clock: MovableClock) -> None:
    with unit_of_work() as session:
        session.add(change("off", "sam", "2026-11-01T00:00", "2026-12-24T00:00", clock()))
    near = find_nearest(make_catalogue(), VISIT, "sam", TEN, now=clock())
    assert {slot.practitioner for slot in near} == {"alex"}
    assert len(near) == 3


def test_nothing_is_near_a_time_beyond_the_horizon(clock: MovableClock) -> None:
    assert find_nearest(make_catalogue(), VISIT, "sam", datetime.max.replace(tzinfo=UTC), now=clock()) == []


def test_unknown_names_are_refused(clock: MovableClock) -> None:
    catalogue = make_catalogue(make_practitioner("sam", treatments=frozenset({"30-minute-visit"})))
    with pytest.raises(UnknownTreatment):
        find_free_days(catalogue, "facial", None, first_day=DAY, days=1, now=clock())
    with pytest.raises(UnknownPractitioner):
        find_free_days(catalogue, VISIT, "sam", first_day=DAY, days=1, now=clock())
    with pytest.raises(UnknownPractitioner):
        find_next_free(catalogue, "30-minute-visit", now=clock(), practitioner="nobody")


@contextmanager
def heard_by_driver() -> Iterator[list[str]]:
    """Every statement that a driver is given meanwhile, by whatever way it comes there."""
    said: list[str] = []

    class Telling(psycopg.Cursor[Any]):
        def execute(self, query: Any, *given: Any, **named: Any) -> Any:
            said.append(str(query))
            return super().execute(query, *given, **named)

    def begin(connection: Any, *_rest: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(said.append)
        else:
            connection.cursor_factory = Telling

    def end(connection: Any, *_rest: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(None)
        else:
            connection.cursor_factory = psycopg.Cursor

    event.listen(db.engine, "checkout", begin)
    event.listen(db.engine, "checkin", end)
    try:
        yield said
    finally:
        event.remove(db.engine, "checkout", begin)
        event.remove(db.engine, "checkin", end)


def test_a_fortnight_of_everybody_is_one_query(clock: MovableClock) -> None:
    make_confirmed(now=clock(), starts_at=TEN)
    with heard_by_driver() as said:
        find_free_days(make_catalogue(), VISIT, None, first_day=DAY, days=14, now=clock())
    reads = [statement for statement in said if statement.startswith("SELECT")]
    assert len(reads) == 1


def test_the_diary_is_read_from_its_index_alone(app: Flask, clock: MovableClock) -> None:
    fill_with_history(clock(), rows=3000)
    window = diary_window(make_catalogue().rules, DAY, DAY + timedelta(days=13))
    asked = {"first": window.starts_at, "end": window.ends_at, "now": clock(), "own": 0}
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if db.engine.dialect.name == "sqlite" else "VACUUM ANALYZE booking")
        said = DIARY.params(**asked).compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = " ".join(str(row) for row in connection.execute(text(explain + str(said))))
    expected = "USING COVERING INDEX ix_booking_live" if db.engine.dialect.name == "sqlite" else "Index Only Scan"
    assert expected in plan
    assert "ix_booking_live" in plan
    assert "SCAN booking" not in plan
    assert "Seq Scan on booking" not in plan


def fill_with_history(now: datetime, *, rows: int) -> None:
    """Confirmed visits of the past, one an hour."""
    with unit_of_work() as session:
        for number in range(rows):
            start = now - timedelta(hours=number + 2)
            session.add(
                BookingRow(
                    reference=f"H{number}", state="confirmed", practitioner=f"old-{number}", treatment=VISIT,
                    treatment_name="Visit", minutes=45, starts_at=start, ends_at=start + timedelta(minutes=45),
                    busy_from=start, busy_until=start + timedelta(hours=1), price_minor=0, deposit_minor=0,
                    currency="GBP", policy={}, created_at=now, updated_at=now,
                )
            )  # fmt: skip
