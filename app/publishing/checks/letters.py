"""Letters that look like others: a reader sees "heals" whatever alphabet its letters come from, and so does the check.

What a person types by accident (a ligature, an accent, a letter of full width) is read as what it looks like. What
nobody types by accident (one word of two alphabets, marks that turn the direction of writing) is told as a fault.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

#: What edited text has, and looks like nothing else.
_PRINT = "’‘“”…"
_NEEDS_A_LOOK = re.compile(rf"[^\x00-\x7f{_PRINT}]")
_DASH_IN_A_WORD = re.compile(r"[\u2012-\u2015\u2212](?<=[^\W\d_].)(?=[^\W\d_])")
#: One word written with gaps between its letters: c u r e, c-u-r-e, c. u. r. e. A lone "a" behind it is a word.
_SPACED = re.compile(
    r"(?<![^\W_])[^\W\d_](?P<gap>[.·-][^\S\n]?|[^\S\n])[^\W\d_](?:(?P=gap)(?![aAI]\s\w\w)[^\W\d_])+(?![^\W_])"
)
#: Almost no text has lone letters side by side, and this tells quickly: one in the middle of such a word.
_LONE = re.compile(r"[\s.-][b-hj-zB-HJ-Z][\s.-]")
_ODD_LETTER = re.compile("[\u0370-\u1cff\u2c80-\u2cff\ua4d0-\ua4ff\ua640-\ua69f\uab70-\uabbf]")
_LETTERS = re.compile(r"[^\W_]+")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: Alphabets with letters that look like Latin ones.
_ALIKE = frozenset({"CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE", "GEORGIAN", "LISU"})
_LOOKS_LIKE = dict(
    zip(
        "аеорсухіјѕһӏԁԛԝкмтвАВЕКМНОРСТУХІЈЅαεικνορτυχηγΑΒΕΖΗΙΚΜΝΟΡΤΥΧօսհոɑɡıǀ",
        "aeopcyxijshldqwkmtbABEKMHOPCTYXIJSaeiknoptuxnyABEZHIKMNOPTYXouhnagil",
        strict=True,
    )
)
_NAME = re.compile(
    r"(?:LATIN (?:(?:SMALL|CAPITAL) )?LETTER (?:SMALL CAPITAL )?|(?:SQUARED|CIRCLED) LATIN (?:CAPITAL|SMALL) LETTER"
    r" |REGIONAL INDICATOR SYMBOL LETTER )([A-Z])(?: WITH .*)?$"
)


def as_seen(text: str) -> str:
    """The text in the letters, hyphens and spaces that it looks to be written in. Line ends stay."""
    if not text.isascii() and _NEEDS_A_LOOK.search(text):
        text = _NEEDS_A_LOOK.sub(lambda match: _plain(match[0]), _DASH_IN_A_WORD.sub("-", text))
    if _LONE.search(text):
        return _SPACED.sub(lambda match: re.sub(r"[\s.·-]", "", match[0]), text)
    return text


def odd_letters(text: str) -> Iterator[tuple[int, str, str]]:
    """Line from 1, what is wrong and how to mend it, for what nobody writes by accident."""
    if text.isascii() or not _NEEDS_A_LOOK.search(text):
        return
    for match in _TURNING.finditer(text):
        said = "holds a mark that turns the direction of writing"
        yield text.count("\n", 0, match.start()) + 1, said, "type the line anew, without pasting it"
    for match in _LETTERS.finditer(text) if _ODD_LETTER.search(text) else ():
        if {"LATIN"} < {_alphabet(letter) for letter in match[0]} & {"LATIN", *_ALIKE}:
            said = f"writes '{match[0]}' with letters of two alphabets"
            yield text.count("\n", 0, match.start()) + 1, said, "type the word anew"


def _alphabet(letter: str) -> str:
    return unicodedata.name(letter, "?").split()[0]


@cache
def _plain(mark: str) -> str:
    """What one mark looks like: a plain letter or two, a hyphen, a space, or nothing."""
    if mark in "–—£€°×·•½¼¾" or mark in _LOOKS_LIKE:
        return _LOOKS_LIKE.get(mark, mark)
    named = _NAME.search(unicodedata.name(mark, ""))
    if named:
        return named[1] if "CAPITAL LETTER" in unicodedata.name(mark) else named[1].lower()
    kind = unicodedata.category(mark)
    if kind in ("No", "Zs", "Zl", "Zp") or mark in "™℠®©":
        return " "  # a raised number or mark ends the word before it
    if kind in ("Mn", "Me", "Cf") or "FILLER" in unicodedata.name(mark, ""):
        return ""
    if mark in "\u2010\u2011\ufe63\uff0d":
        return "-"
    parts = unicodedata.normalize("NFKD", mark)
    return "".join(_LOOKS_LIKE.get(part, part) for part in parts if unicodedata.category(part) != "Mn")
