"""Where the sandbox keeps what it knows: JSON objects in one SQLite table, one writer at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

Object = dict[str, Any]

_TABLE = """
CREATE TABLE IF NOT EXISTS object (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    mark TEXT,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS object_by_mark ON object (kind, mark)"


class Store:
    """Objects by kind and id. `path` is a file, or `:memory:` for one that is gone with the process."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA busy_timeout=5000")
        self._connection.execute(_TABLE)
        self._connection.execute(_INDEX)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one thread at a time. Inside another one it can be undone alone."""
        with self._lock:
            step = f"step_{self._depth}"
            self._connection.execute("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {step}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._connection.execute("ROLLBACK" if self._depth == 0 else f"ROLLBACK TO {step}")
                raise
            self._depth -= 1
            self._connection.execute("COMMIT" if self._depth == 0 else f"RELEASE {step}")

    def put(self, kind: str, thing: Object) -> Object:
        """Store `thing` under its `id`, in place of an older one. Returns it."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO object (kind, id, mark, body) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET mark = excluded.mark, body = excluded.body",
                (kind, thing["id"], thing.get("status", thing.get("state")), json.dumps(thing)),
            )
        return thing

    def find(self, kind: str, identifier: str) -> Object | None:
        """The object, or None."""
        with self._lock:
            row = self._connection.execute(
                "SELECT body FROM object WHERE kind = ? AND id = ?", (kind, identifier)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def newest_first(
        self, kind: str, wanted: Callable[[Object], bool] = lambda _: True, *, mark: str | None = None
    ) -> list[Object]:
        """Every object of a kind that is wanted, newest first. `mark` narrows to one status or state, by an index."""
        where, values = ("kind = ?", [kind]) if mark is None else ("kind = ? AND mark = ?", [kind, mark])
        query = f"SELECT body FROM object WHERE {where} ORDER BY seq DESC"
        with self._lock:
            rows = self._connection.execute(query, values).fetchall()
        return [thing for (body,) in rows if wanted(thing := json.loads(body))]

    def remove(self, kind: str, identifier: str) -> None:
        """Forget an object; one that is not there is already forgotten."""
        with self._lock:
            self._connection.execute("DELETE FROM object WHERE kind = ? AND id = ?", (kind, identifier))

    @property
    def writes(self) -> int:
        """How many rows were written so far; the same number as before means that nothing has changed."""
        return self._connection.total_changes

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()
