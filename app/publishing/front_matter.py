"""A file's text becomes its front matter, the line of each key, and its body.

YAML is read as plain text values (no guessing of dates or booleans) and each key keeps its line, so that a fault can
be shown where it stands. Anchors are refused: nobody needs them here, and they can make a small file enormous.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.publishing.problems import Place, Unreadable

LARGEST_FILE = 512 * 1024
DEEPEST = 12
FENCE = "---"


@dataclass(frozen=True, slots=True)
class Raw:
    """A file taken apart. `lines` gives the line of each key, `body_line` the line where the body begins."""

    data: dict[str, Any]
    lines: dict[Place, int] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1


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
        raise Unreadable(1, "file", f"cannot be read ({error.strerror})") from None
    if "\x00" in text:
        raise Unreadable(text[: text.index("\x00")].count("\n") + 1, "file", "holds bytes that are not text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split_document(text: str) -> Raw:
    """Take a Markdown document apart. Raises Unreadable without proper front matter."""
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise Unreadable(
            1, "front matter", "is missing", "begin the file with a line '---', the keys, and another '---'"
        )
    for number, line in enumerate(lines[1:], 2):
        if line.rstrip() == FENCE:
            raw = read_yaml("\n".join(lines[1 : number - 1]), first_line=2)
            return Raw(raw.data, raw.lines, "\n".join(lines[number:]), number + 1)
    raise Unreadable(1, "front matter", "has no end", "close it with a line '---'")


def read_yaml(text: str, *, first_line: int = 1) -> Raw:
    """A YAML mapping with the line of each key. Raises Unreadable on faults, twice given keys and anchors."""
    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = (mark.line if mark else 0) + first_line
        mend = "check the indentation and put text with a colon in quotes"
        raise Unreadable(line, "front matter", f"is not proper YAML ({error.problem})", mend) from None
    except (yaml.YAMLError, RecursionError):
        raise Unreadable(first_line, "front matter", "is not proper YAML") from None
    if not isinstance(node, yaml.MappingNode):
        raise Unreadable(first_line, "front matter", "must be lines of 'key: value'")
    reader = _Reader(first_line)
    return Raw(reader.value(node, ()), reader.lines)


class _Reader:
    def __init__(self, first_line: int) -> None:
        self.lines: dict[Place, int] = {}
        self._first = first_line
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + self._first
        if id(node) in self._seen:
            raise Unreadable(line, _name(place), "uses a YAML anchor", "write the value out")
        self._seen.add(id(node))
        self.lines.setdefault(place, line)
        if len(place) > DEEPEST:
            raise Unreadable(line, _name(place[:2]), "is nested too deeply")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, i)) for i, child in enumerate(node.value)]
        # an empty value and an explicit null both mean: not given
        return None if node.value in ("", "null", "~") and getattr(node, "style", None) is None else node.value

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + self._first
            if not isinstance(key, str):
                raise Unreadable(line, _name(place), "has a key that is not a word")
            if key in data:
                raise Unreadable(line, _name((*place, key)), "is given twice", "keep one of the two lines")
            self.lines[(*place, key)] = line
            data[key] = self.value(value_node, (*place, key))
        return data


def _name(place: Place) -> str:
    return ".".join(str(part) for part in place) or "front matter"
