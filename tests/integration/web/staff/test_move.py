"""Moving a visit at the desk: within the notice that clients have to give, to somebody else, and refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import BookingRow, OutboxRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.services.booking.bookings import get_booking
from app.services.manage.changes import cancel_by_practice, mark_visit
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed
from tests.staff_desk import StaffDesk, plain

A, B = "example-therapist-a", "example-therapist-b"
#: A Friday on which both work from 9 to 13.
FRIDAY = datetime(2026, 11, 27, tzinfo=UTC)
TEN = FRIDAY + timedelta(hours=10)


@pytest.fixture
def visit(staff_app: Flask, clock: MovableClock) -> Booking:
    """Friday at ten with A, and it is Friday at eight: no client could move it any more."""
    with staff_app.app_context():
        catalogue = staff_app.extensions["site"].library().catalogue
        booking = make_confirmed(now=clock(), starts_at=TEN, practitioner=A, catalogue=catalogue)
    clock.now = FRIDAY + timedelta(hours=8)
    return booking


def place(visit: Booking, step: str = "/move") -> str:
    return f"/staff/visits/{visit.reference}{step}"


def row_of(app: Flask, visit: Booking) -> BookingRow:
    with app.app_context(), reading() as session:
        row = session.scalars(select(BookingRow).where(BookingRow.id == visit.id)).one()
        session.expunge(row)
        return row


def offer(desk: StaffDesk, visit: Booking, time: str, who: str = A) -> dict[str, str]:
    page = desk.read(place(visit, f"/move/check?time={time}&who={who}"))
    return {name: page.one("input", name=name).attributes["value"] for name in ("time", "who", "offered")}


def test_a_visit_moves_within_the_hour_and_to_someone_else(desk: StaffDesk, staff_app: Flask, visit: Booking) -> None:
    page = desk.read(place(visit, f"/move?who={B}&day=2026-11-27"))
    times = [e.attributes["value"] for e in page.all("input", name="time")]
    assert times[0] == "2026-11-27T09:00Z"  # in an hour: visitors must ask sooner
    fields = offer(desk, visit, times[0], B)
    done = desk.press(place(visit), **fields)
    assert "It is moved" in done
    assert "09:00 to 10:00" in done
    assert "Moved from Friday 27 November, 10:00, with Example therapist A" in done
    row = row_of(staff_app, visit)
    assert (row.starts_at, row.practitioner, row.moves_made) == (FRIDAY + timedelta(hours=9), B, 0)
    assert "It is moved" in desk.press(place(visit), **fields)  # pressed twice
    assert row_of(staff_app, visit).calendar_sequence == 1
    with staff_app.app_context(), reading() as session:
        assert session.scalars(select(OutboxRow.kind)).all().count("mail.moved") == 1
    # a page from before the move asks once more, and moves nothing by itself
    again = desk.send(place(visit), **{**fields, "time": "2026-11-27T11:00Z"})
    assert (again.status_code, "has changed" in again.text) == (409, True)
    assert row_of(staff_app, visit).starts_at == FRIDAY + timedelta(hours=9)


def test_a_time_that_is_gone_or_none_leads_back_to_the_free_ones(
    desk: StaffDesk, staff_app: Flask, visit: Booking, clock: MovableClock
) -> None:
    fields = offer(desk, visit, "2026-12-04T10:00Z")
    with staff_app.app_context():
        catalogue = staff_app.extensions["site"].library().catalogue
        at = FRIDAY + timedelta(days=7, hours=10)
        make_confirmed(now=clock(), starts_at=at, visitor="other", practitioner=A, catalogue=catalogue)
    gone = desk.press(place(visit), **fields)
    assert "that time has just gone" in gone
    assert "free Show times for this day Later days Friday 4 December" in gone, "the day that was chosen"
    at_ten = desk.client.get(place(visit, f"/move/check?time=2026-11-27T10:00Z&who={A}"))
    assert "It has that time already" in desk.words(at_ten.location), "nothing would be moved, and nobody written to"
    for time in ("", "soon", "9999-12-31T10:00Z", "2026-11-27"):
        assert "Choose a time" in desk.press(place(visit), **{**fields, "time": time})
        assert desk.client.get(place(visit, f"/move/check?time={time}")).location.endswith("time=")
    assert "does not give this visit any more" in desk.press(place(visit), **{**fields, "who": "somebody-who-left"})
    for time in ("2026-11-27T03:00Z", "2026-11-26T10:00Z"):
        assert "that time has just gone" in desk.press(place(visit), **{**fields, "time": time})
    assert row_of(staff_app, visit).starts_at == TEN
    assert "Choose another time" in plain(desk.read(place(visit, "/move?who=nobody&day=2026-02-30&from=x")))


@pytest.mark.parametrize("became", ["begun", "done", "cancelled"])
def test_what_is_not_ahead_is_not_moved(
    desk: StaffDesk, staff_app: Flask, visit: Booking, clock: MovableClock, became: str
) -> None:
    fields = offer(desk, visit, "2026-12-04T10:00Z")
    clock.now = TEN + timedelta(minutes=1)
    with staff_app.app_context():
        if became == "done":
            mark_visit(visit.id, "completed", now=clock())
        if became == "cancelled":
            cancel_by_practice(visit.id, now=clock())
    told = {"begun": "it has begun", "done": "it is marked done", "cancelled": "it is cancelled"}[became]
    assert told in desk.press(place(visit), **fields)
    assert told in desk.words(desk.client.get(place(visit)).location)
    with staff_app.app_context():
        assert get_booking(visit.id).starts_at == TEN
