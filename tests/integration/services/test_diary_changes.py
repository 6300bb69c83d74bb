"""Time off and extra hours: what is offered afterwards, and what happens to what was booked."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import StaffTaskRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.domain.refusals import DiaryChangeNotFound, SlotNotOffered, TimesOutOfOrder
from app.domain.spans import Span
from app.services.booking.bookings import get_booking
from app.services.diary.hours import (
    TimeOff,
    add_extra_hours,
    add_time_off,
    find_visits_in,
    list_changes,
    remove_change,
)
from app.services.upkeep.staff_tasks import open_tasks
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed, make_hold

pytestmark = pytest.mark.usefixtures("app")

TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_time_off_is_not_offered_and_comes_back_when_removed(clock: MovableClock) -> None:
    off = add_time_off("sam", TEN, TEN + HOUR, note="Training", now=clock.now)
    assert off.clashes == ()
    with pytest.raises(SlotNotOffered):
        make_hold(now=clock.now, starts_at=TEN)
    with pytest.raises(SlotNotOffered):
        make_hold(now=clock.now, starts_at=TEN - HOUR / 2)
    assert make_hold(now=clock.now, starts_at=TEN + HOUR).state == "held"
    assert make_hold(now=clock.now, starts_at=TEN, practitioner="alex").state == "held"
    remove_change(off.planned.id, now=clock.now)
    assert make_hold(now=clock.now, starts_at=TEN).state == "held"


def test_the_practice_closes_for_everybody(clock: MovableClock) -> None:
    add_time_off(None, TEN - HOUR, TEN + HOUR, now=clock.now)
    with pytest.raises(SlotNotOffered):
        make_hold(now=clock.now, starts_at=TEN, practitioner=None)


def test_extra_hours_are_offered(clock: MovableClock) -> None:
    sunday = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
    with pytest.raises(SlotNotOffered):
        make_hold(now=clock.now, starts_at=sunday)
    add_extra_hours("sam", sunday, sunday + 2 * HOUR, now=clock.now)
    assert make_hold(now=clock.now, starts_at=sunday).state == "held"
    with pytest.raises(SlotNotOffered):
        make_hold(now=clock.now, starts_at=sunday + 1.5 * HOUR, visitor="other")
    with pytest.raises(SlotNotOffered):
        make_hold(now=clock.now, starts_at=sunday, practitioner="alex")


def test_what_is_booked_stays_and_staff_are_told(clock: MovableClock) -> None:
    booked = make_confirmed(now=clock.now, starts_at=TEN, visitor="a")
    held = make_hold(now=clock.now, starts_at=TEN, visitor="b", practitioner="alex")
    make_confirmed(now=clock.now, starts_at=TEN + 5 * HOUR, visitor="c")
    off = add_time_off(None, TEN + HOUR / 2, TEN + 3 * HOUR, now=clock.now)
    assert [booking.id for booking in off.clashes] == [booked.id, held.id]
    assert get_booking(booked.id).state == "confirmed"
    with reading() as session:
        tasks = list(session.scalars(select(StaffTaskRow).order_by(StaffTaskRow.id)))
        assert [(task.kind, task.booking_id) for task in tasks] == [
            ("diary.clash", booked.id),
            ("diary.clash", held.id),
        ]
        assert booked.reference in tasks[0].message


def test_a_form_that_is_sent_twice_adds_once(clock: MovableClock) -> None:
    booked = make_confirmed(now=clock.now, starts_at=TEN, visitor="a")
    first, again = (add_time_off(None, TEN, TEN + HOUR, now=clock.now, once=True) for _ in "12")
    own = add_time_off("sam", TEN, TEN + HOUR, now=clock.now, once=True)
    other = add_time_off("alex", TEN, TEN + HOUR, now=clock.now, once=True)
    extra = [add_extra_hours("sam", TEN, TEN + HOUR, now=clock.now, once=True) for _ in "12"]
    assert (first.planned.id, first.clashes) == (again.planned.id, again.clashes)
    listed = list_changes(Span(TEN, TEN + HOUR))
    assert [one.id for one in listed] == [first.planned.id, own.planned.id, other.planned.id, extra[1].id]
    found = find_visits_in(listed, now=clock.now)
    references = {number: [visit.reference for visit in visits] for number, visits in found.items()}
    assert references == {
        first.planned.id: [booked.reference],
        own.planned.id: [booked.reference] if booked.practitioner == "sam" else [],
        other.planned.id: [booked.reference] if booked.practitioner == "alex" else [],
    }
    assert not any(find_visits_in(listed, now=TEN + 2 * HOUR).values()), "what is over is in nobody's way"
    assert len(open_tasks()) == 2
    remove_change(first.planned.id, now=clock.now)
    assert len(open_tasks()) == 1


def test_changes_are_listed_by_time(clock: MovableClock) -> None:
    add_extra_hours("sam", TEN + 10 * HOUR, TEN + 12 * HOUR, note="Late clinic", now=clock.now)
    add_time_off("alex", TEN, TEN + HOUR, now=clock.now)
    add_time_off(None, TEN + timedelta(days=40), TEN + timedelta(days=50), now=clock.now)
    listed = list_changes(Span(TEN, TEN + timedelta(days=1)))
    assert [(one.change.kind, one.change.practitioner, one.note) for one in listed] == [
        ("off", "alex", None),
        ("extra", "sam", "Late clinic"),
    ]
    assert list_changes(Span(TEN + 12 * HOUR, TEN + 13 * HOUR)) == []


def test_impossible_changes_are_refused(clock: MovableClock) -> None:
    for end in (TEN, TEN - HOUR):
        with pytest.raises(TimesOutOfOrder):
            add_time_off("sam", TEN, end, now=clock.now)
        with pytest.raises(TimesOutOfOrder):
            add_extra_hours("sam", TEN, end, now=clock.now)
    with pytest.raises(DiaryChangeNotFound):
        remove_change(404, now=clock.now)
    assert list_changes(Span(TEN - HOUR, TEN + HOUR)) == []


def test_a_claim_at_the_same_moment_is_either_told_of_or_refused(app: Flask, clock: MovableClock) -> None:
    for turn in range(8):
        starts_at = TEN + timedelta(days=7 * turn // 2 * 2)
        results: dict[str, object] = {}
        gate = threading.Barrier(2)

        def claim(starts_at: datetime = starts_at, gate: threading.Barrier = gate, found: dict = results) -> None:
            with app.app_context():
                gate.wait()
                try:
                    found["hold"] = make_hold(now=clock.now, starts_at=starts_at, visitor="v")
                except SlotNotOffered:
                    found["hold"] = None

        def close(starts_at: datetime = starts_at, gate: threading.Barrier = gate, found: dict = results) -> None:
            with app.app_context():
                gate.wait()
                found["off"] = add_time_off("sam", starts_at, starts_at + HOUR, now=clock.now)

        threads = [threading.Thread(target=claim), threading.Thread(target=close)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        off, hold = results["off"], results["hold"]
        assert isinstance(off, TimeOff)
        clashes = [booking.id for booking in off.clashes]
        assert clashes == ([hold.id] if isinstance(hold, Booking) else [])
        remove_change(off.planned.id, now=clock.now)
        clock.advance(minutes=10)
