"""`flask --app wsgi clients ...`: what a client may ask for about their data."""

from __future__ import annotations

import click
from flask import Flask

from app.domain.refusals import BookingNotFound, ClientNeeded
from app.domain.wording import counted
from app.jobs.command_group import CommandGroup
from app.jobs.tools import Tools
from app.services.upkeep.erasure import forget_answers, forget_client


def register_client_commands(app: Flask, tools: Tools) -> None:
    """Add the `clients` group."""
    group = CommandGroup("clients", help="What clients may ask for: to have what is kept of them deleted.")
    app.cli.add_command(group)

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


def _what_first(why: str) -> str:
    if why == "credit":
        return "This client has credit. Agree with them what becomes of it, and let it pay for a visit, first."
    return f"{why} is not over: cancel it, or wait until it is, first."
