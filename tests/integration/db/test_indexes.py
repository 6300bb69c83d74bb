"""What is asked while somebody waits is answered by an index, however many rows there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import event

from app.db.base import db
from app.db.unit_of_work import unit_of_work
from app.domain.spans import Span
from app.services.booking.finding import find_bookings
from app.services.diary.agenda import read_off
from app.services.manage.link_mails import send_links_to
from app.services.money.story import read_story
from app.services.upkeep.outbox import enqueue
from app.services.upkeep.retention import forget_old_letters
from tests.conftest import MovableClock
from tests.factories.booking import CLIENT, make_confirmed

TEN = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
LARGE = ("booking", "booking_move", "outbox", "staff_task", "deposit", "refund", "ledger_entry")


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Every question that is put to the database inside, with its parameters."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


def whole_readings(questions: list[tuple[str, Any]]) -> list[str]:
    """Which of them read a large table from end to end."""
    on_sqlite = db.engine.dialect.name == "sqlite"
    explain, whole = (
        ("EXPLAIN QUERY PLAN", r"SCAN (\w+)\b(?! USING)") if on_sqlite else ("EXPLAIN", r"Seq Scan on (\w+)")
    )
    found = []
    with db.engine.connect() as connection:
        if not on_sqlite:  # these tables are nearly empty: only what no index can answer is read whole then
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for question, parameters in questions:
            plan = " ".join(map(str, connection.exec_driver_sql(f"{explain} {question}", parameters)))
            found += [f"{table}: {question}" for table in re.findall(whole, plan) if table in LARGE]
    return found


def test_nobody_waits_for_a_whole_table(app: Flask, clock: MovableClock) -> None:
    booking = make_confirmed(now=clock.now, starts_at=TEN)
    with unit_of_work() as session:
        enqueue(session, "mail:1", "mail.confirmed", {"booking": booking.id}, clock.now)
    with asked() as questions:
        read_story(booking.reference)
        read_off(Span(TEN, TEN + timedelta(days=1)))
        send_links_to(CLIENT.email, now=clock.now)
        send_links_to("nobody@client.example", now=clock.now)
        find_bookings(CLIENT.email)
        forget_old_letters(now=clock.now)
    assert len(questions) > 12
    assert not whole_readings(questions)


def test_a_reading_of_a_whole_table_is_noticed(app: Flask) -> None:
    assert whole_readings([("SELECT * FROM outbox WHERE kind = 'x'", ())])
    assert whole_readings([("SELECT * FROM booking WHERE lower(client_email) = 'x'", ())])
