"""`flask --app wsgi worker` and `flask --app wsgi demo seed`."""

from __future__ import annotations

import random
import signal
from types import FrameType

import click
from flask import Flask

from app.domain.checkout import CheckoutError
from app.domain.refusals import DepositNotPossible, DepositUncertain
from app.domain.staff import EXAMPLE_EMAIL, EXAMPLE_PASSWORD
from app.jobs.command_group import CommandGroup
from app.jobs.demo import NotHere, seed_diary
from app.jobs.steps import STEPS
from app.jobs.tools import Tools
from app.jobs.worker import Worker
from app.publishing.reading.loading import ContentMissing
from app.services.staff.people import add_example
from app.services.upkeep.worker_steps import note_step


def register_commands(app: Flask, tools: Tools) -> None:
    """Add the worker and the example diary to the `flask` command."""

    @app.cli.command("worker")
    @click.option("--once", is_flag=True, help="Do what is due now and end; exit 1 when a step failed.")
    def worker(once: bool) -> None:
        """Send mail, follow payments, give back unpaid times. Ends well on SIGTERM and Ctrl-C."""
        runner = Worker(tools, STEPS, app.app_context, note_step)

        def stop(_signal: int, _frame: FrameType | None) -> None:
            runner.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        if not once:
            runner.run()
            return
        failed = runner.run_once()
        if failed:
            raise click.ClickException(f"failed: {', '.join(failed)} (see the log)")

    demo = CommandGroup("demo", help="Example data, never in production.")
    app.cli.add_command(demo)

    @demo.command("seed")
    def seed() -> None:
        """Book invented clients over the coming weeks, and add someone who may sign in. Again, it only fills up."""
        now = tools.clock()
        try:
            chance = random.Random(now.date().toordinal())  # noqa: S311 - the same diary for everybody, no secret
            added = seed_diary(tools, now, chance)
        except (NotHere, ContentMissing) as error:
            raise click.ClickException(str(error)) from None
        except (CheckoutError, DepositNotPossible, DepositUncertain) as error:
            raise click.ClickException(f"the payment provider did not answer ({type(error).__name__})") from None
        add_example(now=now)
        click.echo(f"{added} example bookings added")
        click.echo(f"Staff area: sign in as {EXAMPLE_EMAIL} with the password {EXAMPLE_PASSWORD}")
