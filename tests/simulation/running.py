"""Running schedules: one after the other on a database of their own, and telling what a failure needs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from app import create_app
from config import load_settings
from tests.simulation.schedule import Action, make_schedule, shrink
from tests.simulation.world import Simulation

LENGTH = 25


def run_schedule(app: Flask, schedule: Sequence[Action]) -> list[str]:
    """What went wrong in this schedule; empty when all held."""
    simulation = Simulation(app)
    try:
        for number, action in enumerate(schedule):
            simulation.act(action)
            faults = simulation.check()
            if faults:
                return [f"after step {number}, {action}: {fault}" for fault in faults]
        return simulation.finish()
    finally:
        simulation.close()


def make_app(folder: Path) -> Flask:
    """An application on a fresh database of its own."""
    environ = {
        "APP_ENV": "test", "SECRET_KEY": "simulation-secret-key-of-32-chars", "DATABASE_URL": f"sqlite:///{folder}/site.db",
        "MAIL_URL": f"file:{folder}/mail",
    }  # fmt: skip
    app = create_app(load_settings(environ))
    with app.app_context():
        upgrade()
    return app


def run_seeds(seeds: Sequence[int]) -> tuple[int, int | None]:
    """How many schedules held, and the first seed that did not."""
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(Path(folder))
        with app.app_context():
            for done, seed in enumerate(seeds):
                if run_schedule(app, make_schedule(seed, LENGTH)):
                    return done, seed
    return len(seeds), None


def explain(seed: int) -> str:
    """The shortest schedule of a failing seed, and what goes wrong in it."""
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(Path(folder))
        with app.app_context():
            short = shrink(make_schedule(seed, LENGTH), lambda schedule: bool(run_schedule(app, schedule)))
            faults = run_schedule(app, short)
    steps = "\n".join(f"  {number:2} {action}" for number, action in enumerate(short))
    return f"seed {seed} fails:\n{steps}\n" + "\n".join(f"  ! {fault}" for fault in faults)
