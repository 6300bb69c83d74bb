"""The small types that front matter is made of. YAML arrives as text; each type says in plain words what it wants."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app.publishing.pictures.names import LONGEST_ALT, alt_fault, name_fault

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Strict(BaseModel):
    """A frozen value that knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _slug(value: str) -> str:
    if not SLUG.fullmatch(value):
        raise ValueError(
            f"'{value}' is no name of a file; use small letters, digits and single hyphens, like lower-back"
        )
    return value


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"'{value}' is not a date; write it like 2026-11-24") from None
    return value


def _instant(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        instant = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(f"'{value}' is not a time; write it like 2026-11-24T09:00+00:00") from None
    if instant.tzinfo is None:
        raise ValueError("a time needs its zone; write it like 2026-11-24T09:00+00:00")
    return instant


def _clock(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return time.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"'{value}' is not a time of day; write it like \"09:00\"") from None
    return value


def _yes(value: Any) -> Any:
    words = {"true": True, "yes": True, "false": False, "no": False}
    if isinstance(value, str):
        if value.strip().lower() not in words:
            raise ValueError(f"'{value}' is neither yes nor no; write true or false")
        return words[value.strip().lower()]
    return value


def _weekday(value: Any) -> Any:
    if isinstance(value, str):
        if value.strip().lower()[:3] not in DAYS:
            raise ValueError(f"'{value}' is not a day; write one of {', '.join(DAYS)}")
        return DAYS.index(value.strip().lower()[:3])
    return value


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({v for v in values if values.count(v) > 1})
    if twice:
        raise ValueError(f"lists {', '.join(twice)} twice; take one of the two out")
    return values


def _picture_name(value: str) -> str:
    fault = name_fault(value)
    if fault:
        raise ValueError("; ".join(fault))
    return value


def _alt(value: str) -> str:
    fault = alt_fault(value)
    if fault:
        raise ValueError("; ".join(fault))
    return value


def _claim(value: str) -> str:
    if not re.fullmatch(r"C\d{2}", value):
        raise ValueError(f"'{value}' is not the id of a claim; write it like C20, as in claims.yml")
    return value


def typographic(text: str) -> str:
    """Curly quotes and apostrophes, a real dash and ellipsis, and no line break between a number and its unit."""
    for needle, pattern, mark in _MARKS:
        if needle in text:
            text = pattern.sub(mark, text)
    return unbroken(text)


def unbroken(text: str) -> str:
    """No line break between a number and its unit; good for HTML too."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", text) if _DIGIT.search(text) else text


_UNITS = "minutes?|hours?|days?|weeks?|months?|years?|times|visits?|people|trials|studies|points?|men|women"
_DIGIT = re.compile(r"\d [a-z]")
_UNIT = re.compile(rf"(?<=\d) (?=(?:{_UNITS})\b)")
#: What a text must hold to be changed, where, and into what; in this order.
_MARKS = (
    ("'", re.compile(r"(?<=\w)'|'(?=\d0s)"), "’"),
    ("'", re.compile(r"(^|[\s(\[–—“])'"), r"\1‘"),
    ("'", re.compile("'"), "’"),
    ('"', re.compile(r'(^|[\s(\[–—‘])"'), r"\1“"),
    ('"', re.compile('"'), "”"),
    ("-", re.compile(r"\s--?\s"), " – "),
    ("...", re.compile(r"\.\.\."), "…"),
)

Slug = Annotated[str, AfterValidator(_slug)]
Slugs = Annotated[tuple[Slug, ...], AfterValidator(_unique)]
Day = Annotated[date, BeforeValidator(_date)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Clock = Annotated[time, BeforeValidator(_clock)]
Flag = Annotated[bool, BeforeValidator(_yes)]
Weekday = Annotated[int, BeforeValidator(_weekday)]
Line = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(typographic)]
Title = Annotated[str, Field(min_length=3, max_length=90), AfterValidator(typographic)]
Summary = Annotated[str, Field(min_length=20, max_length=160), AfterValidator(typographic)]
PictureName = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_picture_name)]
Alt = Annotated[str, Field(max_length=LONGEST_ALT), AfterValidator(_alt), AfterValidator(typographic)]
Answer = Annotated[str, Field(min_length=1, max_length=900), AfterValidator(typographic)]
ClaimId = Annotated[str, AfterValidator(_claim)]
Minutes = Annotated[int, Field(ge=0, le=480, multiple_of=5)]
Minor = Annotated[int, Field(ge=0, le=10_000_000)]
