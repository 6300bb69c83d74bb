"""Times and private answers on their way into the database and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet, InvalidToken
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from app import create_app
from app.db.base import use_field_keys
from app.db.tables import DraftRow, OutboxRow
from app.db.unit_of_work import reading, unit_of_work
from config import Settings

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def keep(when: datetime) -> datetime:
    with unit_of_work() as session:
        session.add(OutboxRow(key="k", kind="x", payload={}, run_at=when, created_at=NOW))
    with reading() as session:
        return session.scalars(select(OutboxRow.run_at)).one()


@pytest.mark.parametrize(
    "when",
    [
        datetime(2026, 7, 1, 9, 30, tzinfo=LONDON),
        datetime(2026, 10, 25, 1, 30, tzinfo=LONDON),
        datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1),
        datetime(2026, 11, 23, 7, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 11, 23, 7, 0, tzinfo=timezone(timedelta(hours=10, minutes=30))),
    ],
)
def test_an_instant_comes_back_in_utc(app: Flask, when: datetime) -> None:
    kept = keep(when)
    assert kept == when.astimezone(UTC)
    assert kept.tzinfo is UTC


def test_a_time_without_zone_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="without zone"):
        keep(datetime(2026, 11, 23, 7, 0))  # noqa: DTZ001


def test_keys_rotate_without_losing_an_answer(app: Flask) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    use_field_keys(app, (old,))
    with unit_of_work() as session:
        session.add(DraftRow(visitor="a", answers={"note": "old"}, updated_at=NOW))
    use_field_keys(app, (new, old))
    with unit_of_work() as session:
        session.add(DraftRow(visitor="b", answers={"note": "new"}, updated_at=NOW))
    with reading() as session:
        assert {row.visitor: row.answers["note"] for row in session.scalars(select(DraftRow))} == {
            "a": "old",
            "b": "new",
        }
    use_field_keys(app, (new,))
    with reading() as session:
        assert session.get_one(DraftRow, "b").answers == {"note": "new"}
        with pytest.raises(InvalidToken):
            session.get_one(DraftRow, "a")


def test_a_malformed_key_stops_the_start(base_settings: Settings) -> None:
    with pytest.raises(ValueError, match="Fernet key"):
        create_app(replace(base_settings, field_keys=("too short",)))


def test_sqlite_keeps_its_habits(app: Flask) -> None:
    with reading() as session:
        if session.get_bind().dialect.name != "sqlite":
            return
        pragma = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 15000}
