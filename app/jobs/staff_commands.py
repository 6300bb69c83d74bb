"""`flask --app wsgi staff ...`: who may enter the staff area, and who opened clients' health answers there."""

from __future__ import annotations

from datetime import datetime

import click
from email_validator import EmailNotValidError, validate_email
from flask import Flask

from app.domain.refusals import StaffThere
from app.domain.staff import ROLES, Role
from app.domain.wording import sortable_moment
from app.jobs.command_group import CommandGroup, known_staff
from app.jobs.tools import Tools
from app.services.staff.accesses import list_accesses
from app.services.staff.people import add_staff, change_role, list_staff, remove_staff, reset_staff

LONGEST_NAME = 100


def register_staff_commands(app: Flask, tools: Tools) -> None:
    """Add the `staff` group."""
    group = CommandGroup("staff", help="Who may enter the staff area.")
    app.cli.add_command(group)

    @group.command("add")
    @click.argument("email")
    @click.option("--name", required=True, help="As colleagues know them.")
    @click.option(
        "--role", type=click.Choice(ROLES), default="desk", show_default=True,
        help="A therapist may see clients' health answers, the desk may not.",
    )  # fmt: skip
    def add(email: str, name: str, role: Role) -> None:
        """Add someone, and mail them a link to choose a password. It works once, for 24 hours."""
        address = _address(email)
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise click.UsageError(f"--name: a name of at most {LONGEST_NAME} characters")
        try:
            ends_at = add_staff(address, name.strip(), role, now=tools.clock())
        except StaffThere:
            words = f"{address} is there already. To begin anew for them: staff reset {address}"
            raise click.ClickException(words) from None
        click.echo(f"{name.strip()} ({role}) is added. {_mailed(tools, address, ends_at)}")

    _register_changes(group, tools)

    @group.command("list")
    def list_() -> None:
        """List everyone with role and state; those who left stand last."""
        for staff, state in list_staff():
            click.echo(f"{staff.email}  {staff.role}  {state}  {staff.name}")

    @group.command("accesses")
    @click.option("--days", type=click.IntRange(1, 3000), default=30, show_default=True, help="How far back.")
    def accesses(days: int) -> None:
        """List who opened which booking's health answers or which question (Q12), and when, the newest first."""
        zone = tools.library().practice.zone
        for access in list_accesses(days=days, now=tools.clock()):
            at = sortable_moment(access.at, zone)
            click.echo(f"{at}  {access.reference}  {access.name} <{access.email}>")


def _register_changes(group: CommandGroup, tools: Tools) -> None:
    @group.command("remove")
    @click.argument("email")
    def remove(email: str) -> None:
        """Let someone in no more, from this moment on. What they opened stays on record."""
        staff = known_staff(lambda: remove_staff(email, now=tools.clock()), email)
        click.echo(f"{staff.name} is signed out everywhere and cannot sign in any more.")

    @group.command("role")
    @click.argument("email")
    @click.argument("role", type=click.Choice(ROLES))
    def role(email: str, role: Role) -> None:
        """Give someone another role."""
        staff = known_staff(lambda: change_role(email, role), email)
        click.echo(f"{staff.name} is {role} from now on.")

    @group.command("reset")
    @click.argument("email")
    def reset(email: str) -> None:
        """Begin anew for someone who lost phone and recovery codes: a new link, no second factor until they set one."""
        ends_at = known_staff(lambda: reset_staff(email, now=tools.clock()), email)
        click.echo(f"Password and second factor are taken off. {_mailed(tools, email.strip().lower(), ends_at)}")


def _address(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized.lower()
    except EmailNotValidError:
        raise click.UsageError(f"{text} is not an email address") from None


def _mailed(tools: Tools, email: str, ends_at: datetime) -> str:
    until = sortable_moment(ends_at, tools.library().practice.zone)
    return f"A link to choose a password is on its way to {email}; it works until {until}."
