"""Insert unless it is already there: one statement, so that two at once cannot fail each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.base import Base

Row = TypeVar("Row", bound=Base)


def _insert(session: Session, table: type[Base]) -> Any:
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)


def insert_new(session: Session, table: type[Base], values: Mapping[str, Any], *, key: str) -> bool:
    """Insert a row unless one with the same `key` column exists; whether it was inserted."""
    statement = _insert(session, table).values(**values).on_conflict_do_nothing(index_elements=[key])
    return session.execute(statement.returning(getattr(table, key))).first() is not None


def insert_or_update(session: Session, table: type[Base], values: Mapping[str, Any], *, key: str) -> None:
    """Insert a row, or give the one with the same `key` column these values."""
    changed = {name: value for name, value in values.items() if name != key}
    statement = _insert(session, table).values(**values).on_conflict_do_update(index_elements=[key], set_=changed)
    session.execute(statement)


def insert_or_lock(session: Session, table: type[Row], values: Mapping[str, Any], *, key: str) -> Row:
    """The row with this `key` column, as it stands or with `values` if there is none; it is the caller's until the end
    of the transaction.

    In one statement: between looking for it and locking it nobody can take it away, or have it at the same time.
    """
    column = getattr(table, key)
    statement = _insert(session, table).values(**values).on_conflict_do_update(index_elements=[key], set_={key: column})
    wanted = statement.returning(table)
    row: Row = session.scalars(wanted, execution_options={"populate_existing": True}).one()
    return row
