"""Seven days at a glance: how many visits each person has, and from when until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import redirect, render_template, url_for

from app.domain.local_time import end_of_day, start_of_day
from app.domain.spans import Span
from app.services.diary.agenda import AgendaEntry, read_agenda
from app.services.diary.hours import PlannedChange, list_changes
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.calendar_days import FIRST, LAST, read_day, today
from app.web.staff.day import ONE_DAY, Column, arrange, no_such_day

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PersonsDay:
    """What one person has on one day. `span` is from the first visit's begin to the last one's end, if there is any."""

    name: str
    visits: int
    span: Span | None
    free: int
    away: bool
    to_do: int

    @property
    def works(self) -> bool:
        """Whether there is anything to say of them."""
        return bool(self.visits or self.free or self.away)


@dataclass(frozen=True, slots=True)
class DayOfWeek:
    """One day of the week and its people."""

    day: date
    closed: bool
    people: tuple[PersonsDay, ...]

    @property
    def visits(self) -> int:
        """How many visits all have together."""
        return sum(person.visits for person in self.people)


@staff_pages.get("/week")
def this_week() -> Any:
    """The week of today."""
    return redirect(url_for("staff.week", day=today().isoformat()), 303)


@staff_pages.get("/week/<day>")
def week(day: str) -> Any:
    """The week, Monday to Sunday, that the date lies in."""
    asked = read_day(day)
    if asked is None:
        return no_such_day(day)
    here = site()
    library, now = here.library(), here.clock()
    zone, monday = library.practice.zone, asked - timedelta(days=asked.weekday())
    week = [monday + timedelta(days=number) for number in range(7)]
    dates = [one for one in week if FIRST <= one <= LAST]
    window = Span(start_of_day(zone, dates[0]), end_of_day(zone, dates[-1]))
    entries, changes = read_agenda(window, now=now), list_changes(window)
    shown = []
    for one in dates:
        columns = arrange(library.catalogue, one, *_of_day(zone, one, entries, changes), now=now)
        people = tuple(_summed(column) for column in columns)
        shown.append(DayOfWeek(one, one in library.catalogue.rules.closed_days, people))
    return render_template(
        "staff/week.html",
        days=shown,
        today=today(),
        previous=max(monday - WEEK, FIRST) if monday > FIRST else None,
        following=monday + WEEK if monday + WEEK <= LAST else None,
    )


def _of_day(
    zone: str, day: date, entries: Sequence[AgendaEntry], changes: Sequence[PlannedChange]
) -> tuple[list[AgendaEntry], list[PlannedChange]]:
    """What of the week touches that day."""
    whole = Span(start_of_day(zone, day), start_of_day(zone, day + ONE_DAY))
    return [one for one in entries if one.busy.overlaps(whole)], [
        one for one in changes if one.change.span.overlaps(whole)
    ]


def _summed(column: Column) -> PersonsDay:
    visits = column.visits
    gaps = [line.gap.kind for line in column.lines if line.gap is not None]
    return PersonsDay(
        name=column.name,
        visits=len(visits),
        span=Span(visits[0].at.starts_at, max(one.at.ends_at for one in visits)) if visits else None,
        free=gaps.count("free"),
        away="off" in gaps,
        to_do=sum(bool(line.to_do) for line in column.lines),
    )
