"""What people do by hand before a visit follows the visit: when it is moved, cancelled, or given to someone else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.db.queries.bookings import get_locked
from app.db.unit_of_work import unit_of_work
from app.domain.attendee import Attendee
from app.domain.booking import Booking, ClientDetails
from app.domain.policy_rules import Policy
from app.domain.policy_snapshot import to_snapshot
from app.services.booking.bookings import get_booking, record_details
from app.services.booking.confirming import announce_confirmed
from app.services.manage.changes import cancel_booking, cancel_by_practice, move_booking
from app.services.manage.hand_over import hand_over
from app.services.upkeep.staff_tasks import open_tasks, settle_task
from tests.conftest import MovableClock
from tests.factories.booking import CLIENT, REASON, make_hold, make_terms, visitor_digest
from tests.factories.catalogue import make_catalogue

pytestmark = pytest.mark.usefixtures("app")

TEN = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
FRIEND = ClientDetails("Sam Friend", "sam@friend.example", "07700 900456", returning=True)


@pytest.fixture
def booking(clock: MovableClock) -> Booking:
    """A visit of a minor, under rules that ask for health answers four hours before."""
    terms = make_terms(policy=to_snapshot(Policy(intake_hours=4)))
    hold = make_hold(now=clock.now, starts_at=TEN, terms=terms)
    minor = replace(CLIENT, attendee=Attendee("Kim Example", 15, guardian_agrees=True))
    gate = {"gate_version": "1", "gate_passed_at": clock.now}
    record_details(visitor_digest(), minor, REASON, **gate, now=clock.now)  # type: ignore[arg-type]
    confirm(hold.id, clock)
    assert tasks() == {"booking.guardian", "booking.intake"}
    return get_booking(hold.id)


def confirm(booking_id: int, clock: MovableClock) -> None:
    with unit_of_work() as session:
        row = get_locked(session, booking_id)
        assert row is not None
        row.state, row.hold_until = "confirmed", None
        announce_confirmed(session, row, now=clock.now)


def tasks() -> set[str]:
    return {task.kind for task in open_tasks()}


def intake() -> str:
    (words,) = [task.message for task in open_tasks() if task.kind == "booking.intake"]
    return words


@pytest.mark.parametrize(
    "cancel",
    [
        lambda booking, now: cancel_booking(booking.id, booking.link_version, now=now),
        lambda booking, now: cancel_by_practice(booking.id, now=now),
    ],
)
def test_nobody_is_phoned_about_a_visit_that_is_off(
    booking: Booking, clock: MovableClock, cancel: Callable[[Booking, datetime], object]
) -> None:
    cancel(booking, clock.now)
    assert tasks() == set()


def test_a_moved_visit_has_its_answers_due_by_its_new_time(booking: Booking, clock: MovableClock) -> None:
    assert "due by 2026-11-26 06:00" in intake()
    move_booking(make_catalogue(), booking.id, 1, starts_at=TEN + timedelta(hours=1), now=clock.now)
    assert "due by 2026-11-26 07:00" in intake()


def test_what_was_done_is_not_asked_for_again_by_moving(booking: Booking, clock: MovableClock) -> None:
    for task in open_tasks():
        settle_task(task.id, now=clock.now)
    move_booking(make_catalogue(), booking.id, 1, starts_at=TEN + timedelta(hours=1), now=clock.now)
    assert tasks() == set()


def test_a_visit_given_away_asks_the_new_client_and_phones_no_parent(booking: Booking, clock: MovableClock) -> None:
    for task in open_tasks():
        if task.kind == "booking.intake":
            settle_task(task.id, now=clock.now)
    hand_over(booking.id, 1, FRIEND, now=clock.now)
    assert tasks() == {"booking.intake"}
    (task,) = open_tasks()
    assert task.booking == booking.reference
