"""The simulated practice: the real services and the real webhook on a real database, the sandbox, and one clock."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Any

import structlog
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from app.db.base import db
from app.domain.catalogue import Catalogue
from app.domain.mail import Message
from app.domain.programme import Spacing
from app.gateways.stripe_checkout import StripeCheckout
from app.web.site import Site
from config import load_settings
from dev.stripe_sandbox import checkout
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import Endpoint, World
from tests.conftest import START, MovableClock
from tests.factories.programme import make_programme, make_programme_catalogue
from tests.factories.tools import make_tools
from tests.simulation.processes import Process, pause_before_transactions
from tests.simulation.wire import Wire

BASE = "http://localhost"
SECRET = "whsec_sandbox"
#: How long a process may stand still and go on all the same (a frozen machine). A web server kills after minutes.
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True)
class Stage:
    """What all schedules of one run share: the application on a database in memory, its clock, the way to Stripe."""

    app: Flask
    clock: MovableClock
    raw: Connection
    wire: Wire
    catalogue: Catalogue

    def empty(self) -> None:
        """Forget everything that happened."""
        for table in reversed(db.metadata.sorted_tables):
            self.raw.execute(f'DELETE FROM "{table.name}"')
        self.clock.now = START
        self.wire.faults, self.wire.sent = [], {}


@contextmanager
def set_stage() -> Iterator[Stage]:
    """Build the stage, which takes two or three seconds, and stand on it. Nothing is logged meanwhile."""
    loud = structlog.get_config()
    logging.disable(logging.CRITICAL)  # refused webhooks and failed mails are part of the day
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    environ = {"APP_ENV": "test", "SECRET_KEY": "simulation-secret-key-of-32-chars", "DATABASE_URL": "sqlite://"}
    clock = MovableClock()
    app = create_app(load_settings(environ | {"BASE_URL": BASE}), clock=clock)
    pause_before_transactions()
    with app.app_context():
        upgrade()
        pooled = db.engine.raw_connection()
        raw = pooled.driver_connection
        pooled.close()
        assert isinstance(raw, Connection)
        try:
            yield Stage(app, clock, raw, Wire(clock, raw), _catalogue())
        finally:
            db.engine.dispose()
            structlog.configure(**loud)
            logging.disable(logging.NOTSET)


def _catalogue() -> Catalogue:
    """Visits, and a programme of three whose dates fit into one week."""
    return make_programme_catalogue(make_programme(spacing=Spacing(1, 3)))


@dataclass
class Mailbox:
    """Keeps the keys of what was sent."""

    sent: list[str] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.sent.append(message.key)


class Practice:
    """One run of a schedule: who is at work, what Stripe knows, and what must be remembered to judge the end."""

    def __init__(self, stage: Stage, seed: int) -> None:
        stage.empty()
        self.stage, self.clock, self.raw = stage, stage.clock, stage.raw
        self.world = World(
            public_url="http://stripe.localhost", endpoint=Endpoint(f"{BASE}/stripe/webhook"), clock=stage.clock,
            chance=random.Random(seed), first_secret=SECRET, rest=lambda seconds: self._rest(seconds),
        )  # fmt: skip
        stage.wire.world = self.world
        self.paused: list[Process] = []
        self._begun: dict[Process, datetime] = {}
        self.faults: list[str] = []
        self.ever_paid: set[int] = set()
        self.altered: set[str] = set()
        self.seen: tuple[int, ...] = ()
        self.promised: dict[int, int] = {}
        self.mails_paused = False
        self.mailbox = Mailbox()
        self.secrets: tuple[str, ...] = (SECRET,)
        self.use_secrets(SECRET)

    @property
    def now(self) -> datetime:
        return self.clock.now

    def close(self) -> None:
        """End what is still under way, and forget what Stripe knew."""
        for process in self.paused:
            process.kill()
        self.world.store.close()

    def use_secrets(self, *secrets: str) -> None:
        """The practice accepts webhooks signed with any of these."""
        self.secrets = secrets
        self.checkout = StripeCheckout("sk_test_sandbox", secrets, self.world.public_url, self.stage.wire)
        site: Site = self.stage.app.extensions["site"]
        self.stage.app.extensions["site"] = replace(site, checkout=self.checkout)
        self.tools = make_tools(
            self.stage.app, clock=self.clock, mailer=self.mailbox, base_url=BASE, sandbox_url=self.world.public_url
        )

    def start(self, name: str, work: Callable[[], Any], stop: int) -> Process:
        """Let a process begin, and keep it when it stops before its end."""
        process = Process(self.stage.app, name, work).go_on(stop)
        if not process.dead:
            self.paused.append(process)
            self._begun[process] = self.clock.now
            self.mails_paused = self.mails_paused or name == "send_mails"
        return process

    def end_old_processes(self) -> None:
        """What has been stopped for longer than any machine waits is dead."""
        for process in [one for one in self.paused if self.clock.now - self._begun[one] > LONGEST_PAUSE]:
            self.paused.remove(process)
            process.kill()

    def stripe(self, kind: str, **wanted: Any) -> list[Object]:
        """Stripe's objects of a kind whose fields are as `wanted`, oldest first."""
        with self.at_stripe():
            found = self.world.store.newest_first(
                kind, lambda one: all(one[name] == value for name, value in wanted.items())
            )
        return found[::-1]

    @contextmanager
    def at_stripe(self) -> Iterator[World]:
        """Something happens at Stripe, in one transaction and with overdue pages closed."""
        with self.world.store.transaction():
            checkout.expire_overdue(self.world)
            yield self.world

    def history(self) -> list[tuple[Any, ...]]:
        """What has become of everything, in the words that the seed alone decides."""
        return [
            *self.rows("SELECT id, state, starts_at, updated_at FROM booking ORDER BY id"),
            *self.rows("SELECT id, state, session_id, pi_id, tries, updated_at FROM deposit ORDER BY id"),
            *self.rows("SELECT id, state, amount_minor, refund_id, tries, updated_at FROM refund ORDER BY id"),
            *self.rows("SELECT id, event_id, outcome, tries, processed_at FROM stripe_event ORDER BY id"),
            *self.rows("SELECT id, kind, booking_id, created_at FROM staff_task ORDER BY id"),
            *((event["id"], event["type"], event["created"]) for event in self.stripe("event")),
            *((key,) for key in self.mailbox.sent),
        ]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Committed rows, past the ORM: for judging, never for acting."""
        return self.raw.execute(query, values).fetchall()

    def _rest(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)
