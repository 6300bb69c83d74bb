"""Writing everything that is kept encrypted anew with the newest key, so that older keys can be given up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Table, select, update

from app.db.base import Base, EncryptedJSON
from app.db.unit_of_work import unit_of_work

#: Rows that one transaction holds.
AT_ONCE = 200


def encrypted_columns() -> list[tuple[Table, Column[Any]]]:
    """Every column of every table that is kept encrypted."""
    tables = Base.metadata.sorted_tables
    return [(table, column) for table in tables for column in table.columns if isinstance(column.type, EncryptedJSON)]


def renew_answers() -> int:
    """Read every private answer with whichever of FIELD_KEYS fits, and write it with the first; returns how many.

    In portions, each a unit of work: stopped half-way it can be run again. Raises cryptography's InvalidToken when none
    of the keys fits.
    """
    return sum(_renew(table, column) for table, column in encrypted_columns())


def _renew(table: Table, column: Column[Any]) -> int:
    (key,) = table.primary_key.columns
    done, last = 0, None
    while True:
        wanted = select(key, column).where(column.is_not(None)).order_by(key).limit(AT_ONCE).with_for_update()
        with unit_of_work() as session:
            found = session.execute(wanted if last is None else wanted.where(key > last)).all()
            for number, answer in found:
                session.execute(update(table).where(key == number).values({column: answer}))
        done += len(found)
        if len(found) < AT_ONCE:
            return done
        last = found[-1][0]
