"""`flask --app wsgi diary ...`: time off and extra hours, in the practice's own time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import click
from flask import Flask

from app.domain.local_time import day_of, end_of_day, instant_of, start_of_day
from app.domain.refusals import DiaryChangeNotFound
from app.domain.spans import Span
from app.domain.wording import sortable_moment
from app.jobs.command_group import CommandGroup
from app.jobs.tools import Tools
from app.services.diary.hours import PlannedChange, add_extra_hours, add_time_off, list_changes, remove_change

EVERYBODY = "everybody"
#: How far ahead changes are listed: when nothing is said, and at most. Days.
LISTED_DAYS, LONGEST_DAYS = 180, 3660


def register_diary_commands(app: Flask, tools: Tools) -> None:
    """Add the `diary` group."""
    group = CommandGroup("diary", help="Time off and extra hours. Times are the practice's own: 2026-12-24T09:00.")
    app.cli.add_command(group)
    _add_entering(group, tools)
    _add_reviewing(group, tools)


def _add_entering(group: CommandGroup, tools: Tools) -> None:
    @group.command("off")
    @click.argument("who")
    @click.argument("begin")
    @click.argument("end")
    @click.option("--note", help="Why, for the practice only.")
    def off(who: str, begin: str, end: str, note: str | None) -> None:
        """Offer no time of WHO (a practitioner, or "everybody") from BEGIN to END; dates alone mean whole days."""
        zone = _zone(tools)
        span = _span(zone, begin, end)
        person = _person(tools, who)
        name = tools.library().catalogue.practitioners[person].name if person is not None else None
        found = add_time_off(person, span.starts_at, span.ends_at, name=name, note=note, now=tools.clock())
        click.echo(f"Added {_in_words(zone, found.planned)}")
        for booking in found.clashes:
            click.echo(
                f"  in the way: {booking.reference}, {sortable_moment(booking.starts_at, zone)}, {booking.practitioner}"
            )
        if found.clashes:
            click.echo("  These stay booked. Move or cancel each one; they are on the staff's list.")

    @group.command("extra")
    @click.argument("who")
    @click.argument("begin")
    @click.argument("end")
    @click.option("--note", help="Why, for the practice only.")
    def extra(who: str, begin: str, end: str, note: str | None) -> None:
        """Offer time of the practitioner WHO from BEGIN to END beside the weekly hours."""
        person = _person(tools, who)
        if person is None:
            raise click.BadParameter("extra hours are for one practitioner", param_hint="WHO")
        zone = _zone(tools)
        span = _span(zone, begin, end)
        planned = add_extra_hours(person, span.starts_at, span.ends_at, note=note, now=tools.clock())
        click.echo(f"Added {_in_words(zone, planned)}")


def _add_reviewing(group: CommandGroup, tools: Tools) -> None:
    @group.command("list")
    @click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day; today without it.")
    @click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=LISTED_DAYS, show_default=True)
    def list_(first: datetime | None, days: int) -> None:
        """List the changes that touch these days."""
        zone = _zone(tools)
        day = first.date() if first else day_of(zone, tools.clock())
        window = Span(start_of_day(zone, day), end_of_day(zone, day + timedelta(days=days - 1)))
        for planned in list_changes(window):
            click.echo(_in_words(zone, planned))

    @group.command("remove")
    @click.argument("number", type=int)
    def remove(number: int) -> None:
        """Take the change with this NUMBER back."""
        try:
            planned = remove_change(number, now=tools.clock())
        except DiaryChangeNotFound:
            raise click.ClickException(f"there is no change {number}; see: diary list") from None
        click.echo(f"Removed {_in_words(_zone(tools), planned)}")


def _zone(tools: Tools) -> str:
    return tools.library().catalogue.rules.zone


def _person(tools: Tools, who: str) -> str | None:
    people = tools.library().catalogue.practitioners
    if who == EVERYBODY:
        return None
    if who not in people:
        raise click.BadParameter(f"known are: {', '.join(people)}, {EVERYBODY}", param_hint="WHO")
    return who


def _span(zone: str, begin: str, end: str) -> Span:
    span = Span(_instant(zone, begin, "BEGIN", ends=False), _instant(zone, end, "END", ends=True))
    if span.ends_at <= span.starts_at:
        raise click.UsageError("END must come after BEGIN")
    return span


def _instant(zone: str, words: str, name: str, *, ends: bool) -> datetime:
    """A local time as an instant; a date alone is its beginning, or its end where the span ends."""
    try:
        if len(words) == len("2026-12-24"):
            day = date.fromisoformat(words)
            return end_of_day(zone, day) if ends else start_of_day(zone, day)
        local = datetime.fromisoformat(words)
    except ValueError:
        local = None
    if local is None or local.tzinfo is not None:
        raise click.BadParameter("write 2026-12-24 or 2026-12-24T09:00, in the practice's time", param_hint=name)
    return instant_of(zone, local.date(), time(local.hour, local.minute))


def _in_words(zone: str, planned: PlannedChange) -> str:
    change = planned.change
    kind = "extra hours" if change.kind == "extra" else "time off"
    times = f"{sortable_moment(change.span.starts_at, zone)} to {sortable_moment(change.span.ends_at, zone)}"
    note = f" ({planned.note})" if planned.note else ""
    return f"{planned.id}: {kind} of {change.practitioner or EVERYBODY}, {times}{note}"
