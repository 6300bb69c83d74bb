"""The SQLite file behind the content index: opened late, again after a fork, and anew when it cannot be used."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")
LAYOUT = 5
#: What is long stands last: of what stands behind it every page is read to find it.
SCHEMA = """
    CREATE TABLE IF NOT EXISTS reading (code TEXT, path TEXT, signature BLOB, digest TEXT, rules TEXT, card BLOB,
        mark BLOB, kept INTEGER, PRIMARY KEY (code, path)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS source (digest TEXT PRIMARY KEY, path TEXT, kept INTEGER, whole TEXT);
    CREATE TABLE IF NOT EXISTS made (code TEXT, digest TEXT, what TEXT, kept INTEGER, mark BLOB, data BLOB,
        PRIMARY KEY (code, digest, what));
    CREATE TABLE IF NOT EXISTS sought (id INTEGER PRIMARY KEY, path TEXT UNIQUE, digest TEXT);
    CREATE VIRTUAL TABLE IF NOT EXISTS page USING fts5(title, summary, questions, body,
        tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4');
    CREATE VIRTUAL TABLE IF NOT EXISTS word USING fts5vocab(page, row);
"""
#: How long another process that reads the same content is waited for. Seconds.
PATIENCE_S = 60.0
#: So many rows of a long answer are taken together.
AT_ONCE = 500


class IndexFile:
    """One file for all processes; without a `file`, a private one that goes with this object.

    Safe for threads and forks. What cannot be asked or told is logged and passed over: the content is always the truth.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._pid = 0
        self._orphans: list[sqlite3.Connection] = []

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One process after another reads the content, so that the others find it read. Waits a minute at most."""
        if self._file is None:
            yield
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._file.with_name(self._file.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            yield
            return
        try:
            _wait_for(lock)
            yield
        finally:
            os.close(lock)

    def close(self) -> None:
        """Close the file; whatever is asked next opens it again."""
        with self._lock:
            if self._db is not None and self._pid == os.getpid():
                self._db.close()
            self._db = None

    def ask(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows; none when they cannot be had."""
        return self._try(lambda db: db.execute(query, values).fetchall()) or []

    def ask_in_turn(self, query: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query over many, a few hundred in memory at a time.

        It ends with a condition: its first column, a text by which it goes on, is compared with the one before.
        """
        last = ""
        while rows := self.ask(f"{query} > ? ORDER BY 1 LIMIT ?", (*values, last, AT_ONCE)):
            yield from rows
            last = rows[-1][0]

    def tell(self, *steps: tuple[str, Iterable[tuple[Any, ...]]]) -> None:
        """Write rows, statement by statement, all or none. What cannot be written is found out anew another time."""
        work = [(statement, rows) for statement, given in steps if (rows := list(given))]
        if work:
            self._try(lambda db: _write(db, work))

    def _try(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        with self._lock:
            for _ in range(2):
                try:
                    return work(self._connected())
                except (sqlite3.Error, OSError) as error:
                    if "locked" in str(error):
                        return None
                    log.warning("what was read of the content is read anew: %s", error)
                    self._begin_anew()
        return None

    def _connected(self) -> sqlite3.Connection:
        if self._db is not None and self._pid != os.getpid():
            self._orphans.append(self._db)  # belongs to the process before the fork, and must not be closed here
            self._db = None
        if self._db is None:
            if self._file is None:
                self._file = _private_file(self)
            self._db, self._pid = _open(self._file), os.getpid()
        return self._db

    def _begin_anew(self) -> None:
        """Put an empty file in the place of one that cannot be used; when that is impossible, use a private one."""
        if self._db is not None:
            self._db.close()
        self._db = None
        try:
            assert self._file is not None
            for ending in ("", "-wal", "-shm"):
                self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
            _open(self._file).close()
        except (OSError, sqlite3.Error) as error:
            log.warning("what was read of the content is not kept: %s", error)
            self._file = None


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # drafts are for nobody else
    db = sqlite3.connect(file, timeout=2, check_same_thread=False, isolation_level=None)
    try:
        for setting in ("journal_mode = WAL", "synchronous = OFF", "cache_size = -1024", "temp_store = MEMORY"):
            db.execute(f"PRAGMA {setting}")
        layout = db.execute("PRAGMA user_version").fetchone()[0]
        if layout not in (0, LAYOUT):
            raise sqlite3.DatabaseError("it was written in another layout")
        if layout == 0:
            db.executescript(f"BEGIN IMMEDIATE; {SCHEMA}; PRAGMA user_version = {LAYOUT}; COMMIT;")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _private_file(owner: IndexFile) -> Path:
    number, name = tempfile.mkstemp(prefix="content-index-")
    os.close(number)
    weakref.finalize(owner, _remove, name, os.getpid())
    return Path(name)


def _remove(name: str, pid: int) -> None:
    if os.getpid() == pid:  # not when a forked process ends
        for ending in ("", "-wal", "-shm", ".lock"):
            Path(name + ending).unlink(missing_ok=True)


def _write(db: sqlite3.Connection, steps: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        for statement, rows in steps:
            db.executemany(statement, rows)
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _wait_for(lock: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            time.sleep(0.05)
