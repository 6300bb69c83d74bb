"""`flask --app wsgi tasks ...`: what only a person at the practice can settle."""

from __future__ import annotations

import click
from flask import Flask

from app.domain.wording import sortable_moment
from app.jobs.command_group import CommandGroup
from app.jobs.tools import Tools
from app.services.upkeep.staff_tasks import open_tasks, settle_task


def register_task_commands(app: Flask, tools: Tools) -> None:
    """Add the `tasks` group."""
    group = CommandGroup("tasks", help="What only a person can settle. docs/payments.md says what each kind means.")
    app.cli.add_command(group)

    @group.command("list")
    def show() -> None:
        """Print what is not settled yet, oldest first, each with its number."""
        zone, found = tools.library().practice.zone, open_tasks()
        for task in found:
            when = sortable_moment(task.created_at, zone)
            click.echo(f"{task.id:>6}  {when}  {task.kind}  {task.booking or '-'}  {task.message}")
        click.echo(f"{len(found)} open")

    @group.command("done")
    @click.argument("number", type=int)
    def done(number: int) -> None:
        """Take task NUMBER off the list."""
        if not settle_task(number, now=tools.clock()):
            raise click.UsageError(f"No open task has the number {number}.")
        click.echo("Done.")
