"""Time off and extra hours by command, in the practice's own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask

from app.domain.spans import Span
from app.services.diary.hours import PlannedChange, list_changes
from app.web.site import Site
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed

SUMMER_NOON = datetime(2027, 6, 15, 11, 0, tzinfo=UTC)
EVER = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["diary", *words])


def only_change() -> PlannedChange:
    (planned,) = list_changes(EVER)
    return planned


def some_practitioner(app: Flask) -> str:
    site: Site = app.extensions["site"]
    return next(iter(site.library().catalogue.practitioners))


def test_time_off_is_in_the_practices_time(app: Flask) -> None:
    person = some_practitioner(app)
    done = run(app, "off", person, "2027-06-15T12:00", "2027-06-15 14:30", "--note", "Training")
    assert done.exit_code == 0, done.output
    assert done.output == f"Added 1: time off of {person}, 2027-06-15 12:00 to 2027-06-15 14:30 (Training)\n"
    planned = only_change()
    assert planned.change.span == Span(SUMMER_NOON, SUMMER_NOON + timedelta(hours=2.5))
    assert (planned.change.kind, planned.change.practitioner, planned.note) == ("off", person, "Training")


def test_dates_alone_are_whole_days_the_last_included(app: Flask) -> None:
    assert run(app, "off", "everybody", "2026-12-24", "2026-12-26").exit_code == 0
    span = only_change().change.span
    assert span == Span(datetime(2026, 12, 24, tzinfo=UTC), datetime(2026, 12, 27, tzinfo=UTC))
    assert only_change().change.practitioner is None


def test_extra_hours_are_for_a_person(app: Flask) -> None:
    person = some_practitioner(app)
    assert run(app, "extra", person, "2026-11-29T10:00", "2026-11-29T13:00").exit_code == 0
    assert only_change().change.kind == "extra"
    refused = run(app, "extra", "everybody", "2026-11-29T10:00", "2026-11-29T13:00")
    assert refused.exit_code == 2
    assert "one practitioner" in refused.output


def test_bookings_in_the_way_are_named(app: Flask, clock: MovableClock) -> None:
    start = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    booking = make_confirmed(now=clock.now, starts_at=start)
    done = run(app, "off", "everybody", "2026-11-24", "2026-11-24")
    assert f"in the way: {booking.reference}, 2026-11-24 10:00, sam" in done.output
    assert "stay booked" in done.output


def test_changes_are_listed_and_taken_back(app: Flask) -> None:
    run(app, "off", "everybody", "2026-12-24", "2026-12-26")
    listed = run(app, "list")
    assert listed.output == "1: time off of everybody, 2026-12-24 00:00 to 2026-12-27 00:00\n"
    assert run(app, "list", "--from", "2026-12-27").output == ""
    assert run(app, "list", "--from", "2026-12-26", "--days", "1").output == listed.output
    assert run(app, "remove", "1").output.startswith("Removed 1: time off")
    again = run(app, "remove", "1")
    assert again.exit_code == 1
    assert "no change 1" in again.output
    assert list_changes(EVER) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("off", "nobody", "2026-12-24", "2026-12-26"), "known are"),
        (("off", "everybody", "24.12.2026", "2026-12-26"), "write 2026-12-24"),
        (("off", "everybody", "2026-12-24", "2026-02-30"), "write 2026-12-24"),
        (("off", "everybody", "2026-12-24T09:00+01:00", "2026-12-26"), "practice's time"),
        (("off", "everybody", "2026-12-24T10:00", "2026-12-24T10:00"), "END must come after"),
        (("off", "everybody", "2026-12-26", "2026-12-24"), "END must come after"),
        (("remove", "x"), "not a valid integer"),
    ],
)
def test_wrong_words_are_explained_and_change_nothing(app: Flask, words: tuple[str, ...], said: str) -> None:
    refused = run(app, *words)
    assert refused.exit_code == 2
    assert said in refused.output
    assert "Traceback" not in refused.output
    assert list_changes(EVER) == []
