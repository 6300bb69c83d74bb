"""Telling the site about events: signed, one at a time, again until a 2xx comes back."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from threading import Event as Signal
from threading import Thread

from dev.stripe_sandbox.checkout import expire_overdue
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World

#: Seconds until the next try; Stripe's own are longer, a developer should not have to wait.
RETRY_AFTER_S = (1, 2, 4, 8, 15, 30, 60)
GIVE_UP_AFTER_S = 3 * 86400
TIMEOUT_S = 20
TICK_S = 0.2

#: Takes the address, the body and the signature; returns the HTTP status, or 0 when nobody answered.
Post = Callable[[str, bytes, str], int]


def sign(body: bytes, secrets: list[str], moment: int) -> str:
    """The Stripe-Signature header: one `v1` per secret, and a `v0` that must not be believed."""
    signed = f"{moment}.".encode() + body
    parts = [f"t={moment}"]
    parts += [f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return ",".join([*parts, f"v0={hashlib.sha256(signed).hexdigest()}"])


def post_over_http(url: str, body: bytes, signature: str) -> int:
    """POST one event. Returns the status, or 0 when nobody answered in time."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "Stripe/1.0 (sandbox)",
    }
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, http.client.HTTPException):
        return 0


def deliver_due(world: World, post: Post = post_over_http) -> int:
    """Send every delivery that is due once; a refused one is due again later. Returns how many were sent."""
    with world.store.transaction():
        due = [] if world.faults.webhooks_stopped else _take_due(world)
    for delivery in due:
        for _ in range(delivery.pop("copies", 1)):
            _send(world, delivery, post)
    return len(due)


def _take_due(world: World) -> list[Object]:
    now = world.now()
    due = world.store.newest_first("delivery", lambda one: one["due_at"] <= now, mark="waiting")
    due.reverse()
    if world.faults.webhooks_reordered:
        world.chance.shuffle(due)
    kept = []
    for delivery in due:
        if world.faults.take_drop():
            world.store.put("delivery", delivery | {"state": "dropped"})
            continue
        if world.faults.take_duplicate():
            delivery = delivery | {"copies": 2}
        kept.append(delivery)
    return kept


def _send(world: World, delivery: Object, post: Post) -> None:
    event = world.store.find("event", delivery["id"])
    if event is None or world.endpoint.url is None:
        return
    body = json.dumps(event, indent=2).encode()
    # the receiver compares with its own clock, which the sandbox's switch does not move
    status = post(world.endpoint.url, body, sign(body, world.signing_secrets(), int(time.time())))
    with world.store.transaction():
        _note(world, delivery["id"], status, event)


def _note(world: World, identifier: str, status: int, event: Object) -> None:
    delivery = world.store.find("delivery", identifier)
    if delivery is None:
        return
    delivery["tries"] += 1
    delivery["answers"] = [*delivery["answers"][-9:], status]
    if 200 <= status < 300:
        delivery["state"] = "delivered"
        world.store.put("event", event | {"pending_webhooks": 0})
    elif delivery["state"] != "delivered":
        wait = RETRY_AFTER_S[min(delivery["tries"], len(RETRY_AFTER_S)) - 1]
        delivery["due_at"] = world.now() + wait
        if world.now() - event["created"] > GIVE_UP_AFTER_S:
            delivery["state"] = "given up"
    world.store.put("delivery", delivery)


class Courier:
    """A thread that expires overdue sessions and delivers what is due, until it is stopped."""

    def __init__(self, world: World, post: Post = post_over_http) -> None:
        self._world, self._post = world, post
        self._stopped = Signal()
        self._thread = Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the delivery that is under way."""
        self._stopped.set()
        self._thread.join(timeout=TIMEOUT_S + 1)

    def _run(self) -> None:
        while not self._stopped.wait(TICK_S):
            with self._world.store.transaction():
                expire_overdue(self._world)
            deliver_due(self._world, self._post)
