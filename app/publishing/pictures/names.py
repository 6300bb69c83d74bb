"""What a text says of its pictures: which files it names, and whether it says what they show.

A picture is a JPEG or PNG beside the text. In the text it stands on a line of its own, `![what it shows](file.jpg)`,
with a caption in quotes behind the name if it has one; one that only adorns is `![decorative](file.jpg)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.publishing.checks.quoted_code import without_code
from app.publishing.schema.problems import Place, Unreadable

ENDINGS = ("jpg", "jpeg", "png")
DECORATIVE = "decorative"
LONGEST_ALT = 300
PICTURE = re.compile(
    r"(?<!\\)!\[(?P<alt>(?:[^\[\]\\\n]|\\.)*)\]"
    # few spaces are enough, and many must not be tried in every way
    r"\([ \t]{0,3}<?(?P<name>[^)\s>]*)>?(?:[ \t]{1,3}(?:\"(?P<caption>[^\"\n]*)\"|'[^'\n]*'))?[ \t]{0,3}\)"
)
#: An exclamation mark before a footnote is none.
_BEGIN = re.compile(r"(?<!\\)!\[(?!\^)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
#: Words that stand for a description where nobody wrote one.
_NO_ALT = re.compile(
    r"(?:[\w-]+\.(?:jpe?g|png|heic|webp|gif)|(?:an? )?(?:img|dsc|image|photo|picture|pic|screenshot)[\s_-]*\d*)\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Named:
    """A picture as a text names it: the file beside it, and where it is named. `field` is empty in the body."""

    name: str
    line: int
    field: str = ""


def name_fault(name: str) -> tuple[str, str] | None:
    """What is wrong with the name of a picture, and the mend."""
    if ":" in name or name.startswith("//"):
        return f"shows a picture from elsewhere ('{name[:60]}')", "put the picture beside this file and name it alone"
    if "/" in name or "\\" in name:
        return f"'{name[:60]}' is not beside this file", "put the picture into the same folder and name it alone"
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in ("heic", "heif"):
        return (
            f"'{name}' is in a format that browsers do not show",
            "save it as JPEG; on an iPhone choose Settings, Camera, Formats, Most Compatible",
        )
    if ending not in ENDINGS:
        return f"'{name[:60]}' is no JPEG or PNG", "save the picture as .jpg or .png"
    if not _NAME.fullmatch(name):
        return f"'{name[:60]}' makes no good address", "use letters, digits and hyphens in the file's name"
    return None


def alt_fault(alt: str) -> tuple[str, str] | None:
    """What is wrong with the words that stand for a picture, and the mend."""
    mend = "write what the picture shows, for people who do not see it"
    if not alt.strip():
        return "does not say what the picture shows", mend
    if _NO_ALT.fullmatch(alt.strip()):
        return f"'{alt.strip()}' does not say what the picture shows", mend
    if len(alt) > LONGEST_ALT:
        return (
            f"describes the picture in {len(alt)} characters",
            f"use {LONGEST_ALT} at most, and say the rest in the text",
        )
    return None


def picture_faults(source: str, *, first_line: int = 1) -> Iterator[Unreadable]:
    """Each picture without a description, with a bad name, or amid other text. `source` is without code."""
    if "![" not in source:
        return
    lines = source.split("\n")
    for number, line in enumerate(lines):
        if not _BEGIN.search(line):
            continue
        around = [lines[near] for near in (number - 1, number + 1) if 0 <= near < len(lines)]
        fault = _fault_of(line, around)
        if fault:
            yield Unreadable(number + first_line, "text", *fault)


def _fault_of(line: str, around: list[str]) -> tuple[str, str] | None:
    match = PICTURE.fullmatch(line.strip())
    if match is None and PICTURE.search(line) is None:
        mend = 'write ![what it shows](file.jpg), or ![what it shows](file.jpg "A caption")'
        return "holds a picture that is not written in full", mend
    if match is None or any(near.strip() for near in around):
        return "holds a picture amid other text", "give it a line of its own, with an empty line before and after"
    fault = name_fault(match["name"])
    if fault is None and match["alt"] != DECORATIVE and (fault := alt_fault(match["alt"])):
        fault = (fault[0], f"{fault[1]}, between the square brackets; if it only adorns, write {DECORATIVE} there")
    return fault


def named_pictures(meta: Any, source: str, lines: Mapping[Place, int], body_line: int) -> tuple[Named, ...]:
    """Every picture that front matter (`hero`, `photo`) and body name, in order. `lines` are those of the keys."""
    found = []
    for field in ("hero", "photo"):
        name = getattr(getattr(meta, field, None), "src", None)
        if name:
            found.append(Named(name, lines.get((field, "src"), lines.get((field,), 1)), f"{field}.src"))
    for number, line in enumerate(without_code(source).split("\n")) if "![" in source else ():
        match = PICTURE.fullmatch(line.strip()) if "![" in line else None
        if match:
            found.append(Named(match["name"], number + body_line))
    return tuple(found)


def without_pictures(source: str) -> str:
    """The same text with blanks where pictures are named, for whoever looks for links."""
    return PICTURE.sub(lambda match: " " * len(match.group()), source)
