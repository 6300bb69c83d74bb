"""The declarative base, the column types, and the engine's habits.

Times are stored in UTC and refuse naive values; private text is encrypted; on SQLite every unit of work
takes the write lock at its beginning, because a read transaction cannot be upgraded under load.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from cryptography.fernet import Fernet, MultiFernet
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Engine, Integer, LargeBinary, MetaData, String, event
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry
from sqlalchemy.types import TypeDecorator

write_intent: ContextVar[bool] = ContextVar("write_intent", default=False)


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. Bound values must be aware; read values are aware and UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EncryptedJSON(TypeDecorator[Any]):
    """A JSON value, encrypted at rest. The first key of FIELD_KEYS writes, every key reads (rotation)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return _cipher().encrypt(json.dumps(value, ensure_ascii=False).encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(_cipher().decrypt(value))


def _cipher() -> MultiFernet:
    return cast(MultiFernet, current_app.extensions["field_cipher"])


def use_field_keys(app: Flask, keys: tuple[str, ...]) -> None:
    """Give `app` the keys of EncryptedJSON, newest first. Raises ValueError on a malformed key."""
    app.extensions["field_cipher"] = MultiFernet([Fernet(key) for key in keys])


class Base(DeclarativeBase):
    registry = registry(
        type_annotation_map={datetime: UTCDateTime()},
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


#: 64 bits on PostgreSQL; SQLite only counts up by itself in a column declared INTEGER.
Id = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
Slug = Annotated[str, mapped_column(String(80))]

db = SQLAlchemy(model_class=Base)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if "sqlite" not in type(connection).__module__:
        return
    connection.isolation_level = None  # the begin listener below says when a transaction starts
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=15000", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Any) -> None:
    if connection.dialect.name != "sqlite":
        return
    if write_intent.get():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:  # straight to the driver, as every page of free times begins here: it takes no lock, so it cannot fail
        connection.connection.driver_connection.execute("BEGIN")
