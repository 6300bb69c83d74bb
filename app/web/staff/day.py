"""The practice's day, person by person in order of time: the first page after signing in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for

from app.domain.catalogue import Catalogue, Practitioner
from app.domain.gaps import Gap, gaps_of
from app.domain.local_time import end_of_day, start_of_day
from app.domain.spans import Span
from app.services.diary.agenda import AgendaEntry, OffEntry, read_agenda, read_off
from app.services.diary.hours import PlannedChange, list_changes
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.calendar_days import FIRST, LAST, read_day, today
from app.web.staff.hours import read_day as read_written_day
from app.web.staff.people import person_name
from app.web.staff.task_words import TASKS, UNKNOWN

#: What is still to be done before a visit, by the kind of the task.
TO_DO = {
    "booking.guardian": "Phone the parent or guardian first",
    "booking.intake": "Send the health questions",
    "diary.clash": "Falls on time off",
}
GATE_OPEN = "The safety lists are not answered yet"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a person's day: an entry of the diary, or (`gap`) the time between two. `mark` is "Now" or "Next"."""

    at: Span
    entry: AgendaEntry | None = None
    gap: Gap | None = None
    mark: str = ""
    note: str | None = None
    to_do: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One person's day. `off` is what was cancelled or moved away: it is not among the lines, and counts nowhere."""

    slug: str
    name: str
    lines: tuple[Line, ...]
    off: tuple[OffEntry, ...] = ()

    @property
    def told(self) -> bool:
        """Whether there is anything to say of the day."""
        return bool(self.lines or self.off)

    @property
    def visits(self) -> list[AgendaEntry]:
        """What is booked, without holds."""
        return [line.entry for line in self.lines if line.entry is not None and not line.entry.held]


@staff_pages.get("/")
def home() -> str:
    """Who comes today."""
    return _day_page(today())


@staff_pages.get("/day")
def go_to_day() -> Any:
    """Where the date field leads; a date that cannot be is told beside it."""
    asked = request.args.get("on", "")
    written = read_written_day(asked.strip())
    day = read_day(written.isoformat()) if written else None
    if day is None:
        return no_such_day(asked)
    return redirect(url_for("staff.day", day=day.isoformat(), who=request.args.get("who") or None), 303)


@staff_pages.get("/day/<day>")
def day(day: str) -> Any:
    """The day of that date."""
    asked = read_day(day)
    return _day_page(asked) if asked is not None else no_such_day(day)


def no_such_day(asked: str) -> tuple[str, int]:
    """The page that says so, with what was asked for in the field."""
    return render_template("staff/no_day.html", asked=asked[:40], today=today()), 404


def _day_page(day: date) -> str:
    here = site()
    library, now = here.library(), here.clock()
    zone = library.practice.zone
    window = Span(start_of_day(zone, day), end_of_day(zone, day))
    changes = list_changes(window)
    columns = arrange(library.catalogue, day, read_agenda(window, now=now), changes, read_off(window), now=now)
    who = request.args.get("who")
    shown = [column for column in columns if column.slug == who] or columns
    return render_template(
        "staff/day.html",
        day=day,
        today=today(),
        previous=day - ONE_DAY if day > FIRST else None,
        following=day + ONE_DAY if day < LAST else None,
        columns=shown,
        everyone=[column for column in columns if column.told or column.slug == who],
        who=who if len(shown) < len(columns) or len(columns) == 1 else None,
        names={slug: one.name for slug, one in library.catalogue.practitioners.items()},
        closed=day in library.catalogue.rules.closed_days,
        now=now,
        hours=(window.ends_at - window.starts_at) // timedelta(hours=1),
    )


def arrange(
    catalogue: Catalogue,
    day: date,
    entries: Sequence[AgendaEntry],
    changes: Sequence[PlannedChange],
    off: Sequence[OffEntry] = (),
    *,
    now: datetime,
) -> list[Column]:
    """The day of each person: those who work, in order of display, and those who are only in the diary."""
    in_diary = [*(entry.practitioner for entry in entries), *(left.practitioner for left in off)]
    known = dict.fromkeys([*catalogue.practitioners, *in_diary])
    columns = [
        _column(catalogue, slug, day, [entry for entry in entries if entry.practitioner == slug], changes, now=now)
        for slug in known
    ]
    return [replace(one, off=tuple(left for left in off if left.practitioner == one.slug)) for one in columns]


def _column(
    catalogue: Catalogue,
    slug: str,
    day: date,
    entries: Sequence[AgendaEntry],
    changes: Sequence[PlannedChange],
    *,
    now: datetime,
) -> Column:
    zone = catalogue.rules.zone
    person = catalogue.practitioners.get(slug) or Practitioner(slug, person_name(slug), frozenset(), ())
    own = [one.change for one in changes]
    gaps = gaps_of(catalogue.rules, person, day, [entry.busy for entry in entries], own)
    begins, ends = start_of_day(zone, day), end_of_day(zone, day)
    shown = [entry for entry in entries if begins <= entry.at.starts_at < ends]
    following = next((one for one in shown if one.at.starts_at > now and not one.held), None)
    lines = [
        *(Line(one.at, entry=one, mark=_mark(one, following, now, begins), to_do=_to_do(one)) for one in shown),
        *(Line(gap.span, gap=gap, note=_note(gap, slug, changes)) for gap in gaps),
    ]
    return Column(slug, person.name, tuple(sorted(lines, key=lambda line: line.at)))


def _mark(entry: AgendaEntry, following: AgendaEntry | None, now: datetime, begins: datetime) -> str:
    """Which line a person looks for when they open the page; no other day has a now."""
    if entry.at.starts_at <= now < entry.at.ends_at:
        return "Now"
    return "Next" if entry is following and begins <= now else ""


def _to_do(entry: AgendaEntry) -> tuple[str, ...]:
    found = dict.fromkeys(TO_DO.get(kind) or TASKS.get(kind, UNKNOWN).title for kind in entry.tasks)
    if entry.gate_open:
        found[GATE_OPEN] = None
    return tuple(found)


def _note(gap: Gap, slug: str, changes: Sequence[PlannedChange]) -> str | None:
    """What staff wrote about this time off."""
    if gap.kind != "off":
        return None
    notes = [
        one.note
        for one in changes
        if one.change.kind == "off"
        and one.change.practitioner in (None, slug)
        and one.note
        and one.change.span.overlaps(gap.span)
    ]
    return ", ".join(notes) or None
