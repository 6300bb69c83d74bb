"""What is wrong with a file, in words for the person who wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

#: A waived problem is one that a writer let through with a reason: listed, and never in the way.
Severity = Literal["error", "warning", "waived"]
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault. `path` is relative to the content folder; `line` counts from 1; `field` is empty for the body."""

    path: str
    line: int
    field: str
    message: str
    mend: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        words = f"{self.message}; {self.mend}" if self.mend else self.message
        kind = "" if self.severity == "error" else f"{self.severity}: "
        return f"{self.path}:{self.line}: {self.field or 'text'}: {kind}{words}"

    def as_dict(self) -> dict[str, Any]:
        """For `--format json`."""
        return asdict(self)


def faulty_paths(problems: Iterable[Problem]) -> frozenset[str]:
    """The files that are not shown, or not as they are now, for a fault of their own."""
    return frozenset(problem.path for problem in problems if problem.severity == "error")


def told_apart(problems: Iterable[Problem]) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """The faults, and what is only remarked or was let through."""
    problems = tuple(problems)
    faults = tuple(problem for problem in problems if problem.severity == "error")
    return faults, tuple(problem for problem in problems if problem.severity != "error") if faults else problems


class Unreadable(Exception):
    """A file that cannot be understood at all: says where and why."""

    def __init__(self, line: int, field: str, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.line, self.field, self.message, self.mend = line, field, message, mend

    def at(self, path: str) -> Problem:
        """The same as a problem of the file `path`."""
        return Problem(path, self.line, self.field, self.message, self.mend)


def problems_of(error: ValidationError, path: str, lines: Mapping[Place, int], model: type[BaseModel]) -> list[Problem]:
    """Every fault that a schema found, with the line of the nearest key that stands in the file."""
    found = []
    faults = [(_place_of(fault), fault) for fault in error.errors()]
    for place, fault in faults:
        inside = any(other[: len(place)] == place and len(other) > len(place) for other, _ in faults)
        if fault["type"] == "too_short" and inside:
            continue  # its entries are at fault, and are told
        message, mend = _words(fault, place, model)
        first, _, rest = message.partition(" ")
        if fault["type"] == "value_error" and (*place, first) in lines:
            place, message = (*place, first), rest  # a fault of the whole begins with the key to look at
        found.append(Problem(path, _line(place, lines), dotted(place), message, mend))
    return found


def _place_of(fault: Any) -> Place:
    return tuple(part for part in fault["loc"] if not str(part).startswith(("function-", "tuple[")))


def _line(place: Place, lines: Mapping[Place, int]) -> int:
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def dotted(place: Place) -> str:
    """A place in front matter as it is told: evidence[1].claim."""
    words = ""
    for part in place:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if words else part
    return words or "front matter"


#: What is wrong with a number, and the mend, by pydantic's name for it and the key of the limit.
_NUMBERS = {
    "greater_than_equal": ("is too small", "ge", "write {} at least"),
    "greater_than": ("is too small", "gt", "write more than {}"),
    "less_than_equal": ("is too large", "le", "write {} at most"),
    "less_than": ("is too large", "lt", "write less than {}"),
    "multiple_of": ("does not fit", "multiple_of", "write a multiple of {}"),
}
_SHAPES = {
    "int_parsing": ("is not a whole number", "write digits only"),
    "int_type": ("is not a whole number", "write digits only"),
    "tuple_type": ("must be a list", "put it in square brackets, or each entry on its own line after a hyphen"),
    "list_type": ("must be a list", "put it in square brackets, or each entry on its own line after a hyphen"),
    "model_type": ("must hold keys of its own", "indent them under this line"),
    "dict_type": ("must hold keys of its own", "indent them under this line"),
    "model_attributes_type": ("must hold keys of its own", "indent them under this line"),
    "string_type": ("must be plain words", "take the brackets, hyphens or keys away"),
}
_ASIDE = "write something behind the colon; in front of a # or a quote mark, put quotes around all of it"


def _words(fault: Any, place: Place, model: type[BaseModel]) -> tuple[str, str]:
    kind, context, given = fault["type"], fault.get("ctx", {}), fault.get("input")
    if kind == "missing":
        return "is missing", f"add a line '{place[-1]}: ...'"
    if kind == "extra_forbidden":
        known = [f.alias or name for name, f in model.model_fields.items()] if len(place) == 1 else []
        near = difflib.get_close_matches(str(place[-1]), known, 1)
        return "is not a known key", f"did you mean '{near[0]}'?" if near else "take the line out"
    if kind == "value_error":
        message, _, mend = str(context["error"]).partition("; ")
        return message, mend
    if given in (None, ""):
        return "is empty", _ASIDE
    if kind == "literal_error":
        return f"'{given}' is not a choice", f"write {context['expected']}"
    return _words_of_size(kind, context, given) or (
        fault["msg"][:1].lower() + fault["msg"][1:],
        "write it as docs/publishing.md shows",
    )


def _words_of_size(kind: str, context: Mapping[str, Any], given: Any) -> tuple[str, str] | None:
    if kind in _NUMBERS:
        message, limit, mend = _NUMBERS[kind]
        return f"{given} {message}", mend.format(context[limit])
    if kind in _SHAPES:
        message, mend = _SHAPES[kind]
        return (f"'{given}' {message}" if kind.startswith("int") else message), mend
    if kind == "string_too_long":
        return f"is {len(str(given))} characters long", f"use {context['max_length']} at most"
    if kind == "string_too_short":
        return "is too short", f"use at least {context['min_length']} characters"
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        mend = f"give at least {least}" if least else f"give at most {most}"
        return f"has {context['actual_length']} entries", mend
    return None
