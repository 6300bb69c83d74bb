"""Markdown becomes HTML, taken apart at its H2 headings.

Raw HTML and unsafe links are refused with their line before anything is converted; nh3 stands behind as a last guard.
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

from app.publishing.figures import Picture, place_pictures
from app.publishing.picture_names import check_pictures
from app.publishing.problems import Unreadable
from app.publishing.readable import LINT_OK

EXTENSIONS = ["tables", "footnotes", "attr_list", "def_list", "smarty", "toc", "sane_lists", "admonition"]
TAG = re.compile(r"<(?:/?[a-zA-Z][\w-]*(?:\s[^<>]*)?/?>|!--|![A-Za-z][^<>]*>)", re.DOTALL)
CODE = re.compile(r"^(?:```|~~~)|`[^`\n]*`", re.MULTILINE)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|^\s*\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
AUTOLINK = re.compile(r"<([a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]*)>")
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
GIVEN_ID = re.compile(r"^#{2,6}\s.*\{:?\s*#([\w-]+)\s*\}\s*$", re.MULTILINE)
#: Names of parts that the pages themselves have: a heading of a text with one of them would be found in vain.
OWN_IDS = frozenset(
    {"evidence", "first", "limits", "main", "next", "preview", "questions", "safe", "story", "tech"},
)
HEADING = re.compile(r"(#{1,6})\s")
DEEPEST_INDENT = 24
#: What nobody writes, and what would keep the converter busy for minutes: it looks ahead from each bracket.
MOST_LINES, LONGEST_BLOCK, MOST_BRACKETS = 3000, 10_000, 300
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


def check_source(source: str, *, first_line: int = 1) -> None:
    """Raises Unreadable with the line: raw HTML, unsafe links, heading jumps, an H1, absurd nesting, bad pictures."""
    _refuse_shape(source, first_line)
    _refuse_bulk(source, first_line)
    _refuse_unsafe(source, first_line)
    _refuse_ids(source, first_line)
    check_pictures(source, first_line=first_line)


def section_ids(source: str) -> frozenset[str]:
    """The ids that were given to H2 headings by hand: `## Title {#id}`."""
    return frozenset(re.findall(r"^##\s.*\{#([\w-]+)\}\s*$", source, re.MULTILINE))


def render(source: str, pictures: Mapping[str, Picture] | None = None, *, first: bool = True) -> Body:
    """Convert Markdown that `check_source` let through; for `pictures` and `first` see `finish`."""
    return finish(convert(source), pictures or {}, first=first)


def convert(source: str) -> str:
    """Markdown that `check_source` let through as harmless HTML: the slow part of `render`, which can be kept."""
    with _one_at_a_time:
        converted = _converter().reset().convert(LINT_OK.sub("", source))
    return nh3.clean(converted, tags=TAGS, attributes=ATTRIBUTES, link_rel=None, url_schemes=set(SAFE_SCHEMES))


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


def _refuse_ids(source: str, first_line: int) -> None:
    seen: set[str] = set()
    for match in GIVEN_ID.finditer(source):
        line, name = source.count("\n", 0, match.start()) + first_line, match[1]
        if name in OWN_IDS:
            raise Unreadable(line, "text", f"names a heading '{name}', as the page itself does", "choose another name")
        if name in seen:
            raise Unreadable(line, "text", f"names two headings '{name}'", "choose another name for one")
        seen.add(name)


def _refuse_bulk(source: str, first_line: int) -> None:
    if source.count("\n") > MOST_LINES:
        raise Unreadable(first_line + MOST_LINES, "text", f"has more than {MOST_LINES} lines", "make two texts of it")
    if len(source) <= LONGEST_BLOCK and source.count("[") <= MOST_BRACKETS:
        return
    line = first_line
    for block in re.split(r"(\n[ \t]*\n)", source):
        if len(block) > LONGEST_BLOCK:
            raise Unreadable(line, "text", f"has a paragraph of {len(block)} characters", "put empty lines into it")
        if block.count("[") > MOST_BRACKETS:
            raise Unreadable(line, "text", f"has a paragraph with {block.count('[')} brackets", "make several of it")
        line += block.count("\n")


def _refuse_unsafe(source: str, first_line: int) -> None:
    if "<" not in source and "](" not in source and "]:" not in source:
        return
    without_code = CODE.sub(lambda m: " " * len(m.group()), source) if "`" in source or "~~~" in source else source
    for match in TAG.finditer(LINT_OK.sub(lambda m: " " * len(m.group()), without_code)) if "<" in source else ():
        line = source.count("\n", 0, match.start()) + first_line
        raise Unreadable(line, "text", f"holds HTML ({match.group()[:30]})", "use Markdown only")
    for match in [*LINK.finditer(without_code), *AUTOLINK.finditer(without_code)]:
        written = next(number for number, group in enumerate(match.groups(), 1) if group)
        target = html.unescape(match[written])
        scheme = SCHEME.match(re.sub(r"[\x00-\x20]", "", target))
        if scheme and scheme.group(1).lower() not in SAFE_SCHEMES:
            line = source.count("\n", 0, match.start(written)) + first_line
            raise Unreadable(line, "text", f"links to '{target[:40]}'", "link to a page, https:, mailto: or tel:")


def _refuse_shape(source: str, first_line: int) -> None:
    level, fenced = 1, False
    for number, line in enumerate(source.split("\n"), first_line):
        if not line or line[0].isalpha():
            continue  # prose, as almost every line is
        if line.startswith(("```", "~~~")):
            fenced = not fenced
        if fenced:
            continue
        if len(line) - len(line.lstrip(" >\t-*+")) > DEEPEST_INDENT:
            raise Unreadable(number, "text", "is nested too deeply", "use three levels of lists at most")
        heading = HEADING.match(line)
        if heading:
            depth = len(heading.group(1))
            if depth == 1:
                raise Unreadable(number, "text", "has a heading of the first level", "the title is that; begin with ##")
            if depth > level + 1:
                raise Unreadable(
                    number, "text", f"jumps from a level {level} to a level {depth} heading", "leave no level out"
                )
            level = depth


def _sections(converted: str) -> Iterator[Section]:
    parts = re.split(r'<h2(?: id="([^"]*)")?[^>]*>(.*?)</h2>', converted, flags=re.DOTALL)
    for i in range(1, len(parts), 3):
        yield Section(parts[i] or "", plain(parts[i + 1]), parts[i + 2].strip())
