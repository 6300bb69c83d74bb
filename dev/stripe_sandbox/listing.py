"""Lists with cursors, and the expansion of ids into objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dev.stripe_sandbox import balance, objects
from dev.stripe_sandbox.errors import ApiError
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World

#: Which fields hold an id that can be replaced by its object.
LINKS = {
    "checkout.session": {"payment_intent": "payment_intent"},
    "payment_intent": {"latest_charge": "charge"},
    "charge": {"payment_intent": "payment_intent"},
    "refund": {"charge": "charge", "payment_intent": "payment_intent"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
}
#: Parameters that a listed object's field of the same name must equal.
FILTERS = ("payment_intent", "charge", "status", "source", "currency")
MAX_DEPTH = 4
EVENT_DAYS = 30

URLS = {
    "checkout.session": "/v1/checkout/sessions",
    "refund": "/v1/refunds",
    "event": "/v1/events",
    "dispute": "/v1/disputes",
    "balance_transaction": "/v1/balance_transactions",
}


def page(world: World, kind: str, params: dict[str, Any]) -> Object:
    """One page of a list, newest first. Raises ApiError (400) for a bad limit or cursor."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise ApiError("Invalid limit: must be between 1 and 100", code="parameter_invalid_integer", param="limit")
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise ApiError("Only one of starting_after and ending_before can be given.", param="starting_after")
    everything = balance.movements(world) if kind == "balance_transaction" else world.store.newest_first(kind)
    if before:
        everything = everything[: _place(everything, kind, before, "ending_before")]
    if after:
        everything = everything[_place(everything, kind, after, "starting_after") + 1 :]
    wanted = [one for one in everything if _matches(world, kind, params, one)]
    data = wanted[-limit:] if before else wanted[:limit]
    return {"object": "list", "data": data, "has_more": len(wanted) > limit, "url": URLS[kind]}


def _place(things: list[Object], kind: str, identifier: str, param: str) -> int:
    for place, thing in enumerate(things):
        if thing["id"] == identifier:
            return place
    raise ApiError(f"No such {kind}: '{identifier}'", code="resource_missing", param=param)


def _matches(world: World, kind: str, params: dict[str, Any], thing: Object) -> bool:
    if not all(thing[name] == params[name] for name in FILTERS if name in params):
        return False
    if "created" in params and not _in_range(thing["created"], params["created"]):
        return False
    return kind != "event" or _wanted_event(world, params, thing)


def _in_range(created: int, wish: int | dict[str, int]) -> bool:
    if isinstance(wish, int):
        return created == wish
    tests: dict[str, Callable[[int, int], bool]] = {
        "gt": int.__gt__,
        "gte": int.__ge__,
        "lt": int.__lt__,
        "lte": int.__le__,
    }
    return all(tests[name](created, limit) for name, limit in wish.items())


def _wanted_event(world: World, params: dict[str, Any], event: Object) -> bool:
    if "type" in params and "types" in params:
        raise ApiError("Only one of type and types can be given.", param="types")
    if event["created"] < world.now() - EVENT_DAYS * 86400:
        return False
    names = params.get("types") or ([params["type"]] if "type" in params else ["*"])
    if not any(_names(name, event["type"]) for name in names):
        return False
    if "delivery_success" not in params:
        return True
    delivery = world.store.find("delivery", event["id"])
    delivered = delivery is None or delivery["state"] == "delivered"
    return bool(delivered == params["delivery_success"])


def _names(pattern: str, kind: str) -> bool:
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern


def expand(world: World, answer: Object, paths: list[str]) -> Object:
    """`answer` with the ids named by `paths` (dotted; lists begin with `data.`) replaced. Raises ApiError (400)."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_DEPTH:
            raise ApiError(f"You cannot expand more than {MAX_DEPTH} levels of a property.", param="expand")
        if answer["object"] == "list" and steps[0] == "data":
            for thing in answer["data"]:
                _expand(world, thing, steps[1:], path)
        else:
            _expand(world, answer, steps, path)
    return answer


def _expand(world: World, thing: Object, steps: list[str], path: str) -> None:
    if not steps:
        return
    field, kind = steps[0], thing["object"]
    if kind == "checkout.session" and field == "line_items":
        terms = world.store.find("session_terms", thing["id"]) or {"line_items": []}
        thing["line_items"] = objects.line_items(thing["id"], terms["line_items"])
        return
    if field not in LINKS.get(kind, {}):
        raise ApiError(f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(thing[field], str):
        thing[field] = world.store.find(LINKS[kind][field], thing[field])
    if thing[field] is not None:
        _expand(world, thing[field], steps[1:], path)
