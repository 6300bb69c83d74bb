"""The whole application with the payment sandbox behind it, on SQLite: what is tested here is pages, not engines."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.db.base import db
from app.db.tables import BookingRow
from app.db.unit_of_work import reading
from app.publishing.reading.loading import ContentMissing, load_shelf
from config import Settings
from tests.booking_visitor import BookingVisitor
from tests.conftest import MovableClock
from tests.stripe_bench import StripeBench


@pytest.fixture
def booking_app(
    base_settings: Settings, sqlite_template: Path, tmp_path: Path, clock: MovableClock, stripe_sandbox: StripeBench
) -> Iterator[Flask]:
    """The application with a diary that is empty, and a sandbox to pay at."""
    shutil.copy(sqlite_template, tmp_path / "site.db")
    settings = replace(
        base_settings, database_url=f"sqlite:///{tmp_path / 'site.db'}", stripe_api_base=stripe_sandbox.url
    )
    app = create_app(settings, clock=clock)
    yield app  # no context around it: several visitors must not share one
    with app.app_context():
        db.engine.dispose()


@dataclass
class Store:
    """What stands in the tables."""

    app: Flask

    def count(self, table: type) -> int:
        with self.app.app_context(), reading() as session:
            return session.scalars(select(func.count()).select_from(table)).one()

    def bookings(self, *states: str) -> int:
        with self.app.app_context(), reading() as session:
            wanted = select(func.count()).select_from(BookingRow)
            return session.scalars(wanted.where(BookingRow.state.in_(states)) if states else wanted).one()


@pytest.fixture
def store(booking_app: Flask) -> Store:
    return Store(booking_app)


@pytest.fixture
def booker(booking_app: Flask) -> BookingVisitor:
    return BookingVisitor(booking_app.test_client())


class Content:
    """A copy of the practice's files that a test changes before the site starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, file: str, text: str) -> None:
        with (self.folder / file).open("a") as open_file:
            open_file.write(text)

    def change(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    def faults(self) -> list[str]:
        """The errors that the check finds, file and line first."""
        try:
            problems = load_shelf(self.folder).problems
        except ContentMissing as missing:
            problems = missing.problems
        return [str(problem) for problem in problems if problem.severity == "error"]


@pytest.fixture
def content(base_settings: Settings, tmp_path: Path) -> Content:
    shutil.copytree(base_settings.content_dir, tmp_path / "content")
    return Content(tmp_path / "content")


@pytest.fixture
def start(
    content: Content,
    base_settings: Settings,
    sqlite_template: Path,
    tmp_path: Path,
    clock: MovableClock,
    stripe_sandbox: StripeBench,
) -> Iterator[Callable[[], Flask]]:
    """Starts the site on the content as it is by then."""
    shutil.copy(sqlite_template, tmp_path / "site.db")
    started: list[Flask] = []

    def run() -> Flask:
        url = f"sqlite:///{tmp_path / 'site.db'}"
        settings = replace(
            base_settings, database_url=url, content_dir=content.folder, stripe_api_base=stripe_sandbox.url
        )
        started.append(create_app(settings, clock=clock))
        return started[-1]

    yield run
    for app in started:
        with app.app_context():
            db.engine.dispose()
