"""One key, one effect: a repeated request gets the first answer again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from dev.stripe_sandbox.errors import ApiError
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World

FORGET_AFTER_S = 24 * 3600
MAX_KEY = 255


def begin(world: World, key: str, path: str, params: dict[str, Any]) -> Object | None:
    """The stored answer to this very request, or None after marking it as under way.

    Raises ApiError: 400 when the key was used with other words, 409 while its first request still runs.
    """
    if len(key) > MAX_KEY:
        raise ApiError(f"Idempotency keys can be up to {MAX_KEY} characters.", kind="idempotency_error")
    digest = hashlib.sha256(json.dumps([path, params], sort_keys=True).encode()).hexdigest()
    with world.store.transaction():
        found = world.store.find("idempotency", key)
        if found is not None and found["at"] <= world.now() - FORGET_AFTER_S:
            found = None
        if found is None:
            world.store.put("idempotency", {"id": key, "digest": digest, "at": world.now(), "status": None})
            return None
        if found["digest"] != digest:
            raise ApiError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                kind="idempotency_error",
            )
        if found["status"] is None:
            raise ApiError(
                "There is currently another in-progress request using this idempotency key.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        return found


def finish(world: World, key: str, status: int, body: Object, request_id: str) -> None:
    """Remember the answer. Called in the transaction of the work itself."""
    found = world.store.find("idempotency", key)
    if found is not None:
        world.store.put("idempotency", found | {"status": status, "body": body, "request_id": request_id})


def give_up(world: World, key: str) -> None:
    """Forget a request that never began, so that it may be asked again."""
    found = world.store.find("idempotency", key)
    if found is not None and found["status"] is None:
        world.store.remove("idempotency", key)


def forget_unfinished(world: World) -> None:
    """After a restart nothing is under way."""
    with world.store.transaction():
        for one in world.store.newest_first("idempotency", lambda one: one["status"] is None):
            world.store.remove("idempotency", one["id"])
