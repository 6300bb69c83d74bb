"""Questions that every step of booking asks, made ready once and put to the driver itself.

Of such a small answer SQLAlchemy's execution takes several times what the database does (docs/benchmarks.md). It still
writes the statement and turns the values; only what it does around the driver's cursor is left out. So listeners for
statements do not hear of these questions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from sqlalchemy import CompoundSelect, Connection, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError

Turn = Callable[[Any], Any]


class _Ready(NamedTuple):
    """A statement for one database: its words, what turns its values into the driver's, and the driver's into ours.

    `order`: of values that the driver takes by their place; None where it takes them by name.
    """

    words: str
    given: tuple[tuple[str, Turn | None], ...]
    order: tuple[str, ...] | None
    found: tuple[Turn | None, ...] | None


class Prepared:
    """A statement whose values all have names. Threads share it."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]) -> None:
        self.statement = statement
        self._ready: dict[str, _Ready] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The answer, read on `connection`: in its transaction when one has begun, else by itself.

        Raises sqlalchemy's OperationalError, as the connection itself would.
        """
        dialect = connection.dialect
        ready = self._ready.get(dialect.name) or self._make_ready(dialect)
        given = {name: values[name] if turn is None else turn(values[name]) for name, turn in ready.given}
        cursor = connection.connection.cursor()
        try:
            cursor.execute(ready.words, given if ready.order is None else [given[name] for name in ready.order])
            rows = cast("list[tuple[Any, ...]]", cursor.fetchall())
        except dialect.loaded_dbapi.OperationalError as error:
            raise OperationalError(ready.words, None, error) from error
        finally:
            cursor.close()
        if ready.found is None:
            return rows
        return [
            tuple([v if turn is None else turn(v) for v, turn in zip(row, ready.found, strict=True)]) for row in rows
        ]

    def _make_ready(self, dialect: Dialect) -> _Ready:
        compiled = self.statement.compile(dialect=dialect)
        given = tuple(
            (name, bind.type.dialect_impl(dialect).bind_processor(dialect))
            for bind, name in compiled.bind_names.items()
        )
        turns = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self.statement.selected_columns
        ]
        ready = _Ready(
            compiled.string,
            given,
            None if compiled.positiontup is None else tuple(compiled.positiontup),
            tuple(turns) if any(turns) else None,
        )
        self._ready[dialect.name] = ready
        return ready
