"""How Alembic reaches the application's database: one transaction for all steps, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from app.db.base import EncryptedJSON, UTCDateTime, write_intent

migrate = current_app.extensions["migrate"]
db = migrate.db


def render_item(kind: str, item: Any, _autogen_context: Any) -> str | bool:
    """Write our own column types into a migration as what they are in the database, so that it stands alone."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, EncryptedJSON):
        return "sa.LargeBinary()"
    return False


def leave_empty_out(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Make no file when nothing changed."""
    options = context.config.cmd_opts
    if getattr(options, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def configure(**target: Any) -> None:
    """Set Alembic up; a failed migration must leave nothing behind, hence `transactional_ddl`."""
    settings: dict[str, Any] = {
        "process_revision_directives": leave_empty_out,
        **migrate.configure_args,
        "target_metadata": db.metadata,
        "transactional_ddl": True,
        "render_item": render_item,
    }
    context.configure(**target, **settings)


def migrate_online() -> None:
    """Run against the database."""
    token = write_intent.set(True)  # SQLite: take the write lock at the beginning
    try:
        with db.engine.connect() as connection:
            _unguarded(connection)
            configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()
    finally:
        write_intent.reset(token)


def _unguarded(connection: Connection) -> None:
    """SQLite rebuilds a table to change it; with foreign keys on, dropping the old one would delete what points to it."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")


def migrate_offline() -> None:
    """Write the SQL of the migrations instead of running it."""
    configure(url=db.engine.url.render_as_string(hide_password=False), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    migrate_offline()
else:
    migrate_online()
