"""The rules of `content/lint/wording.yml`: what must not be said, what a person must look at, what needs evidence."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from app.publishing.checks.phrases import WORD, opening_of, pattern_of, phrase_fault
from app.publishing.schema.fields import ClaimId, Line, Strict

#: An innocent phrase around some words is at most so many characters longer on either side.
INNOCENT_WITHIN = 150
#: So many different words are remembered as those that begin no phrase.
MOST_REMEMBERED = 50_000
#: So many stay when the texts are read: the next one that is changed shares most of its words with the last.
WORDS_AT_HAND = 5_000


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
        self.forget_words(beyond=MOST_REMEMBERED)
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

    def forget_words(self, *, beyond: int = WORDS_AT_HAND) -> None:
        """Give back the memory of the words that were met, if they are many."""
        if len(self._harmless) > beyond:
            self._met.clear()
            self._harmless.clear()


def _begins_at_a_word(pattern: str) -> bool:
    """Whether all of a pattern stands behind its first word boundary: no other way at its outermost level."""
    outside = re.sub(r"\\.|\[[^\]]*\]", "", pattern)
    while "(" in outside and (inner := re.sub(r"\([^()]*\)", "", outside)) != outside:
        outside = inner
    return pattern.startswith(r"\b") and "|" not in outside and "(?" not in outside
