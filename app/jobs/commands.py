"""`flask --app wsgi worker` and `flask --app wsgi demo seed`."""

from __future__ import annotations

import signal
from types import FrameType

import click
from flask import Flask
from flask.cli import AppGroup

from app.jobs.steps import STEPS
from app.jobs.tools import Tools
from app.jobs.worker import Worker


def register_commands(app: Flask, tools: Tools) -> None:
    """Add the worker and the example diary to the `flask` command."""

    @app.cli.command("worker")
    @click.option("--once", is_flag=True, help="Do what is due now and end; exit 1 when a step failed.")
    def worker(once: bool) -> None:
        """Send mail, follow payments, give back unpaid times. Ends well on SIGTERM and Ctrl-C."""
        runner = Worker(tools, STEPS, app.app_context)

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

    demo = AppGroup("demo", help="Example data, never in production.")
    app.cli.add_command(demo)
