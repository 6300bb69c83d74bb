"""What a worker does not need is not in it, and what all need is made before they part."""

from __future__ import annotations

import subprocess
import sys

from app import create_app
from app.db.base import db
from app.web.warm import warm_up
from config import Settings


def test_a_worker_does_not_carry_what_only_commands_need() -> None:
    code = "import sys, app; print(sorted({'alembic', 'stripe', 'PIL', 'css_inline', 'holidays'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_warming_up_reads_every_template(base_settings: Settings) -> None:
    app = create_app(base_settings)
    warm_up(app)
    assert app.jinja_env.cache is not None
    names = {name for _, name in app.jinja_env.cache}
    assert {"pages/home.html", "booking/time.html"} <= names


def test_no_connection_of_the_first_answer_is_left_to_the_workers(base_settings: Settings) -> None:
    app = create_app(base_settings)
    warm_up(app)
    with app.app_context():
        assert all("Connections in pool: 0 " in engine.pool.status() for engine in db.engines.values())


def test_migrations_are_there_when_they_are_asked_for(base_settings: Settings) -> None:
    done = create_app(base_settings).test_cli_runner().invoke(args=["db", "heads"])
    assert done.exit_code == 0, done.output
