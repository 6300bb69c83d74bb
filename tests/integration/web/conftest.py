"""The whole application with the payment sandbox behind it, on SQLite: what is tested here is pages, not engines."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.db.base import db
from app.db.tables import BookingRow
from app.db.unit_of_work import reading
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
