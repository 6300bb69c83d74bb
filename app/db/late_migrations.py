"""Flask-Migrate, loaded when a migration is asked for: no page needs Alembic, and it is large."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask_sqlalchemy import SQLAlchemy


class _Migrations:
    """Stands where Flask-Migrate keeps its own, until something asks for it."""

    def __init__(self, app: Flask, db: SQLAlchemy, folder: Path, *, on_sqlite: bool) -> None:
        self._app, self._db, self._folder, self._on_sqlite = app, db, folder, on_sqlite

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate  # lazy: 10 MiB that no page needs

        Migrate(self._app, self._db, directory=str(self._folder), render_as_batch=self._on_sqlite, compare_type=True)
        return getattr(self._app.extensions["migrate"], name)


class _Commands(click.Group):
    """`flask db`: hands over to the true group when it is called."""

    def make_context(self, info_name: str | None, args: list[str], *given: Any, **extra: Any) -> click.Context:
        from flask_migrate.cli import db as commands  # lazy: as above

        context: click.Context = commands.make_context(info_name, args, *given, **extra)
        return context


def late_migrations(app: Flask, db: SQLAlchemy, folder: Path, *, on_sqlite: bool) -> None:
    """Give `app` its migrations in `folder` and the command `flask db`, without loading what they need."""
    app.extensions["migrate"] = _Migrations(app, db, folder, on_sqlite=on_sqlite)
    app.cli.add_command(_Commands("db", help="Perform database migrations."))
