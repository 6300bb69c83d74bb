"""The composition root: the one place that knows every room and puts them together.

Only `wsgi.py` and tests import this module.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import app.db.tables  # noqa: F401 - registers every table
from flask import Flask
from flask_migrate import Migrate
from app.db.base import db, use_field_keys

if TYPE_CHECKING:
    from config import Settings

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def create_app(settings: Settings, *, clock: Callable[[], datetime] | None = None) -> Flask:
    """Build the whole application from `settings`. `clock` tells aware UTC; without one it is the machine's own."""
    app = Flask(__name__)
    app.config.update(_flask_settings(settings))
    use_field_keys(app, settings.field_keys)
    _prepare_database(app, settings)
    app.extensions["clock"] = clock or _machine_clock(timedelta(seconds=settings.clock_offset_s))
    return app


def _machine_clock(offset: timedelta) -> Callable[[], datetime]:
    def now() -> datetime:
        return datetime.now(UTC) + offset

    return now


def _flask_settings(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.environment == "test",
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings.database_url),
        "SESSION_COOKIE_NAME": "__Host-session" if settings.production else "session",
        "SESSION_COOKIE_SECURE": settings.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": 256 * 1024,
        "MAX_FORM_MEMORY_SIZE": 64 * 1024,
        "PREFERRED_URL_SCHEME": "https" if settings.production else "http",
        "TEMPLATES_AUTO_RELOAD": settings.environment == "development",
    }


def _engine_options(database_url: str) -> dict[str, object]:
    if database_url.startswith("sqlite"):
        return {}
    return {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8}


def _prepare_database(app: Flask, settings: Settings) -> None:
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    on_sqlite = settings.database_url.startswith("sqlite")
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=on_sqlite, compare_type=True)
