"""`flask --app wsgi clients ...`: deleting what is kept of clients when they ask for it, and the keys it is under."""

from __future__ import annotations

import json

import click
from cryptography.fernet import InvalidToken
from flask import Flask

from app.domain.refusals import BookingNotFound, ClientNeeded
from app.domain.wording import counted
from app.jobs.command_group import CommandGroup, known_staff
from app.jobs.tools import Tools
from app.services.staff.people import read_staff
from app.services.upkeep.copies import copy_of_client
from app.services.upkeep.erasure import forget_answers, forget_client
from app.services.upkeep.private_answers import renew_answers


def register_client_commands(app: Flask, tools: Tools) -> None:
    """Add the `clients` group."""
    group = CommandGroup("clients", help="What is kept of clients: a copy or deleting it when they ask, and its keys.")
    app.cli.add_command(group)
    _add_copying(group, tools)
    _add_forgetting(group, tools)
    _add_keys(group)


def _add_copying(group: CommandGroup, tools: Tools) -> None:
    @group.command("copy")
    @click.argument("email")
    @click.option(
        "--as", "reader", metavar="EMAIL", required=True, help="Who reads it, as in: staff list. It is noted."
    )
    def copy(email: str, reader: str) -> None:
        """Print what is kept of the client with this address, as JSON: a copy for a client who asks for one.

        It may tell of their health: who reads it is noted with each booking and question.
        """
        staff = known_staff(lambda: read_staff(reader), reader)
        found = copy_of_client(email, staff.id, now=tools.clock())
        if not found:
            raise click.ClickException(f"nothing is kept of {email}")
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        click.echo(
            "Be sure who asks before you send it: it may tell of their health. Mails are in the mailbox.", err=True
        )


def _add_forgetting(group: CommandGroup, tools: Tools) -> None:
    @group.command("forget-answers")
    @click.argument("reference")
    def answers(reference: str) -> None:
        """Delete what was said about health for one booking. The booking stays."""
        try:
            there = forget_answers(reference.strip().upper())
        except BookingNotFound:
            raise click.UsageError(f"No booking has the reference {reference}.") from None
        click.echo("The answers are deleted." if there else "No answers are kept for that booking.")

    @group.command("forget")
    @click.argument("email")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    def forget(email: str, yes: bool) -> None:
        """Delete everything that names the client with this address. Payments stay, as payments of nobody."""
        if not yes:
            click.confirm(f"Delete all that is kept of {email}? It cannot be undone", abort=True)
        try:
            gone = forget_client(email, now=tools.clock())
        except ClientNeeded as refusal:
            raise click.UsageError(_what_first(refusal.why)) from None
        found = (
            counted(gone.bookings, "booking without a name", "bookings without a name"),
            counted(gone.questions, "question", "questions") + " deleted",
            counted(gone.waiting, "place in the waiting list", "places in the waiting list") + " deleted",
        )
        click.echo(", ".join(found).replace("\u00a0", " ") + ".")
        click.echo("Not here: Stripe, the practice's mailbox, and backups. Delete there what nobody must keep.")


def _add_keys(group: CommandGroup) -> None:
    @group.command("renew-keys")
    def renew_keys() -> None:
        """Write all private answers anew with the first of FIELD_KEYS; then the others can be taken out."""
        try:
            count = renew_answers()
        except InvalidToken:
            words = (
                "Something was written with a key that is not among FIELD_KEYS. Put that key back, behind the new one."
            )
            raise click.ClickException(words) from None
        click.echo(f"{count} private answers are written with the first key.")


def _what_first(why: str) -> str:
    if why == "credit":
        return "This client has credit. Agree with them what becomes of it, and let it pay for a visit, first."
    return f"{why} is not over: cancel it, or wait until it is, first."
