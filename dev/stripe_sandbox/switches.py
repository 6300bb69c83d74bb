"""The switches of the control page and the control port: what each is called, what it takes, what it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dev.stripe_sandbox import buyer, checkout, disputes, refunds
from dev.stripe_sandbox.errors import ApiError, missing
from dev.stripe_sandbox.faults import FAULT_KINDS, ApiFault, Faults
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World

MOST = 1000
LONGEST_JUMP_S = 400 * 86400
LONGEST_WAIT_S = 120


class WrongField(Exception):
    """A switch got a value it cannot use. `field` is its name."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True, slots=True)
class Fields:
    """What came with a switch, as text."""

    given: Mapping[str, str]

    def text(self, name: str, default: str | None = None, *, pattern: str = r"\S{1,255}") -> str:
        """A word. Raises WrongField when it is missing or malformed."""
        value = self.given.get(name, "").strip() or default
        if value is None:
            raise WrongField(name, f"{name} is needed")
        if not re.fullmatch(pattern, value):
            raise WrongField(name, f"{name} is not written as it should be")
        return value

    def number(self, name: str, default: int | None = None, *, least: int = 0, most: int = MOST) -> int:
        """A whole number between `least` and `most`."""
        value = self.text(name, None if default is None else str(default), pattern=r"-?\d{1,12}")
        if not least <= int(value) <= most:
            raise WrongField(name, f"{name} must be between {least} and {most}")
        return int(value)

    def choice(self, name: str, words: tuple[str, ...], default: str | None = None) -> str:
        """One of `words`."""
        value = self.given.get(name, "").strip() or default
        if value not in words:
            raise WrongField(name, f"{name} must be one of {', '.join(words)}")
        return value

    def yes(self, name: str) -> bool:
        """A yes or no; nothing means no."""
        return self.choice(name, ("true", "false"), "false") == "true"


def _fault(world: World, fields: Fields) -> Object:
    armed = ApiFault(
        kind=fields.choice("kind", FAULT_KINDS),  # type: ignore[arg-type]
        method=fields.choice("method", ("POST", "GET", "*"), "POST"),
        path=fields.text("path", "/v1/", pattern=r"/v1/[\w/]{0,120}"),
        times=fields.number("times", 1, least=1),
        seconds=fields.number("seconds", 5, most=LONGEST_WAIT_S),
    )
    world.faults.api.append(armed)
    return {"armed": armed.kind, "times": armed.times}


def _clear(world: World, _fields: Fields) -> Object:
    world.faults = Faults()
    return {"cleared": True}


def _webhooks(world: World, fields: Fields) -> Object:
    faults = world.faults
    faults.webhooks_stopped = fields.yes("stopped")
    faults.webhooks_reordered = fields.yes("reordered")
    faults.webhook_delay_s = fields.number("delay_s", 0, most=LONGEST_JUMP_S)
    faults.drop_next = fields.number("drop_next", 0)
    faults.duplicate_next = fields.number("duplicate_next", 0)
    return {"webhooks": "stopped" if faults.webhooks_stopped else "sent"}


def _clock(world: World, fields: Fields) -> Object:
    world.move_clock(fields.number("seconds", least=1, most=LONGEST_JUMP_S))
    return {"now": world.now()}


def _secret(world: World, fields: Fields) -> Object:
    keep = fields.number("keep_old_s", 24 * 3600, most=7 * 86400)
    world.roll_secret(fields.text("secret", pattern=r"whsec_\w{1,100}"), keep_old_s=keep)
    return {"secrets": len(world.signing_secrets())}


def _next_refund(world: World, fields: Fields) -> Object:
    world.faults.next_refunds.append(fields.choice("status", ("pending", "succeeded")))
    return {"next_refunds": list(world.faults.next_refunds)}


def _dashboard_refund(world: World, fields: Fields) -> Object:
    wish: dict[str, Any] = {"payment_intent": fields.text("payment_intent")}
    if fields.given.get("amount", "").strip():
        wish["amount"] = fields.number("amount", least=1, most=99_999_999)
    return refunds.create(world, wish)


def _settle_refund(world: World, fields: Fields) -> Object:
    status = fields.choice("status", ("succeeded", "failed", "canceled"))
    return refunds.settle(world, fields.text("refund"), status)  # type: ignore[arg-type]


def _dispute(world: World, fields: Fields) -> Object:
    identifier = fields.text("payment_intent")
    intent = world.store.find("payment_intent", identifier)
    if intent is None:
        raise missing("payment_intent", identifier, "payment_intent")
    return disputes.open_dispute(world, intent["latest_charge"] or "", inquiry=fields.yes("inquiry"))


def _settle_dispute(world: World, fields: Fields) -> Object:
    status = fields.choice("status", ("won", "lost", "warning_closed", "needs_response"))
    return disputes.settle(world, fields.text("dispute"), status)  # type: ignore[arg-type]


def _settle_payment(world: World, fields: Fields) -> Object:
    return buyer.settle(world, fields.text("session"), arrived=fields.yes("arrived"))


def _resend(world: World, fields: Fields) -> Object:
    identifier = fields.text("event")
    if world.store.find("event", identifier) is None:
        raise missing("event", identifier, "event")
    if world.endpoint.url is None:
        raise ApiError("Nobody listens to events.")
    found = world.store.find("delivery", identifier) or {"id": identifier, "tries": 0, "answers": []}
    return world.store.put("delivery", found | {"state": "waiting", "due_at": world.now()})


def _buyer(act: Callable[[World, str], Object]) -> Callable[[World, Fields], Object]:
    return lambda world, fields: act(world, fields.text("session"))


SWITCHES: Mapping[str, Callable[[World, Fields], Object]] = {
    "fault": _fault,
    "clear": _clear,
    "webhooks": _webhooks,
    "clock": _clock,
    "secret": _secret,
    "next-refund": _next_refund,
    "refund": _dashboard_refund,
    "settle-refund": _settle_refund,
    "dispute": _dispute,
    "settle-dispute": _settle_dispute,
    "pay": _buyer(buyer.pay),
    "pay-later": _buyer(buyer.pay_later),
    "decline": _buyer(buyer.decline),
    "expire": _buyer(checkout.expire),
    "settle-payment": _settle_payment,
    "resend": _resend,
}


def turn(world: World, name: str, given: Mapping[str, str]) -> Object:
    """Turn one switch, in one transaction. Raises WrongField, or ApiError when the world does not allow it."""
    with world.store.transaction():
        checkout.expire_overdue(world)
        done = SWITCHES[name](world, Fields(given))
        if name == "clock":
            checkout.expire_overdue(world)
        return done
