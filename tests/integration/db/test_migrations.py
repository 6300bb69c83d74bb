"""The migrations build what the tables say, on both engines, forth and back; a failed one leaves nothing behind."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import create_engine, event, inspect, text

from app import create_app
from app.db.base import db
from config import Settings


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_app(request: pytest.FixtureRequest, base_settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without a single table."""
    if request.param == "sqlite":
        url, cleaning = f"sqlite:///{tmp_path / 'empty.db'}", None
    else:
        address = "postgresql+psycopg://" + request.getfixturevalue("postgres_server").split("://", 1)[1]
        admin = create_engine(address, isolation_level="AUTOCOMMIT")
        name = f"migrations_{uuid.uuid4().hex[:12]}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        url, cleaning = admin.url.set(database=name).render_as_string(hide_password=False), (admin, name)
    app = create_app(replace(base_settings, database_url=url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    if cleaning:
        admin, name = cleaning
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_migrations_and_tables_agree(empty_app: Flask) -> None:
    flask_migrate.upgrade()
    flask_migrate.check()
    assert tables() == set(db.metadata.tables)


def test_there_is_a_way_back_and_forth_again(empty_app: Flask) -> None:
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    flask_migrate.upgrade()
    assert tables() == set(db.metadata.tables)


def test_there_is_one_line_of_migrations(empty_app: Flask) -> None:
    versions = Path(empty_app.root_path).parent / "migrations" / "versions"
    numbers = sorted(path.name[:4] for path in versions.glob("*.py"))
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]


def test_a_failed_migration_leaves_nothing_behind(empty_app: Flask) -> None:
    def break_off(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "CREATE TABLE refund" in statement:
            raise OSError("disk full")

    event.listen(db.engine, "before_cursor_execute", break_off)
    with pytest.raises(OSError, match="disk full"):
        flask_migrate.upgrade()
    event.remove(db.engine, "before_cursor_execute", break_off)
    assert tables() == set()
    flask_migrate.upgrade()
    assert tables() == set(db.metadata.tables)
