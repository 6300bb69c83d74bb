"""Phrases of the wording rules become patterns: whole words with their inflections, in a small language for editors.

A space stands for any space, a hyphen or a line end; `a/b` for either word; `*` for up to three other words between
two. So `improve/boost * performance` finds "boosting your sporting performance".
"""

from __future__ import annotations

import re

WORD = re.compile(r"\w+")
#: Words that have one form.
UNINFLECTED = frozenset({"and", "the", "for", "out", "one", "your", "from", "more", "less", "into"})
#: Between two words of a phrase: never over an empty line, nor into the next point of a list.
_MARK = r"[^\S\n]|-|\n(?![ \t]*(?:\n|-[ \t]))"
_BETWEEN = rf"(?:{_MARK})+"
_OTHERS = rf"(?:{_BETWEEN}[\w'’]+){{0,3}}"


def phrase_fault(phrase: str) -> str | None:
    """Why a phrase cannot be one; None when it can."""
    parts = phrase.split()
    if not parts or parts[0] == "*" or parts[-1] == "*":
        return f"'{phrase}' begins or ends with *; it stands for words between two others"
    if any("*" in part and part != "*" for part in parts) or any("" in part.split("/") for part in parts):
        return f"'{phrase}' cannot be read; write * with spaces around it, and a/b for either of two words"
    return None


def pattern_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for any of the phrases."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_of_one, phrases))})(?!\w)", re.IGNORECASE)


def opening_of(phrase: str) -> re.Pattern[str]:
    """A pattern for the whole first word of a phrase; of "pain-free" that is "pain", or "painfree"."""
    return re.compile("|".join(map(_opening, phrase.split()[0].split("/"))), re.IGNORECASE)


def _of_one(phrase: str) -> str:
    pattern = ""
    for part in phrase.split():
        if part == "*":
            pattern += _OTHERS
            continue
        choices = "|".join(map(_inflected, part.split("/")))
        pattern += (_BETWEEN if pattern else "") + (f"(?:{choices})" if "/" in part else choices)
    return pattern


def _opening(word: str) -> str:
    parts = WORD.findall(word)
    if len(parts) < 2:
        return _inflected(word) if parts == [word] else re.escape("".join(parts))
    return f"{re.escape(parts[0])}|{_inflected(''.join(parts))}"


def _inflected(word: str) -> str:
    """heal -> heals, healed, healing, healer; cure -> curing; remedy -> remedies; flush -> flushes; fix -> fixes.

    A hyphen may be written as such, as a space, or not at all.
    """
    if "-" in word.strip("-"):
        *parts, last = word.strip("-").split("-")
        return rf"(?:{_MARK})*".join([*map(re.escape, parts), _inflected(last)])
    if not word.isalpha() or len(word) < 3 or word in UNINFLECTED:
        return re.escape(word)
    if word[-1] == "e":
        return rf"{word[:-1]}(?:e|es|ed|ing|er|ers)"
    if word[-1] == "y" and word[-2] not in "aeiou":
        return rf"{word[:-1]}(?:y|ies|ied|ying)"
    return rf"{word}(?:s|es|ed|ing|er|ers|{word[-1]}ed|{word[-1]}ing)?"
