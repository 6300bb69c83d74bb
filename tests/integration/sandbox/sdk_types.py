"""Holds a JSON value against the SDK's own annotations: the exact shape of the pinned API version."""

from __future__ import annotations

import types
import typing
from typing import Any, ForwardRef, Literal, Union

import stripe


def faults(annotation: Any, value: Any, where: str) -> list[str]:
    """Everything about `value` that the annotation does not allow, one sentence each."""
    origin = typing.get_origin(annotation)
    if origin in (Union, types.UnionType):
        return _union_faults(typing.get_args(annotation), value, where)
    if annotation is type(None):
        return [] if value is None else [f"{where}: not None"]
    if annotation is Any or isinstance(annotation, ForwardRef | str):
        return [] if isinstance(value, dict) else [f"{where}: a whole object was expected"]
    if origin is Literal:
        return [] if value in typing.get_args(annotation) else [f"{where}: {value!r} is not a known word"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{where}: not a list"]
        return [
            one for n, item in enumerate(value) for one in faults(typing.get_args(annotation)[0], item, f"{where}[{n}]")
        ]
    if isinstance(annotation, type) and issubclass(annotation, stripe.StripeObject):
        return object_faults(annotation, value, where)
    plain = origin or annotation
    if isinstance(plain, type) and issubclass(plain, stripe.StripeObject):
        return [] if isinstance(value, dict) else [f"{where}: not an object"]
    right = isinstance(value, plain) and not (plain is int and isinstance(value, bool))
    return [] if right else [f"{where}: {type(value).__name__} instead of {plain}"]


def object_faults(cls: type[stripe.StripeObject], value: Any, where: str) -> list[str]:
    """Unknown, missing and mistyped fields of one object of the API."""
    if not isinstance(value, dict):
        return [f"{where}: not an object"]
    fields = {
        name.rstrip("_"): annotation
        for name, annotation in cls.__annotations__.items()
        if not name.startswith("_") and typing.get_origin(annotation) is not typing.ClassVar
    }
    found = [f"{where}.{name}: the SDK knows no such field" for name in value if fields and name not in fields]
    for name, annotation in fields.items():
        if name in value:
            found += faults(annotation, value[name], f"{where}.{name}")
        elif type(None) not in typing.get_args(annotation):
            found.append(f"{where}.{name}: is missing")
    return found


def _union_faults(choices: tuple[Any, ...], value: Any, where: str) -> list[str]:
    if value is None and type(None) in choices:
        return []
    words = [one for one in choices if typing.get_origin(one) is Literal]
    if words and isinstance(value, str):  # the SDK leaves its lists of words open, the sandbox stays inside them
        return faults(words[0], value, where)
    tries = [faults(one, value, where) for one in choices if one is not type(None)]
    return min(tries, key=len) if tries else [f"{where}: must be None"]
