"""`flask --app wsgi visits ...`: the practice's day, and what only the practice does with a visit."""

from __future__ import annotations

from datetime import datetime

import click
from flask import Flask

from app.domain.booking import Booking
from app.domain.local_time import day_of, end_of_day, start_of_day, zone_named
from app.domain.policy import CancelOutcome, outcome_of_our_cancelling
from app.domain.refusals import BookingNotFound, NotCancellable, NotMarkable
from app.domain.spans import Span
from app.domain.wording import money
from app.jobs.command_group import CommandGroup
from app.jobs.tools import Tools
from app.services.booking.bookings import list_visits, read_reference
from app.services.manage.changes import cancel_by_practice, mark_visit
from app.services.manage.letters import read_letter_facts

#: What a state is called at the desk.
STATES = {"confirmed": "booked", "completed": "done", "no_show": "missed", "cancelled": "cancelled"}


def register_visit_commands(app: Flask, tools: Tools) -> None:
    """Add the `visits` group."""
    group = CommandGroup("visits", help="The visits of a day: look, cancel, mark done or missed.")
    app.cli.add_command(group)
    _add_looking(group, tools)
    _add_cancelling(group, tools)
    _add_marking(group, tools)


def _add_looking(group: CommandGroup, tools: Tools) -> None:
    @group.command("list")
    @click.argument("day", type=click.DateTime(["%Y-%m-%d"]), required=False)
    def list_(day: datetime | None) -> None:
        """Print the visits and calls of DAY (today without it), in order of time."""
        zone = tools.library().practice.zone
        wanted = day.date() if day else day_of(zone, tools.clock())
        found = list_visits(Span(start_of_day(zone, wanted), end_of_day(zone, wanted)))
        for visit in found:
            click.echo(_in_a_line(tools, visit))
        click.echo(f"{len(found)} on {wanted:%Y-%m-%d}")

    @group.command("link")
    @click.argument("reference")
    def link(reference: str) -> None:
        """Print the address of the visit's own page: to move it, or to give it to someone else, with the client."""
        visit = _read(reference)
        if visit.state in ("held", "released"):
            raise click.UsageError(f"{visit.reference} is not booked.")
        click.echo(f"{tools.base_url}/booking/{tools.links.token_for(visit)}")


def _add_cancelling(group: CommandGroup, tools: Tools) -> None:
    @group.command("cancel")
    @click.argument("reference")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    def cancel(reference: str, yes: bool) -> None:
        """Cancel a visit on the practice's side: all that was paid goes back, and the client is written to."""
        visit = _read(reference)
        letter = read_letter_facts(visit.id)
        back = _what_goes_back(visit, outcome_of_our_cancelling(letter.facts), waits=letter.disputed)
        if not yes:
            click.confirm(f"{_in_a_line(tools, visit)}\nCancel it{back}?", abort=True)
        try:
            cancel_by_practice(visit.id, now=tools.clock())
        except NotCancellable:
            raise click.UsageError(f"{visit.reference} is {_state(visit)}: only what is booked is cancelled.") from None
        click.echo(f"{visit.reference} is cancelled{back}.")


def _add_marking(group: CommandGroup, tools: Tools) -> None:
    def mark(reference: str, missed: bool) -> None:
        visit = _read(reference)
        try:
            marked = mark_visit(visit.id, "no_show" if missed else "completed", now=tools.clock())
        except NotMarkable:
            when = "it counts as missed once the minutes for being late are over" if missed else "it has not begun"
            why = when if visit.state in ("confirmed", "completed") else f"it is {_state(visit)}"
            raise click.UsageError(f"{visit.reference} cannot be marked: {why}.") from None
        click.echo(f"{marked.reference} is marked {_state(marked)}.")

    @group.command("done")
    @click.argument("reference")
    def done(reference: str) -> None:
        """Mark a visit as done: the client was here."""
        mark(reference, missed=False)

    @group.command("missed")
    @click.argument("reference")
    def missed(reference: str) -> None:
        """Mark a visit as missed: nobody came. Take it back with `done`."""
        mark(reference, missed=True)


def _read(reference: str) -> Booking:
    try:
        return read_reference(reference.strip().upper())
    except BookingNotFound:
        raise click.UsageError(f"No booking has the reference {reference}.") from None


def _state(visit: Booking) -> str:
    return STATES.get(visit.state, "not booked")


def _in_a_line(tools: Tools, visit: Booking) -> str:
    zone = zone_named(tools.library().practice.zone)
    local, until = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    whose = f"{visit.client.name}, {visit.client.phone}" if visit.client else "-"
    if visit.client is not None and visit.client.attendee is not None:
        whose = f"{visit.client.attendee.name} (booked by {whose})"
    times = f"{local:%Y-%m-%d %H:%M} to {until:%H:%M}"
    return f"{times}  {visit.reference}  {_state(visit)}  {visit.practitioner}  {visit.treatment_name}  {whose}"


def _what_goes_back(visit: Booking, outcome: CancelOutcome, *, waits: bool) -> str:
    parts = []
    if outcome.refund_minor:
        later = " once its dispute is won" if waits else ""
        parts.append(f"{money(outcome.refund_minor, visit.currency)} goes back to the card{later}")
    if outcome.credit_minor + outcome.credit_again_minor:
        credit = money(outcome.credit_minor + outcome.credit_again_minor, visit.currency)
        parts.append(f"{credit} becomes credit again")
    return f"; {', '.join(parts)}" if parts else "; nothing was paid"
