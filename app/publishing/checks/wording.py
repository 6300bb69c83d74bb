"""Wording that must not reach a reader: the words stand in `content/lint/wording.yml`, the way to find them here.

Whole words with their inflections, in every line a reader or a search engine sees. A line that says why a claim is
wrong may carry `lint-ok: reason` (in a comment of Markdown or YAML) and is then listed instead of refused. What counts
as read is in `readable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.publishing.checks.readable import Readable, readable
from app.publishing.checks.wording_rules import Ban, Graded, Review, Rule, WordingRules
from app.publishing.schema.problems import Problem

#: Lines of front matter that name people of the practice, who are to be named.
OUR_OWN = ("author:", "reviewed_by:")


def check_wording(
    path: str,
    text: str,
    rules: WordingRules,
    *,
    about_a_person: bool = False,
    evidence: frozenset[str] | None = None,
) -> tuple[Problem, ...]:
    """Every hit in a file's whole text. `about_a_person`: also look for what tells who the person is.

    `evidence` are the ids of the claims that the text names, None for a kind of text that has no place for them.

    Errors keep the file from being shown; hits on a waived line come back as severity `waived` with their reason.
    """
    seen = readable(text, data_file=not path.endswith(".md"))
    found = [_fault(path, line, "lint-ok gives no reason", "say why the words may stand") for line in _bare(seen)]
    mend = "write <!-- lint-ok: reason --> in the text, or # lint-ok: reason in the front matter"
    found += [_fault(path, line, "lint-ok does not stand in a comment of its own", mend) for line in seen.stray]
    found += [_fault(path, *odd) for odd in seen.odd]
    for first_line, words in ((1, seen.text), *seen.asides):
        found += _said(path, words, first_line, rules, seen, evidence)
        if about_a_person and rules.any_mark.search(words):
            found += _identifying(path, words, first_line, rules, seen)
    return tuple(found)


def check_address(path: str, slug: str, rules: WordingRules) -> Iterator[Problem]:
    """Remarks on an address that says what must not be said: people and search engines read it too."""
    for rule, match in _hits(slug.replace("-", " "), rules):
        if isinstance(rule, Ban):
            said = f"makes an address that says '{match.group()}'"
            yield Problem(path, 1, "file", said, "choose another name, unless it asks or denies", "warning")


def _said(
    path: str, text: str, first_line: int, rules: WordingRules, seen: Readable, evidence: frozenset[str] | None
) -> Iterator[Problem]:
    for rule, match in _hits(text, rules):
        if isinstance(rule, Graded) and (evidence is None or not evidence.isdisjoint(rule.claims)):
            continue
        line, reason = _line_and_reason(text, match, first_line, seen)
        words = re.sub(r"\s+", " ", match.group())
        if reason:
            yield Problem(path, line, "text", f"'{words}' may stand: {reason}", "", "waived")
        elif isinstance(rule, Ban):
            yield Problem(path, line, "text", f"says '{words}': {rule.because}", rule.instead)
        elif isinstance(rule, Review):
            yield Problem(path, line, "text", f"says '{words}'", rule.because, "warning")
        else:
            mend = f"name {' or '.join(rule.claims)} in evidence, with what may be said of it"
            yield Problem(path, line, "text", f"says '{words}' without its evidence", mend, "warning")


def _hits(text: str, rules: WordingRules) -> Iterator[tuple[Rule, re.Match[str]]]:
    """Each rule at each place where it applies, in order of places.

    Every place is tried by itself, so that a hit on a waived line cannot swallow one that begins inside it.
    """
    found = {
        (place, number): match
        for word, phrases in rules.openings_in(text).items()
        for place in _places(text, word)
        for number, pattern in phrases
        if (match := pattern.match(text, place))
    }
    for place, number in sorted(found):
        rule, match = rules.patterns[number][1], found[place, number]
        if not (isinstance(rule, Ban) and rule.excuses(match)):
            yield rule, match


def _places(text: str, word: str) -> Iterator[int]:
    """Where `word` stands as a whole word, or as the beginning of a hyphenated one."""
    place, length, end = text.find(word), len(word), len(text)
    while place >= 0:
        after = place + length
        if after == end or not text[after].isalnum():
            yield place
        place = text.find(word, after)


def _identifying(path: str, text: str, first_line: int, rules: WordingRules, seen: Readable) -> Iterator[Problem]:
    for pattern, finds in rules.marks:
        for match in pattern.finditer(text):
            if text.startswith(OUR_OWN, text.rfind("\n", 0, match.start()) + 1):
                continue
            line, reason = _line_and_reason(text, match, first_line, seen)
            words = match.group().strip()
            if reason:
                yield Problem(path, line, "text", f"'{words}', {finds}, may stand: {reason}", "", "waived")
            else:
                said = f"'{words}' looks like {finds}"
                yield Problem(path, line, "text", said, "leave out what could tell who the person is")


def _line_and_reason(text: str, match: re.Match[str], first_line: int, seen: Readable) -> tuple[int, str]:
    """Where the hit begins, and why it may stand there: only when every line that it touches is waived."""
    line = text.count("\n", 0, match.start()) + first_line
    reasons = [seen.waivers.get(n, "") for n in range(line, line + match.group().count("\n") + 1)]
    return line, reasons[0] if all(reasons) else ""


def _bare(seen: Readable) -> list[int]:
    return [number for number, reason in seen.waivers.items() if not reason]


def _fault(path: str, line: int, message: str, mend: str) -> Problem:
    return Problem(path, line, "text", message, mend)
