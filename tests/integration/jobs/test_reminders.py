"""Reminders: one mail for each time that a visit was given, early enough to move it; none to who was just told."""

from __future__ import annotations

from datetime import timedelta

from app.jobs.outbox import send_due
from app.jobs.steps import remind
from app.services.manage.changes import cancel_by_practice, move_by_practice
from app.services.manage.reminders import remind_of_visits
from tests.conftest import MovableClock
from tests.integration.jobs.conftest import Desk
from tests.integration.jobs.test_mails import TUESDAY, book, text_of


def remind_now(desk: Desk) -> list[str]:
    """Subjects of what was sent since."""
    before = len(desk.mails)
    remind(desk.tools, desk.tools.clock(), 1)
    send_due(desk.tools, desk.tools.clock(), 50)
    return [str(mail["Subject"]) for mail in desk.mails[before:]]


def test_a_visit_is_reminded_of_once_while_it_may_still_be_moved(desk: Desk, clock: MovableClock) -> None:
    visit = book(desk)
    clock.now = TUESDAY - timedelta(hours=48, seconds=1)
    assert remind_now(desk) == []
    clock.now = TUESDAY - timedelta(hours=47)
    assert remind_now(desk) == ["Reminder: Tuesday 1 December, 15:30"]
    assert remind_now(desk) == []
    words = text_of(desk.mails[-1])
    for part in ("This is to remind you of your visit", "15:30", "you can move this visit", visit.reference):
        assert part in words, part
    assert "BEFORE YOU COME" in words
    assert not list(desk.mails[-1].iter_attachments()), "the entry in their calendar stands as it was"
    # moved in good time to another week, it is reminded of again
    catalogue = desk.tools.library().catalogue
    later = TUESDAY + timedelta(days=7)
    move_by_practice(catalogue, visit.id, starts_at=later, practitioner=visit.practitioner, now=clock.now)
    clock.now = later - timedelta(hours=40)
    assert "Reminder: Tuesday 8 December, 15:30" in remind_now(desk)


def test_who_was_just_told_or_comes_no_more_is_not_reminded(desk: Desk, clock: MovableClock) -> None:
    clock.now = TUESDAY - timedelta(hours=30)
    book(desk)
    assert remind_now(desk) == [], "booked within the hours: the confirmation is fresh"
    clock.now = TUESDAY - timedelta(days=6)
    off = book(desk, TUESDAY + timedelta(days=2), visitor="other")
    moved = book(desk, TUESDAY + timedelta(days=3), visitor="third", practitioner="example-therapist-b")
    clock.now = TUESDAY + timedelta(days=1)
    assert remind_of_visits(hours=72, now=clock.now) == 2
    cancel_by_practice(off.id, now=clock.now)
    person, at = moved.practitioner, moved.starts_at + timedelta(hours=1)
    move_by_practice(desk.tools.library().catalogue, moved.id, starts_at=at, practitioner=person, now=clock.now)
    send_due(desk.tools, clock.now, 50)
    subjects = " ".join(str(mail["Subject"]) for mail in desk.mails)
    assert "Reminder" not in subjects, "what has changed since is not said"
    assert remind_of_visits(hours=72, now=clock.now) == 0
