"""A made-up day, list and account that show every part of the staff area in every state: for the style guide alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.gaps import Gap, Kind
from app.domain.spans import Span
from app.domain.staff import EXAMPLE_EMAIL, Staff
from app.services.diary.agenda import AgendaEntry, OffEntry
from app.services.staff.sittings import ListedSitting
from app.services.upkeep.staff_tasks import StaffTask
from app.web.staff.day import Line
from app.web.staff.task_words import words_for

PERSON, OTHER = "example-therapist-a", "example-therapist-b"


def staff_samples(now: datetime) -> dict[str, Any]:
    """What the templates of the parts are given, as it stands at `now`."""
    return {
        "staff_lines": _lines(now),
        "off": _off(now),
        "names": {OTHER: "Example therapist B"},
        "person": PERSON,
        "tasks": [(task, words_for(task)) for task in _tasks(now)],
        "places": [
            ListedSitting(1, "Firefox on Linux", now - timedelta(hours=3), now),
            ListedSitting(2, "Safari on an iPhone", now - timedelta(days=1), now - timedelta(minutes=20)),
        ],
    }


def sample_staff() -> Staff:
    """Who is signed in, as far as the frame shows."""
    return Staff(0, EXAMPLE_EMAIL, "Example therapist", "therapist")


def _lines(now: datetime) -> list[Line]:
    def at(minutes: int) -> Span:
        begin = now + timedelta(minutes=minutes)
        return Span(begin, begin + timedelta(minutes=45))

    def gap(minutes: int, kind: Kind, note: str | None = None) -> Line:
        return Line(at(minutes), gap=Gap(kind, at(minutes)), note=note)

    visit = AgendaEntry(
        "SAMPLE1",
        "completed",
        at(-180),
        at(-180),
        PERSON,
        "room-one",
        "45 minutes, sports massage",
        45,
        name="Robin Example",
    )

    def line(minutes: int, number: int, mark: str = "", to_do: tuple[str, ...] = (), **changes: Any) -> Line:
        one = replace(visit, reference=f"SAMPLE{number}", at=at(minutes), busy=at(minutes), **changes)
        return Line(one.at, entry=one, mark=mark, to_do=to_do)

    young = {"name": "Kim Young", "booked_by": "Pat Parent", "with_guardian": True, "first_visit": True}
    return [
        line(-180, 1),
        line(-135, 2, state="no_show", name="Jo Example"),
        line(-90, 3, state="confirmed", name="Chris Example", place=(2, 5)),
        line(-15, 4, "Now", state="confirmed", name="Alex Example", at_home=True),
        gap(30, "break"),
        gap(75, "free"),
        line(120, 5, "Next", ("Phone the parent or guardian first",), state="confirmed", **young),
        line(165, 6, state="held", name=None),
        line(210, 7, state="held", name=None, paying=True),
        line(255, 8, state="confirmed", name=None, by_phone=True),
        gap(300, "off", "Training"),
    ]


def _off(now: datetime) -> list[OffEntry]:
    treatment, made = "45 minutes, sports massage", now - timedelta(days=1)
    moved_to = now + timedelta(days=2)
    return [
        OffEntry("SAMPLE9", now - timedelta(hours=4), made, PERSON, treatment, "Sam Example"),
        OffEntry("SAMPLE10", now + timedelta(hours=4), made, PERSON, treatment, "Lee Example", moved_to, OTHER),
    ]


def _tasks(now: datetime) -> list[StaffTask]:
    made = now - timedelta(days=2)
    return [
        StaffTask(1, "diary.clash", "SAMPLE5 falls on new time off of Example therapist A.", "SAMPLE5", made),
        StaffTask(2, "outbox.failed", "", None, now, work="mail.confirmed", error="550: the address was refused"),
        StaffTask(3, "deposit.conflict", "SAMPLE3 was paid too late.", "SAMPLE3", made, now, "Example therapist"),
    ]
