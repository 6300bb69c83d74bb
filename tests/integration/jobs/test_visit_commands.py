"""The practice's day by command: who comes, cancelling on the practice's side, done and missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.db.tables import OutboxRow, RefundRow
from app.db.unit_of_work import reading
from app.domain.booking import Booking
from app.services.booking.bookings import get_booking
from app.services.diary.hours import add_time_off
from app.services.upkeep.staff_tasks import open_tasks
from app.web.site import Site
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed, make_deposit_row, make_hold

TEN = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)


def run(app: Flask, *words: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=["visits", *words], input=typed)


@pytest.fixture
def visit(app: Flask, clock: MovableClock) -> Booking:
    """A paid visit on Thursday at ten."""
    booking = make_confirmed(now=clock.now, starts_at=TEN)
    make_deposit_row(booking, now=clock.now, state="paid")
    return booking


def refunds() -> list[int]:
    with reading() as session:
        return list(session.scalars(select(RefundRow.amount_minor)))


def test_a_day_shows_who_comes_in_the_practices_time(app: Flask, visit: Booking, clock: MovableClock) -> None:
    make_hold(now=clock.now, starts_at=TEN + timedelta(hours=2), visitor="undecided")
    lines = run(app, "list", "2026-11-26").output.splitlines()
    assert lines == [
        f"2026-11-26 10:00 to 11:00  {visit.reference}  booked  sam  60-minute visit  Robin Example, +44 20 7946 0000",
        "1 on 2026-11-26",
    ]
    assert run(app, "list").output == "0 on 2026-11-23\n"


def test_cancelling_asks_says_what_goes_back_and_does_it(app: Flask, visit: Booking, clock: MovableClock) -> None:
    add_time_off("sam", TEN, TEN + timedelta(hours=1), now=clock.now)
    assert [task.kind for task in open_tasks()] == ["diary.clash"]
    asked = run(app, "cancel", visit.reference.lower(), typed="n\n")
    assert "£12.00 goes back to the card?" in asked.output
    assert get_booking(visit.id).state == "confirmed"
    done = run(app, "cancel", visit.reference, typed="y\n")
    assert done.exit_code == 0, done.output
    assert f"{visit.reference} is cancelled; £12.00 goes back to the card." in done.output
    assert refunds() == [1200]
    assert open_tasks() == []
    with reading() as session:
        assert "mail.cancelled" in set(session.scalars(select(OutboxRow.kind)))
    again = run(app, "cancel", visit.reference, "--yes")
    assert again.exit_code == 2
    assert "is cancelled: only what is booked" in again.output
    assert refunds() == [1200]


def test_marks_can_be_corrected(app: Flask, visit: Booking, clock: MovableClock) -> None:
    assert "it has not begun" in run(app, "done", visit.reference).output
    clock.now = TEN + timedelta(minutes=5)
    assert "minutes for being late" in run(app, "missed", visit.reference).output
    clock.now = TEN + timedelta(hours=1)
    for word in ("missed", "done", "done"):
        assert run(app, word, visit.reference).output == f"{visit.reference} is marked {word}.\n"
    assert "only what is booked" in run(app, "cancel", visit.reference, "--yes").output


def test_the_link_opens_the_visits_page(app: Flask, visit: Booking) -> None:
    site: Site = app.extensions["site"]
    token = run(app, "link", visit.reference).output.strip().rpartition("/")[2]
    assert site.links.read(token) == (visit.id, visit.link_version)


@pytest.mark.parametrize("command", ["cancel", "done", "missed", "link"])
@pytest.mark.parametrize("reference", ["NOSUCHRF", "", "' OR 1=1 --", "../../etc", "ü" * 500])
def test_what_is_no_reference_is_told(app: Flask, command: str, reference: str) -> None:
    answer = run(app, command, reference)
    assert answer.exit_code == 2
    assert "No booking has the reference" in answer.output


def test_a_hold_is_not_a_visit(app: Flask, clock: MovableClock) -> None:
    hold = make_hold(now=clock.now, starts_at=TEN)
    for command in ("cancel", "done", "missed", "link"):
        words = [command, hold.reference, *(["--yes"] if command == "cancel" else [])]
        answer = run(app, *words)
        assert answer.exit_code == 2
        assert "not booked" in answer.output
