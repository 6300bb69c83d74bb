"""Wording that must not reach a reader: the words stand in `content/lint/wording.yml`, the way to find them here.

Whole words with their inflections, in every line a reader or a search engine sees. A line that says why a claim is
wrong may carry `lint-ok: reason` (in a comment of Markdown or YAML) and is then listed instead of refused. What counts
as read is in `readable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from app.publishing.fields import ClaimId, Line, Strict
from app.publishing.phrases import WORD, opening_of, pattern_of, phrase_fault
from app.publishing.problems import Problem
from app.publishing.readable import Readable, readable

#: Lines of front matter that name people of the practice, who are to be named.
OUR_OWN = ("author:", "reviewed_by:")
#: An innocent phrase around some words is at most so many characters longer on either side.
INNOCENT_WITHIN = 150
#: So many different words are remembered as those that begin no phrase.
MOST_REMEMBERED = 50_000


#: The number of a phrase's rule, and its pattern.
Phrase = tuple[int, re.Pattern[str]]


def _phrase(value: str) -> str:
    fault = phrase_fault(value)
    if fault:
        raise ValueError(fault)
    return value


PhraseLine = Annotated[Line, AfterValidator(_phrase)]
Phrases = Annotated[tuple[PhraseLine, ...], Field(min_length=1)]


class Ban(Strict):
    """Words that are refused, why, and what may be said instead; inside a phrase of `unless` they are innocent."""

    words: Phrases
    unless: tuple[PhraseLine, ...] = ()
    because: Line
    instead: Line

    def excuses(self, match: re.Match[str]) -> bool:
        """Whether the words found stand in an innocent phrase."""
        near = (max(0, match.start() - INNOCENT_WITHIN), match.end() + INNOCENT_WITHIN)
        phrases = self._innocent.finditer(match.string, *near) if self.unless else ()
        return any(found.start() <= match.start() and match.end() <= found.end() for found in phrases)

    @cached_property
    def _innocent(self) -> re.Pattern[str]:
        return pattern_of(self.unless)


class Review(Strict):
    """Words that are allowed, and that a person must look at."""

    words: Phrases
    because: Line


class Graded(Strict):
    """Words that say what research found: a text with them names one of the claims, with its grade, as evidence."""

    words: Phrases
    claims: Annotated[tuple[ClaimId, ...], Field(min_length=1)]


Rule = Ban | Review | Graded


class Identifying(Strict):
    """What could tell who the person of a case study is: a pattern, and what it finds in words."""

    pattern: Line
    finds: Line

    @field_validator("pattern")
    @classmethod
    def _is_one(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"'{value}' is no pattern ({error}); mend it or take it out") from None
        return value


class Limits(Strict):
    """How hard to read a text may be, and how old its review. `grade` is Flesch and Kincaid's."""

    grade: Annotated[int, Field(ge=1, le=20)] = 8
    sentence_words: Annotated[int, Field(ge=5, le=100)] = 35


class WordingRules(Strict):
    """`content/lint/wording.yml`."""

    banned: tuple[Ban, ...] = ()
    review: tuple[Review, ...] = ()
    graded: tuple[Graded, ...] = ()
    identifying: tuple[Identifying, ...] = ()
    limits: Limits = Limits()

    @cached_property
    def patterns(self) -> tuple[tuple[re.Pattern[str], Rule], ...]:
        """Each rule with one pattern for all its words."""
        rules: list[Rule] = [*self.banned, *self.review, *self.graded]
        return tuple((pattern_of(rule.words), rule) for rule in rules)

    @cached_property
    def marks(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """What could tell who somebody is: each pattern with what it finds."""
        return tuple((re.compile(rule.pattern), rule.finds) for rule in self.identifying)

    @cached_property
    def any_mark(self) -> re.Pattern[str]:
        """Finds something wherever one of `marks` does: most texts have none, and one pass says so."""
        at_words = [rule.pattern[2:] for rule in self.identifying if _begins_at_a_word(rule.pattern)]
        others = [f"(?:{rule.pattern})" for rule in self.identifying if not _begins_at_a_word(rule.pattern)]
        try:
            return re.compile("|".join([rf"\b(?:{'|'.join(at_words) or '(?!)'})", *others]))
        except re.error:  # each is right by itself, but they cannot be joined
            return re.compile("")

    @cached_property
    def _phrases(self) -> tuple[tuple[re.Pattern[str], Phrase], ...]:
        """Each phrase with what it begins with."""
        return tuple(
            (opening_of(phrase), (number, pattern_of((phrase,))))
            for number, (_, rule) in enumerate(self.patterns)
            for phrase in rule.words
        )

    @cached_property
    def _any_opening(self) -> re.Pattern[str]:
        """What some phrase begins with, wherever it stands in a word of several parts."""
        openings = "|".join(opening.pattern for opening, _ in self._phrases) or r"(?!)"
        return re.compile(rf"(?<![^\W_])(?:{openings})(?![^\W_])", re.IGNORECASE)

    @cached_property
    def _met(self) -> dict[str, dict[str, tuple[Phrase, ...]]]:
        """What was met between spaces and holds words that a phrase may begin with: these, each with its phrases."""
        return {}

    @cached_property
    def _harmless(self) -> set[str]:
        """What was met between spaces and begins no phrase."""
        return set()

    def openings_in(self, text: str) -> dict[str, tuple[Phrase, ...]]:
        """The words of `text` that some phrase may begin with, each with those phrases and their rules' numbers.

        Texts share their words, and almost none begins a phrase: so few places of a text have to be looked at.
        """
        found: dict[str, tuple[Phrase, ...]] = {}
        if len(self._harmless) > MOST_REMEMBERED:
            self.forget_words()
        for token in set(text.split()) - self._harmless:
            words = self._met.get(token)
            if words is None:
                words = self._openings_of(token) if self._any_opening.search(token) else {}
                if not words:
                    self._harmless.add(token)
                    continue
                self._met[token] = words
            found.update(words)
        return found

    def _openings_of(self, token: str) -> dict[str, tuple[Phrase, ...]]:
        begun = {
            word: tuple(phrase for start, phrase in self._phrases if start.fullmatch(word))
            for word in WORD.findall(token)
        }
        return {word: phrases for word, phrases in begun.items() if phrases}

    def forget_words(self) -> None:
        """Give back the memory of the words that were met: many texts were read, and no more are to come."""
        self._met.clear()
        self._harmless.clear()


def _begins_at_a_word(pattern: str) -> bool:
    """Whether all of a pattern stands behind its first word boundary: no other way at its outermost level."""
    outside = re.sub(r"\\.|\[[^\]]*\]", "", pattern)
    while "(" in outside and (inner := re.sub(r"\([^()]*\)", "", outside)) != outside:
        outside = inner
    return pattern.startswith(r"\b") and "|" not in outside and "(?" not in outside


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
