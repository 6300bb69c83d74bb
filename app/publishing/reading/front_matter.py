"""A file's text becomes its front matter, the line of each key, and its body.

YAML is read as plain text values (no guessing of dates or booleans) and each key keeps its line, so that a fault can
be shown where it stands. Anchors are refused: nobody needs them here, and they can make a small file enormous.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler

from app.publishing.reading.yaml_slips import yaml_fault
from app.publishing.schema.problems import Place, Unreadable

LARGEST_FILE = 512 * 1024
DEEPEST = 12
#: Three dashes alone on a line, at the top and again after the keys. Its own YAML reader would guess types.
_FENCED = YAMLHandler(fm_boundary=re.compile(r"^---[^\S\n]*$", re.MULTILINE))


class _Plain(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Takes every value as text: without the search for a type at each node, which costs as much as all the rest."""

    def resolve(self, kind: type[yaml.Node], _value: Any, _implicit: Any) -> str:
        return _TAGS[kind]

    def descend_resolver(self, _node: Any, _index: Any) -> None:
        """No type depends on where a value stands."""

    def ascend_resolver(self) -> None:
        """No type depends on where a value stands."""


_TAGS = {
    yaml.ScalarNode: yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG,
    yaml.SequenceNode: yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG,
    yaml.MappingNode: yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
}


@dataclass(frozen=True)
class Raw:
    """A file taken apart. `body_line` is the line where the body begins."""

    data: dict[str, Any]
    node: yaml.Node
    first_line: int = 1
    body: str = ""
    body_line: int = 1

    @cached_property
    def lines(self) -> dict[Place, int]:
        """The line of each value, by its place: worked out when somebody asks, which is when something is wrong."""
        return dict(_lines(self.node, (), self.first_line))


def read_text(path: Path) -> str:
    """The file's text with plain line ends. Raises Unreadable for what is too large, not text, or not a file."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise Unreadable(1, "file", f"is {size // 1024} kB large", f"use {LARGEST_FILE // 1024} kB at most")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(1, "file", f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    except OSError as error:
        raise Unreadable(1, "file", f"cannot be read ({error.strerror})", "put the file itself there") from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise Unreadable(line, "file", "holds bytes that are not text", "type the line anew, without pasting it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split_document(text: str) -> Raw:
    """Take a Markdown document apart. Raises Unreadable without proper front matter."""
    if not _FENCED.detect(text):
        raise Unreadable(
            1, "front matter", "is missing", "begin the file with a line '---', the keys, and another '---'"
        )
    try:
        front, body = _FENCED.split(text)
    except ValueError:
        raise Unreadable(1, "front matter", "has no end", "close it with a line '---'") from None
    # both begin with the end of the fence's own line
    raw = read_yaml(front[1:-1], first_line=2)
    return replace(raw, body=body[1:], body_line=front.count("\n") + 2)


def read_yaml(text: str, *, first_line: int = 1) -> Raw:
    """A YAML mapping with the line of each key. Raises Unreadable on faults, twice given keys and anchors."""
    try:
        node = yaml.compose(text, Loader=_Plain)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = (mark.line if mark else 0) + first_line
        raise Unreadable(*yaml_fault(text.split("\n"), line - first_line, str(error.problem), first_line)) from None
    except (yaml.YAMLError, RecursionError):
        raise Unreadable(first_line, "front matter", "is not proper YAML", "begin with a blank") from None
    if not isinstance(node, yaml.MappingNode):
        raise Unreadable(first_line, "front matter", "must be lines of 'key: value'", "take other lines out")
    return Raw(_mapping(node, (), first_line, set()), node, first_line)


def _value(node: yaml.Node, place: Place, first: int, seen: set[int]) -> Any:
    if isinstance(node, yaml.ScalarNode):
        # an empty value and an explicit null both mean: not given
        value = None if node.value in ("", "null", "~") and node.style is None else node.value
    elif len(place) > DEEPEST:
        raise Unreadable(node.start_mark.line + first, _name(place[:2]), "is nested too deeply", "take brackets out")
    elif isinstance(node, yaml.MappingNode):
        value = _mapping(node, place, first, seen)
    else:
        value = [_value(child, (*place, i), first, seen) for i, child in enumerate(node.value)]
    known = len(seen)
    seen.add(id(node))
    if len(seen) == known:
        raise Unreadable(node.start_mark.line + first, _name(place), "uses a YAML anchor", "write the value out")
    return value


def _mapping(node: yaml.MappingNode, place: Place, first: int, seen: set[int]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        if not isinstance(key, str):
            raise Unreadable(
                key_node.start_mark.line + first, _name(place), "has a key that is not a word", "write 'key: value'"
            )
        if key in data:
            line = key_node.start_mark.line + first
            raise Unreadable(line, _name((*place, key)), "is given twice", "keep one of the two lines")
        data[key] = _value(value_node, (*place, key), first, seen)
    return data


def _lines(node: yaml.Node, place: Place, first: int) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + first
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, key.value)
            yield from _lines(value, inner, first)
            yield inner, key.start_mark.line + first
    elif isinstance(node, yaml.SequenceNode):
        for i, child in enumerate(node.value):
            yield from _lines(child, (*place, i), first)


def _name(place: Place) -> str:
    return ".".join(str(part) for part in place) or "front matter"
