"""The only place that commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.db.base import db, write_intent
from app.db.constraints import refusal_for
from app.domain.refusals import StoreUnavailable

_together: ContextVar[Connection | None] = ContextVar("together", default=None)


@contextmanager
def unit_of_work(*, wanted: datetime | None = None) -> Iterator[Session]:
    """One transaction that writes: commits when the block ends, rolls back when it raises.

    A broken constraint that stands for a business reason leaves as its refusal (see `constraints`);
    `wanted` is the start of the visit a claim asks for, so that the refusal can name it.
    Raises RuntimeError when nested: a use case is exactly one unit of work, and `read_together` writes nothing.
    """
    if write_intent.get():
        raise RuntimeError("a unit of work cannot be nested")
    if _together.get() is not None:
        raise RuntimeError("what only reads cannot write")
    db.session.rollback()  # end a read transaction: SQLite cannot turn it into a writing one under load
    token = write_intent.set(True)
    try:
        yield db.session()
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        refusal = refusal_for(error, wanted=wanted)
        if refusal is None:
            raise
        raise refusal from error
    except OperationalError as error:
        db.session.rollback()
        raise StoreUnavailable(type(error.orig).__name__) from error
    except BaseException:
        db.session.rollback()
        raise
    finally:
        write_intent.reset(token)


@contextmanager
def reading() -> Iterator[Session]:
    """A transaction that only reads and is over when the block ends, so that nothing waits on it."""
    if write_intent.get():
        raise RuntimeError("read through the unit of work that is already open")
    try:
        yield db.session()
    except OperationalError as error:
        raise StoreUnavailable(type(error.orig).__name__) from error
    finally:
        db.session.rollback()


@contextmanager
def reading_rows() -> Iterator[Connection]:
    """A bare connection that only reads: for what every booking page reads, and no object is made of.

    What `Prepared` asks on it is one statement, and no transaction needs to be begun and ended for it.
    """
    if write_intent.get():
        raise RuntimeError("read through the unit of work that is already open")
    shared = _together.get()
    if shared is not None:
        yield shared
        return
    try:
        with db.engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise StoreUnavailable(type(error.orig).__name__) from error


@contextmanager
def read_together() -> Iterator[None]:
    """Whatever `reading_rows` reads within is read on one connection: a page's few small questions.

    For pages that only show: nothing can be written within, and nobody else may be waited for (Stripe, a mail server).
    """
    with reading_rows() as connection:
        token = _together.set(connection)
        try:
            yield
        finally:
            _together.reset(token)
