"""The sandbox's world: its objects, clock, ids and faults, and who listens to its events."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dev.stripe_sandbox.faults import Faults
from dev.stripe_sandbox.store import Object, Store

API_VERSION = "2026-10-28.endive"

#: The events a booking site with deposits subscribes to; `*` would be everything.
DEFAULT_EVENTS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "refund.created",
    "refund.updated",
    "refund.failed",
)

_LETTERS = string.ascii_letters + string.digits


def machine_clock() -> datetime:
    """The machine's own time, aware and UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Who is told about events. `events` are type names, or `*` for all."""

    url: str | None = None
    events: tuple[str, ...] = DEFAULT_EVENTS

    def wants(self, kind: str) -> bool:
        """Whether an event of this type is sent to it."""
        return self.url is not None and ("*" in self.events or kind in self.events)


@dataclass
class World:
    """Everything that lives as long as the sandbox. `public_url` (no trailing slash) is where its pages are reached.

    `rest` lets the given seconds pass when a fault switch asks for slowness.
    """

    public_url: str
    endpoint: Endpoint = field(default_factory=Endpoint)
    store: Store = field(default_factory=Store)
    clock: Callable[[], datetime] = machine_clock
    chance: random.Random = field(default_factory=random.SystemRandom)
    faults: Faults = field(default_factory=Faults)
    first_secret: str = "whsec_sandbox"
    rest: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        if self.store.find("setting", "secrets") is None:
            self.write_setting("secrets", [{"secret": self.first_secret, "until": None}])

    def now(self) -> int:
        """Unix seconds on the sandbox's clock, which may have been moved (see `move_clock`)."""
        return int(self.clock().timestamp()) + int(self.read_setting("clock_offset", 0))

    def move_clock(self, seconds: int) -> None:
        """Jump ahead, so that sessions expire and keys are forgotten. Time does not run backwards."""
        if seconds < 0:
            raise ValueError("the clock can only be moved forward")
        self.write_setting("clock_offset", int(self.read_setting("clock_offset", 0)) + seconds)

    def new_id(self, prefix: str, length: int = 24) -> str:
        """A fresh id in Stripe's manner: a prefix that tells the kind, then letters and digits."""
        return prefix + "".join(self.chance.choices(_LETTERS, k=length))

    def read_setting(self, name: str, default: Any = None) -> Any:
        """A setting of the sandbox itself."""
        found = self.store.find("setting", name)
        return default if found is None else found["value"]

    def write_setting(self, name: str, value: Any) -> None:
        """Keep a setting across restarts."""
        self.store.put("setting", {"id": name, "value": value})

    def signing_secrets(self) -> list[str]:
        """The secrets that sign now, newest first. An older one signs along until its time is over."""
        entries: list[Object] = self.read_setting("secrets", [])
        now = self.now()
        return [entry["secret"] for entry in entries if entry["until"] is None or entry["until"] > now]

    def roll_secret(self, new_secret: str, *, keep_old_s: int = 24 * 3600) -> None:
        """Sign with `new_secret` from now on, and with the old one too for `keep_old_s` seconds."""
        until = self.now() + keep_old_s
        older = [{"secret": secret, "until": until} for secret in self.signing_secrets() if secret != new_secret]
        self.write_setting("secrets", [{"secret": new_secret, "until": None}, *older])
