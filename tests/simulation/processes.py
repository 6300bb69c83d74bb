"""Processes of the simulated practice: each may be paused, gone on with, or killed wherever a real one could be.

A process is a greenlet, so that exactly one runs at a time and the seed alone decides which. It can stop at a point:
before each transaction, before each request to Stripe, and after each answer. At a point no transaction is open, so
that what another process then does sees what it would see on a real machine; a point inside of one is a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from sqlite3 import Connection
from typing import Any

from flask import Flask
from greenlet import getcurrent, greenlet
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from app.db.base import db
from app.domain.checkout import CheckoutError
from app.domain.refusals import Refusal

#: What a visitor or the worker is answered with on an ordinary bad day.
EXPECTED = (Refusal, CheckoutError)


class Killed(BaseException):
    """The process died here; no code of its own notices."""


class CallInTransaction(AssertionError):
    """Someone waits for Stripe while a transaction is open."""


class Process(greenlet):
    """One web request or one step of a worker. `result` is what `work` returned, None if it was refused or died."""

    def __init__(self, app: Flask, name: str, work: Callable[[], Any]) -> None:
        super().__init__(self._live)
        self.name = name
        self.result: Any = None
        self._app, self._work = app, work
        self._points = 0
        self._killed = False

    def go_on(self, points: int = 0) -> Process:
        """Run to the `points`-th next point, or (0) to the end. What is not expected of a process is raised here."""
        self._points = points
        self.switch()
        return self

    def kill(self) -> None:
        """kill -9: what was not committed is gone, and nothing more is sent."""
        self._killed = True
        if self:
            self.switch()

    def reach_point(self) -> None:
        """Pause here if this is the point to pause at."""
        self._points -= 1
        if self._points == 0:
            self.parent.switch()
            if self._killed:
                raise Killed

    def _live(self) -> None:
        with self._app.app_context():
            try:
                self.result = self._work()
            except (*EXPECTED, Killed):
                self.result = None
            finally:
                db.session.remove()


def reach_point() -> None:
    """Let the running process pause here; outside of processes nothing happens."""
    running = getcurrent()
    if isinstance(running, Process):
        running.reach_point()


def reach_stripe(raw: Connection) -> None:
    """A point at which the running process talks to Stripe. Raises CallInTransaction when it holds one open."""
    if raw.in_transaction:
        raise CallInTransaction("a call to Stripe stands inside an open transaction")
    reach_point()


def pause_before_transactions() -> None:
    """Make the beginning of every transaction a point; the database has not been asked for anything then."""
    if not event.contains(db.session, "after_transaction_create", _pause):
        event.listen(db.session, "after_transaction_create", _pause)


def _pause(_session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        reach_point()
