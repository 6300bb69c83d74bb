"""What Markdown may not hold here, told before anything is converted: raw HTML, unsafe links, headings out of order.

Every fault of a text is told at once, each with its line. What counts as code is what the converter takes for it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice

from app.publishing.checks.quoted_code import without_code
from app.publishing.checks.readable import LINT_OK
from app.publishing.pictures.names import picture_faults
from app.publishing.schema.problems import Unreadable

TAG = re.compile(r"<(?:/?[a-zA-Z][\w-]*(?:[\s/][^<>]*)?>|!--|![A-Za-z][^<>]*>)", re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|^\s*\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
AUTOLINK = re.compile(r"<([a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]*)>")
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
GIVEN_ID = re.compile(r"^#{2,6}.*\{:?\s*#([\w-]+)\s*\}\s*$", re.MULTILINE)
#: Names of parts that the pages themselves have: a heading of a text with one of them would be found in vain.
OWN_IDS = frozenset(
    {"evidence", "first", "limits", "main", "next", "preview", "questions", "safe", "story", "tech"},
)
#: The converter makes a heading of these wherever they stand, and needs no space behind them.
HEADING = re.compile(r"[ \t]*(?:(?:>|[-*+]|\d{1,3}\.)[ \t]*)*(#{1,6})")
UNDERLINE = re.compile(r"(=+|-+) *$")
DEEPEST_INDENT = 24
#: What nobody writes, and what would keep the converter busy for minutes: it looks ahead from each bracket.
MOST_LINES, LONGEST_BLOCK, MOST_BRACKETS = 3000, 10_000, 300
#: So many faults of one text are told: a file that is no text of ours has thousands.
MOST_TOLD = 25


def check_source(source: str, *, first_line: int = 1) -> None:
    """Raises the first of `source_faults`, if there is one."""
    for fault in source_faults(source, first_line=first_line):
        raise fault


def source_faults(source: str, *, first_line: int = 1) -> tuple[Unreadable, ...]:
    """What is wrong with a text: all of it, up to `MOST_TOLD`. Of what is too much to look into, only that."""
    bulk = next(_bulk(source, first_line), None)
    if bulk:
        return (next(_shape(source, first_line), bulk),)
    plain = without_code(LINT_OK.sub(lambda match: " " * len(match.group()), source))
    found = [
        *islice(_shape(plain, first_line), MOST_TOLD),
        *islice(_unsafe(plain, first_line), MOST_TOLD),
        *islice(_ids(plain, first_line), MOST_TOLD),
        *islice(picture_faults(plain, first_line=first_line), MOST_TOLD),
    ]
    return tuple(sorted(found, key=lambda fault: fault.line)[:MOST_TOLD])


def _bulk(source: str, first_line: int) -> Iterator[Unreadable]:
    if source.count("\n") > MOST_LINES:
        yield Unreadable(first_line + MOST_LINES, "text", f"has more than {MOST_LINES} lines", "make two texts of it")
    if len(source) <= LONGEST_BLOCK and source.count("[") <= MOST_BRACKETS:
        return
    line = first_line
    for block in re.split(r"(\n[ \t]*\n)", source):
        if len(block) > LONGEST_BLOCK:
            yield Unreadable(line, "text", f"has a paragraph of {len(block)} characters", "put empty lines into it")
        if block.count("[") > MOST_BRACKETS:
            yield Unreadable(line, "text", f"has a paragraph with {block.count('[')} brackets", "make several of it")
        line += block.count("\n")


def _shape(source: str, first_line: int) -> Iterator[Unreadable]:
    level, before = 1, ["", ""]
    for number, line in enumerate(source.split("\n"), first_line):
        before = [before[-1], line]
        if not line or line[0].isalpha() or line.isspace():
            continue  # prose, as almost every line is, or blanks where code stood
        if len(line) - len(line.lstrip(" >\t-*+")) > DEEPEST_INDENT:
            yield Unreadable(number, "text", "is nested too deeply", "use three levels of lists at most")
            return
        depth = _depth(line, before[0])
        if depth == 1:
            mend = "the title is that; begin with ##, and write \\# for a plain #"
            yield Unreadable(number, "text", "has a heading of the first level", mend)
        elif depth > level + 1:
            said = f"jumps from a level {level} to a level {depth} heading"
            yield Unreadable(number, "text", said, "leave no level out")
        level = depth or level


def _depth(line: str, above: str) -> int:
    """The level of a heading; 0 for what is none. A line of = or - makes one of the line above it."""
    heading = HEADING.match(line)
    if heading:
        return len(heading[1])
    underline = UNDERLINE.match(line) if above.strip() and not HEADING.match(above) else None
    return 0 if underline is None else 1 if line[0] == "=" else 2


def _unsafe(source: str, first_line: int) -> Iterator[Unreadable]:
    if "<" not in source and "](" not in source and "]:" not in source:
        return
    last = 0
    for match in TAG.finditer(source) if "<" in source else ():
        line = source.count("\n", 0, match.start()) + first_line
        if line != last:
            yield Unreadable(line, "text", f"holds HTML ({match.group()[:30]})", "use Markdown only")
        last = line
    for match in [*LINK.finditer(source), *AUTOLINK.finditer(source)]:
        written = next(number for number, group in enumerate(match.groups(), 1) if group)
        target = html.unescape(match[written])
        scheme = SCHEME.match(re.sub(r"[\x00-\x20]", "", target))
        if scheme and scheme.group(1).lower() not in SAFE_SCHEMES:
            line = source.count("\n", 0, match.start(written)) + first_line
            yield Unreadable(line, "text", f"links to '{target[:40]}'", "link to a page, https:, mailto: or tel:")


def _ids(source: str, first_line: int) -> Iterator[Unreadable]:
    seen: set[str] = set()
    for match in GIVEN_ID.finditer(source):
        line, name = source.count("\n", 0, match.start()) + first_line, match[1]
        if name in OWN_IDS:
            yield Unreadable(line, "text", f"names a heading '{name}', as the page itself does", "choose another name")
        elif name in seen:
            yield Unreadable(line, "text", f"names two headings '{name}'", "choose another name for one")
        seen.add(name)
