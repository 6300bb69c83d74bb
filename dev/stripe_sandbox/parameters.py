"""Requests: form bodies with brackets become values, checked against the facts in `shape.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from dev.stripe_sandbox.errors import ApiError

_SHAPE_FILE = Path(__file__).with_name("shape.json")
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
MAX_METADATA_KEYS, MAX_METADATA_KEY, MAX_METADATA_VALUE = 50, 40, 500


@cache
def shape() -> dict[str, Any]:
    """The facts about Stripe's operations and objects."""
    facts: dict[str, Any] = json.loads(_SHAPE_FILE.read_text())
    return facts


def read_brackets(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`[("a[b][0]", "x")]` -> `{"a": {"b": {"0": "x"}}}`. Raises ApiError for a key that makes no sense."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        match = _KEY.fullmatch(key)
        if match is None:
            raise ApiError(f"Invalid parameter name: {key[:80]}", param=key[:80])
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _place(tree, steps, value, key)
    return tree


def _place(tree: dict[str, Any], steps: list[str], value: str, key: str) -> None:
    for step in steps[:-1]:
        inner = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(inner, dict):
            raise ApiError(f"Invalid parameter: {key[:80]} is used in two ways", param=key[:80])
        tree = inner
    last = steps[-1] or str(len(tree))
    if isinstance(tree.get(last), dict):
        raise ApiError(f"Invalid parameter: {key[:80]} is used in two ways", param=key[:80])
    tree[last] = value


def check(operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """`params` with their proper types. Raises ApiError (400) for unknown, missing or malformed ones."""
    checked: dict[str, Any] = _check(shape()["operations"][operation], params, "")
    return checked


def _check(node: dict[str, Any], value: Any, name: str) -> Any:
    if "any" in node:
        return _check_any(node["any"], value, name)
    kind = node["type"]
    if kind == "not simulated":
        raise ApiError(f"The sandbox does not act out the parameter {name}; Stripe itself knows it.", param=name)
    if kind == "object":
        return _check_object(node, value, name)
    if kind == "map":
        return _check_metadata(value, name)
    if kind == "array":
        if not isinstance(value, dict) or not all(place.isdecimal() for place in value):
            raise ApiError("Invalid array", param=name)
        return [_check(node["items"], value[place], f"{name}[{place}]") for place in sorted(value, key=int)]
    if not isinstance(value, str):
        raise ApiError(f"Invalid {kind}", param=name, code=f"parameter_invalid_{kind}" if kind == "integer" else None)
    return _check_word(node, value, name)


def _check_any(nodes: list[dict[str, Any]], value: Any, name: str) -> Any:
    wanted = "object" if isinstance(value, dict) else "word"
    for node in nodes:
        if (node["type"] == "object") == (wanted == "object"):
            return _check(node, value, name)
    raise ApiError("Invalid value", param=name)


def _check_object(node: dict[str, Any], value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ApiError("Invalid object", param=name)
    for field in node.get("required", ()):
        if field not in value:
            full = _inside(name, field)
            raise ApiError(f"Missing required param: {full}.", code="parameter_missing", param=full)
    checked = {}
    for field, one in value.items():
        full = _inside(name, field)
        if field not in node["fields"]:
            raise ApiError(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
        checked[field] = _check(node["fields"][field], one, full)
    return checked


def _check_metadata(value: Any, name: str) -> dict[str, str]:
    if value == "":
        return {}
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ApiError("Invalid metadata: only strings can be kept", param=name)
    if len(value) > MAX_METADATA_KEYS:
        raise ApiError(f"Metadata can have up to {MAX_METADATA_KEYS} keys; {len(value)} were given", param=name)
    for key, one in value.items():
        if len(key) > MAX_METADATA_KEY:
            raise ApiError(f"Metadata keys can be up to {MAX_METADATA_KEY} characters", param=name)
        if len(one) > MAX_METADATA_VALUE:
            raise ApiError(f"Metadata values can be up to {MAX_METADATA_VALUE} characters", param=f"{name}[{key}]")
    return value


def _check_word(node: dict[str, Any], value: str, name: str) -> Any:
    kind = node["type"]
    if value == "":
        raise ApiError(
            f"An empty string was given for '{name}', which cannot be unset.",
            code="parameter_invalid_empty",
            param=name,
        )
    if kind == "integer":
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", value):
            raise ApiError(f"Invalid integer: {value[:80]}", code="parameter_invalid_integer", param=name)
        return int(value)
    if kind == "number":
        if not re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?", value):
            raise ApiError(f"Invalid decimal: {value[:80]}", param=name)
        return float(value)
    if kind == "boolean":
        if value not in {"true", "false"}:
            raise ApiError(f"Invalid boolean: {value[:80]}", param=name)
        return value == "true"
    if len(value) > node.get("max", len(value)):
        raise ApiError(f"Invalid string: {value[:20]}...; must be at most {node['max']} characters", param=name)
    if "enum" in node and value not in node["enum"]:
        raise ApiError(f"Invalid {name}: must be one of {', '.join(node['enum'])}", param=name)
    return value


def _inside(name: str, field: str) -> str:
    return f"{name}[{field}]" if name else field
