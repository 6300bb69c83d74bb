"""What a reader sees of a file, line for line: the text without its marks, so that no mark can hide a word.

Emphasis inside a phrase, soft hyphens, spaces without width, entities, links and escapes are taken away; what stands
apart from the text (titles of links and pictures, values of attributes) is read beside it. Lines keep their numbers.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

import yaml

from app.publishing.checks.letters import as_seen, odd_letters
from app.publishing.schema.fields import typographic

FENCE = "---"
MARK = "lint-ok"
#: The one form in which a line of Markdown is let through; it is taken out before the text is shown.
LINT_OK = re.compile(r"<!--[ \t]*lint-ok:((?:[^<>\n-]|-(?!->)|<(?!!--))*+)-->")
_YAML_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*lint-ok:[ \t]*(.*?)[ \t]*$")
#: Keys whose values nobody reads as prose.
_SILENT_KEYS = re.compile(
    r"^(?:slug|aliases|status|publish_at|expires_at|updated_at|reviewed_at|review_due|regions?|techniques"
    r"|related|treatments?|case_study|safety|src|kind|order|consent|hours|rooms)\s*:.*",
    re.MULTILINE,
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
#: As browsers read them: a number needs no semicolon, nor do some names.
_ENTITY = re.compile(r"&#?\w+;?")
#: A value in quotes that holds an escape, or goes on in the next line.
_INTRICATE = re.compile(r"[:,{\[-][ \t]+(?:\"(?:[^\"\\\n]*\\|[^\"\n]*$)|'(?:[^'\n]|'')*$)", re.MULTILINE)
_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_UNDERSCORES = re.compile(r"_+")
_QUOTE = re.compile(r"^(?:[ \t]*>)+", re.MULTILINE)
_TITLE = r"(\"[^\"]*\"|'[^']*'|\([^()]*\))"
_TARGET = re.compile(rf"\]\(\s*(?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+{_TITLE})?\s*\)")
_DEFINITION = re.compile(rf"^[ ]{{0,3}}\[(?!\^)[^\]\n]+\]:[ \t]*\S+(?:\s+{_TITLE})?[ \t]*$", re.MULTILINE)
_LABEL = re.compile(r"\]\[[^\]\n]*\]|\[\^[^\]\n]+\]:?|!\[|\[|\]")
_ATTRIBUTES = re.compile(r"\{:?(?:[ \t]|[#.][\w:-]+|[\w:-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'{}]+))+\}")
_LINE_MARK = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]|[-+][ \t]|\d+\.[ \t]|:[ \t]|\|?[ \t]*:?-{3,}[-:| \t]*$|!!![^\n]*$)|\|", re.MULTILINE
)
#: A heading, without its mark, that needs one on the same line as the words below it.
_UNENDED = re.compile(r"^#{1,6}[ \t]*([^\n]*[\w)”’])[ \t]*$", re.MULTILINE)
_VALUE = re.compile(r"=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'{}]+))")


@dataclass(slots=True)
class Readable:
    """`text` has the lines of the file; `asides` are words that stand apart from it, each with its line.

    `waivers` gives the reason by line; `stray` the lines where a waiver stands outside a comment; `odd` what nobody
    writes by accident: line, what is wrong, how to mend it.
    """

    text: str
    asides: list[tuple[int, str]] = field(default_factory=list)
    waivers: Mapping[int, str] = field(default_factory=dict)
    stray: tuple[int, ...] = ()
    odd: tuple[tuple[int, str, str], ...] = ()


def readable(text: str, *, data_file: bool = False) -> Readable:
    """Take the marks away. A `data_file` is YAML throughout; any other file is Markdown below its front matter."""
    front, body = (text, "") if data_file else _halves(text)
    found = Readable("")
    if MARK in text:
        found.waivers, found.stray = _waivers(front, body)
        front = "\n".join(_YAML_COMMENT.sub("", line) if MARK in line else line for line in front.split("\n"))
        body = LINT_OK.sub("", body)
    first = front.count("\n") + 1
    if _INTRICATE.search(front):
        front = _values_apart(front, found.asides)
    front, body = _unmarked(_SILENT_KEYS.sub("", front)), _unmarked(body)
    found.odd = tuple(odd_letters(front + body))
    found.text = as_seen(front) + _without_markup(as_seen(body), first, found.asides)
    return found


def words_of(body: str) -> str:
    """The words of Markdown on one line, without its marks: what is searched, and shown of it."""
    text = _without_markup(_unmarked(LINT_OK.sub("", body)), 1, [])
    text = _UNENDED.sub(r"\1.", text)
    return typographic(" ".join(_UNSEEN.sub("", _LINE_MARK.sub(" ", text)).split()))


def _values_apart(front: str, asides: list[tuple[int, str]]) -> str:
    """Values that YAML puts together of several lines, or of escapes, are read beside the rest."""
    lines = front.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    kept, end = "", 0
    for token in _scalars(front):
        first, last = token.start_mark, token.end_mark
        written = front[starts[first.line] + first.column : starts[last.line] + last.column]
        if token.style in ('"', "'") and ("\n" in written or "\\" in written):
            asides.append((first.line + 1, as_seen(_unmarked(_on_one_line(token.value)))))
            kept += front[end : starts[first.line] + first.column] + "\n" * written.count("\n")
            end = starts[last.line] + last.column
    return kept + front[end:]


def _halves(text: str) -> tuple[str, str]:
    """The front matter with its two fences, and what stands below them."""
    if not text.startswith(FENCE):
        return "", text
    end = re.compile(r"^---[ \t]*$\n?", re.MULTILINE).search(text, len(FENCE))
    return (text[: end.end()], text[end.end() :]) if end else (text, "")


def _unmarked(text: str) -> str:
    """The text without emphasis, and with what its entities stand for."""
    if "&" in text:
        text = _ENTITY.sub(lambda m: _on_one_line(html.unescape(m[0])), text)
    text = text.replace("*", "").replace("`", "").replace("~~", "")
    return _UNDERSCORES.sub(_inside_a_word, text) if "_" in text else text


def _inside_a_word(match: re.Match[str]) -> str:
    """Underscores between letters are letters to a reader; beside a word they are emphasis."""
    text, (start, end) = match.string, match.span()
    return match[0] if start and end < len(text) and text[start - 1].isalnum() and text[end].isalnum() else ""


def _on_one_line(text: str) -> str:
    return re.sub(r"\s", " ", text)


def _without_markup(body: str, first_line: int, asides: list[tuple[int, str]]) -> str:
    def apart(match: re.Match[str], words: str | None, start: int) -> str:
        """Keep what is taken out of the text beside it, and the line ends it held in the text."""
        if words:
            asides.append((body.count("\n", 0, start) + first_line, words))
        return "\n" * match[0].count("\n")

    def titled(match: re.Match[str]) -> str:
        return apart(match, match[1] and match[1][1:-1], match.start())

    def attributes(match: re.Match[str]) -> str:
        return apart(match, " ¦ ".join(a or b or c for a, b, c in _VALUE.findall(match[0])), match.start())

    if "]" in body:
        body = _TARGET.sub(titled, body)
        body = _DEFINITION.sub(titled, body) if "]:" in body else body
    if "{" in body:
        body = _ATTRIBUTES.sub(attributes, body)
    if "[" in body:
        body = _LABEL.sub("", body)
    if ">" in body:
        body = _QUOTE.sub("", body)
    return _ESCAPE.sub("", body) if "\\" in body else body


def _waivers(front: str, body: str) -> tuple[dict[int, str], tuple[int, ...]]:
    """The reason by line, and the lines whose waiver does not count.

    A comment counts for the line that it stands on; alone on its line, for the next one.
    """
    found: dict[int, str] = {}
    stray = []
    scalars = list(_scalars(front)) if MARK in front else []
    lines = front.split("\n")
    for number, line in enumerate(lines[:-1] + body.split("\n") if body or lines[-1] == "" else lines, 1):
        if MARK not in line:
            continue
        in_front = number < len(lines) or not body
        match = _YAML_COMMENT.search(line) if in_front else LINT_OK.search(line)
        if match is None or (in_front and any(_is_inside(s, number - 1, match.start()) for s in scalars)):
            stray.append(number)
            continue
        alone = line.strip() == match[0].strip()
        reason = match[1].strip()
        found.setdefault(number + 1 if alone else number, reason)
        if not alone:
            found[number] = reason
    return found, tuple(stray)


def _scalars(front: str) -> Iterator[yaml.ScalarToken]:
    """The values of the front matter with where they begin and end (line and column from 0)."""
    inside = re.sub(r"^---[ \t]*$", "", front, flags=re.MULTILINE)
    try:
        for token in yaml.scan(inside, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            if isinstance(token, yaml.ScalarToken):
                yield token
    except yaml.YAMLError:
        return  # the file is refused for it elsewhere


def _is_inside(token: yaml.ScalarToken, line: int, column: int) -> bool:
    """Whether a place stands inside a value, where a # begins no comment."""
    start, end = token.start_mark, token.end_mark
    return (start.line, start.column) <= (line, column) < (end.line, end.column)
