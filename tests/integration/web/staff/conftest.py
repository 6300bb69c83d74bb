"""The staff area with someone signed in, on SQLite: what is tested here is pages, not engines."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.db.base import db
from config import Settings
from tests.conftest import MovableClock
from tests.staff_desk import StaffDesk, sign_in


@pytest.fixture
def staff_app(base_settings: Settings, sqlite_template: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Flask]:
    """The application with an empty database of its own, and no context around it."""
    shutil.copy(sqlite_template, tmp_path / "site.db")
    app = create_app(replace(base_settings, database_url=f"sqlite:///{tmp_path / 'site.db'}"), clock=clock)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def staff_client(staff_app: Flask, clock: MovableClock) -> FlaskClient:
    """A therapist's browser, signed in, and so however far a test moves the clock."""
    return sign_in(staff_app, "therapist", clock.now + timedelta(days=400))


@pytest.fixture
def desk(staff_client: FlaskClient) -> StaffDesk:
    """The same browser, which fills in forms."""
    return StaffDesk(staff_client)
