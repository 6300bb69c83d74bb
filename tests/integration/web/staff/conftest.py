"""The staff area with someone signed in, on SQLite: what is tested here is pages, not engines."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.db.base import db
from app.db.tables import StaffRow
from app.db.unit_of_work import unit_of_work
from config import Settings
from tests.conftest import START, MovableClock
from tests.staff_desk import StaffDesk


@pytest.fixture
def staff_app(base_settings: Settings, sqlite_template: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    """The application with an empty database of its own, and no context around it."""
    shutil.copy(sqlite_template, tmp_path / "site.db")
    app = create_app(replace(base_settings, database_url=f"sqlite:///{tmp_path / 'site.db'}"), clock=clock)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def staff_client(staff_app: Flask) -> FlaskClient:
    """A therapist's browser, signed in."""
    with staff_app.app_context(), unit_of_work() as session:
        session.add(
            StaffRow(id=1, email="sam@practice.example", name="Sam Example", role="therapist", created_at=START)
        )
    return staff_app.test_client()


@pytest.fixture
def desk(staff_client: FlaskClient) -> StaffDesk:
    """The same browser, which fills in forms."""
    return StaffDesk(staff_client)
