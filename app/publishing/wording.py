"""Wording that must not reach a reader: the words stand in `content/lint/wording.yml`, the way to find them here.

Whole words with their inflections, in every line a reader or a search engine sees. A line that says why a claim is
wrong may carry `lint-ok: reason` (in a comment of Markdown or YAML) and is then listed instead of refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated

from pydantic import Field

from app.publishing.fields import Line, Strict
from app.publishing.problems import Problem

WORD = re.compile(r"\w+")
WAIVER = re.compile(r"lint-ok:[ \t]*(.*?)[ \t]*(?:-->|$)")
#: Keys whose values nobody reads as prose.
SILENT_KEYS = re.compile(
    r"^(?:slug|aliases|status|publish_at|expires_at|updated_at|reviewed_at|review_due|regions?|techniques|audiences"
    r"|related|treatments?|case_study|safety|src|kind|order|consent|hours|rooms)\s*:"
)


class Ban(Strict):
    """Words that are refused, why, and what may be said instead."""

    words: Annotated[tuple[Line, ...], Field(min_length=1)]
    because: Line
    instead: Line


class Review(Strict):
    """Words that are allowed, and that a person must look at."""

    words: Annotated[tuple[Line, ...], Field(min_length=1)]
    because: Line


class Identifying(Strict):
    """What could tell who the person of a case study is: a pattern, and what it finds in words."""

    pattern: Line
    finds: Line


class Limits(Strict):
    """How hard to read a text may be, and how old its review. `grade` is Flesch and Kincaid's."""

    grade: Annotated[int, Field(ge=1, le=20)] = 8
    sentence_words: Annotated[int, Field(ge=5, le=100)] = 35


class WordingRules(Strict):
    """`content/lint/wording.yml`."""

    banned: tuple[Ban, ...] = ()
    review: tuple[Review, ...] = ()
    identifying: tuple[Identifying, ...] = ()
    limits: Limits = Limits()

    @cached_property
    def patterns(self) -> tuple[tuple[re.Pattern[str], Ban | Review], ...]:
        """Each rule with one pattern for all its words."""
        rules: list[Ban | Review] = [*self.banned, *self.review]
        return tuple((pattern_of(rule.words), rule) for rule in rules)

    @cached_property
    def _openings(self) -> tuple[re.Pattern[str], ...]:
        """For each rule what its phrases may begin with."""
        return tuple(_opening(rule.words) for _, rule in self.patterns)

    @cached_property
    def _known_words(self) -> dict[str, frozenset[int]]:
        return {}

    def rules_for(self, text: str) -> tuple[tuple[re.Pattern[str], Ban | Review], ...]:
        """The rules that can have a hit in `text`: texts share their words, so few patterns have to be run."""
        wanted: set[int] = set()
        for word in set(WORD.findall(text)):
            numbers = self._known_words.get(word)
            if numbers is None:
                numbers = frozenset(n for n, opening in enumerate(self._openings) if opening.fullmatch(word))
                self._known_words[word] = numbers
            wanted |= numbers
        return tuple(self.patterns[n] for n in sorted(wanted))


def pattern_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for whole words with their inflections; spaces match any white space, also a line end."""
    phrases = (r"[\s-]+".join(_inflected(word) for word in phrase.split()) for phrase in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


def _opening(words: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for the whole first word of each phrase; of "pain-free" that is "pain"."""
    firsts = (phrase.split()[0] for phrase in words)
    return re.compile(
        "|".join(_inflected(first if first.isalpha() else WORD.findall(first)[0]) for first in firsts), re.I
    )


def _inflected(word: str) -> str:
    """heal -> heals, healed, healing, healer; cure -> curing; remedy -> remedies; flush -> flushes; fix -> fixes."""
    if not word.isalpha() or len(word) < 3:
        return re.escape(word)
    if word[-1] == "e":
        return rf"{word[:-1]}(?:e|es|ed|ing|er|ers)"
    if word[-1] == "y" and word[-2] not in "aeiou":
        return rf"{word[:-1]}(?:y|ies|ied|ying)"
    return rf"{word}(?:s|es|ed|ing|er|ers|{word[-1]}ed|{word[-1]}ing)?"


def check_wording(path: str, text: str, rules: WordingRules, *, about_a_person: bool = False) -> tuple[Problem, ...]:
    """Every hit in a file's whole text. `about_a_person`: also look for what tells who the person is.

    Errors keep the file from being shown; hits on a waived line come back as severity `waived` with their reason.
    """
    lines = text.split("\n")
    waivers = _waivers(lines)
    readable = "\n".join(_readable(lines))
    found = [Problem(path, n, "text", "lint-ok gives no reason", "say why the words may stand") for n in _bare(waivers)]
    for pattern, rule in rules.rules_for(readable):
        for match in pattern.finditer(readable):
            line = readable.count("\n", 0, match.start()) + 1
            words = re.sub(r"\s+", " ", match.group())
            if waivers.get(line):
                found.append(Problem(path, line, "text", f"'{words}' may stand: {waivers[line]}", "", "waived"))
            elif isinstance(rule, Ban):
                found.append(Problem(path, line, "text", f"says '{words}': {rule.because}", rule.instead))
            else:
                found.append(Problem(path, line, "text", f"says '{words}'", rule.because, "warning"))
    if about_a_person:
        found += _identifying(path, readable, rules, waivers)
    return tuple(found)


def _identifying(path: str, readable: str, rules: WordingRules, waivers: dict[int, str]) -> Iterator[Problem]:
    for rule in rules.identifying:
        for match in re.finditer(rule.pattern, readable):
            line = readable.count("\n", 0, match.start()) + 1
            if not waivers.get(line):
                said = f"'{match.group().strip()}' looks like {rule.finds}"
                yield Problem(path, line, "text", said, "leave out what could tell who the person is")


def _waivers(lines: list[str]) -> dict[int, str]:
    """The reason by line. A comment that stands alone counts for the next line."""
    found: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        match = WAIVER.search(line)
        if match:
            alone = line.strip().startswith(("<!--", "#")) and not line.startswith("##")
            found[number + 1 if alone else number] = match[1]
    return found


def _bare(waivers: dict[int, str]) -> list[int]:
    return [number for number, reason in waivers.items() if not reason]


def _readable(lines: list[str]) -> Iterator[str]:
    """The lines with what no reader sees blanked out, so that numbers stay right."""
    in_front = bool(lines) and lines[0].rstrip() == "---"
    for number, line in enumerate(lines):
        if in_front and number and line.rstrip() == "---":
            in_front = False
        hidden = in_front and SILENT_KEYS.match(line)
        yield "" if hidden else WAIVER.sub("", re.sub(r"\]\([^)]*\)", "]", line))
