"""What happened, as events: recorded in the transaction of their cause, listed by the API, delivered by `delivery`."""

from __future__ import annotations

from dev.stripe_sandbox import objects
from dev.stripe_sandbox.objects import Cause
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World

NOBODY = Cause()


def record(world: World, kind: str, thing: Object, *, before: Object | None = None, cause: Cause = NOBODY) -> Object:
    """Store one event with `thing` as it is now, and its delivery when someone listens."""
    told = world.endpoint.wants(kind)
    event = world.store.put("event", objects.event(world, kind, thing, before, cause, told=told))
    if told:
        due = world.now() + world.faults.webhook_delay_s
        world.store.put("delivery", {"id": event["id"], "due_at": due, "tries": 0, "state": "waiting", "answers": []})
    return event
