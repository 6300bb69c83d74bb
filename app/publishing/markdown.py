"""Markdown becomes HTML, taken apart at its H2 headings.

What may not stand in a text is refused before (`source_check`); nh3 stands behind as a last guard.
"""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import markdown
import nh3
from markdown.extensions.toc import slugify

from app.publishing.checks.readable import LINT_OK
from app.publishing.checks.source_check import OWN_IDS, SAFE_SCHEMES
from app.publishing.pictures.figures import Picture, place_pictures
from app.publishing.schema.fields import unbroken

EXTENSIONS = [
    "fenced_code",
    "tables",
    "footnotes",
    "attr_list",
    "def_list",
    "smarty",
    "toc",
    "sane_lists",
    "admonition",
]
WORDS_A_MINUTE = 220

_one_at_a_time = threading.Lock()  # a converter keeps state while it works

TAGS = {
    "a", "abbr", "aside", "blockquote", "br", "caption", "cite", "code", "dd", "del", "div", "dl", "dt", "em", "h2",
    "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "q", "section", "small", "span", "strong", "sub", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"class", "id", "lang", "title", "role"},
    "a": {"href"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one H2; `html` is without the heading itself."""

    id: str
    title: str
    html: str


@dataclass(frozen=True, slots=True)
class Body:
    """A rendered body. `html` is all of it; `intro` what stands before the first H2; `text` its plain words."""

    html: str
    intro: str
    sections: tuple[Section, ...]
    text: str
    reading_minutes: int


def section_ids(source: str) -> frozenset[str]:
    """The ids that were given to H2 headings by hand: `## Title {#id}`."""
    return frozenset(re.findall(r"^##(?!#).*\{#([\w-]+)\}\s*$", source, re.MULTILINE))


def render(source: str, pictures: Mapping[str, Picture] | None = None, *, first: bool = True) -> Body:
    """Convert Markdown that `check_source` let through; for `pictures` and `first` see `finish`."""
    return finish(convert(source), pictures or {}, first=first)


def convert(source: str) -> str:
    """Markdown that `check_source` let through as harmless HTML: the slow part of `render`, which can be kept."""
    with _one_at_a_time:
        converted = _converter().reset().convert(LINT_OK.sub("", source))
    clean = nh3.clean(converted, tags=TAGS, attributes=ATTRIBUTES, link_rel=None, url_schemes=set(SAFE_SCHEMES))
    return unbroken(clean)


def finish(converted: str, pictures: Mapping[str, Picture], *, first: bool = True) -> Body:
    """What `convert` gave, with the finished `pictures` by name; others are left out.

    `first` says that no picture stands above the body.
    """
    converted = place_pictures(converted, pictures, first=first)
    converted = converted.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")
    converted = converted.replace("<th>", '<th scope="col">')
    sections = tuple(_sections(converted))
    intro = converted.split("<h2", 1)[0].strip()
    text = plain(converted)
    return Body(converted, intro, sections, text, max(1, round(len(text.split()) / WORDS_A_MINUTE)))


def plain(fragment: str) -> str:
    """The words of an HTML fragment."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", fragment))).strip()


@cache
def _converter() -> markdown.Markdown:
    return markdown.Markdown(
        extensions=EXTENSIONS,
        extension_configs={
            "smarty": {"smart_dashes": True},
            "toc": {"permalink": False, "slugify": _id_of},
            "footnotes": {"BACKLINK_TEXT": "back", "BACKLINK_TITLE": "Back to where note {} is mentioned"},
        },
        output_format="html",
    )


def _id_of(title: str, separator: str) -> str:
    made = slugify(title, separator)
    return f"{made}{separator}2" if made in OWN_IDS else made


def _sections(converted: str) -> Iterator[Section]:
    parts = re.split(r'<h2(?: id="([^"]*)")?[^>]*>(.*?)</h2>', converted, flags=re.DOTALL)
    for i in range(1, len(parts), 3):
        yield Section(parts[i] or "", plain(parts[i + 1]), parts[i + 2].strip())
