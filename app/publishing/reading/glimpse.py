"""What may be known of an article before it is read: its address, dates and filters, and no word that it says.

A first start with thousands of new articles looks at each for a tenth of a millisecond, and reads it wholly, with all
checks, when somebody asks for it or its turn comes: see `turns`. The look is a pattern for front matter that is written
line by line, as our templates write it. For that it finds exactly what the YAML reader and the schema find; for
anything written otherwise it finds nothing, and the file is read wholly at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

from pydantic import ValidationError, create_model

from app.publishing.reading.listed import shared
from app.publishing.schema.fields import SLUG, Strict
from app.publishing.schema.fronts import ArticleFront, Front

T = TypeVar("T")
#: Fields that are taken over from the front matter as they are, in order.
TAKEN = (
    "slug", "status", "publish_at", "expires_at", "updated_at", "aliases", "noindex", "author", "reviewed_at", "kind",
    "regions", "techniques", "audiences",
)  # fmt: skip
LISTS = frozenset({"aliases", "regions", "techniques", "audiences"})
#: Keys that decide what is sold, or until when a story may be told: an article with one is read at once.
DECISIVE = ("\nprogramme:", "expires:", "withdrawn:")

# Tabs, control characters, and line ends that only YAML knows: where one of these stands, nothing is taken for granted.
_BAD = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff"
_ANY = rf"[^{_BAD}]"
_QUOTED = rf"\"[^\"\\{_BAD}]*+\"|'[^'{_BAD}]*+'"
# Text of which YAML knows from its first letter that it ends with its line, or before " #".
_TEXT = rf"[^\W_](?:[^:#{_BAD}]++|:(?=\S)|(?<! )#)*+"
# In brackets, commas and brackets end it too. Brackets in brackets are left to the YAML reader.
_INNER = rf"(?:[^\W_](?:[^:#,\[\]{{}}{_BAD}]++|:(?=[^\s,\[\]{{}}])|(?<! )#)*+|{_QUOTED})"
_PAIR = rf" *+\w++: ++{_INNER} *+"
_FLOW = rf"\{{{_PAIR}(?:,{_PAIR})*+\}}|\[(?: *+{_INNER} *+(?:, *+{_INNER} *+)*+)?\]"
_VALUE = rf"(?:{_QUOTED}|{_FLOW}|{_TEXT})"
_NOTE = rf"(?:(?<= )#{_ANY}*+)?+"
#: Lines of which none leaves a quotation or a bracket open: only then each line at the margin begins a key.
_CLOSED = re.compile(rf"(?:(?: *+(?:- ++)*+(?:\w++:(?: ++|(?=\n)))?+{_VALUE}?+ *+{_NOTE}| *+#{_ANY}*+)\n)++")
#: A key at the margin, what stands behind it, and the lines that belong to it.
_BLOCK = re.compile(r"([a-z_]++):(?: ([^\n]*+))?+\n((?:(?:[ #-][^\n]*+)?+\n)*+)")
#: Nothing that could belong to the key above.
_APART = re.compile(r"(?:(?:#[^\n]*+)?+\n)*+")
_WORD = re.compile(rf"(?:({_TEXT})|\"([^\"\\]*+)\") *+{_NOTE}")
_NAMES = re.compile(rf"\[ *+((?:[a-z0-9-]++ *+(?:, *+[a-z0-9-]++ *+)*+)?+)\] *+{_NOTE}")
_FENCE = "---\n"
#: Means that nothing is said.
EMPTY = "null"

#: Those fields as a schema of their own, each with the rules it has in the whole one.
FrontTaken: Any = create_model(
    "FrontTaken",
    __base__=Strict,
    **{name: (ArticleFront.model_fields[name].annotation, ArticleFront.model_fields[name]) for name in TAKEN},  # type: ignore[call-overload]
)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """Stands for the front matter of an article that was not read yet. The names are those of `schema`."""

    slug: str | None
    status: str
    publish_at: datetime | None
    expires_at: datetime | None
    updated_at: date | None
    aliases: tuple[str, ...]
    noindex: bool
    author: str
    reviewed_at: date
    kind: str
    regions: tuple[str, ...]
    techniques: tuple[str, ...]
    audiences: tuple[str, ...]

    #: An article that says anything of these is read at once.
    consent_ends: ClassVar[None] = None
    programme: ClassVar[None] = None
    #: What it relies on is looked at when its turn comes.
    names: ClassVar[tuple[str, ...]] = ()
    #: Articles have no order of their own.
    order: ClassVar[int] = 0

    def agrees_with(self, meta: Any) -> bool:
        """Whether the whole reading found the same."""
        return meta.consent_ends is None and all(getattr(meta, name) == getattr(self, name) for name in TAKEN)


class NotReadYet(LookupError):
    """Words were asked of a text whose turn has not come: see `turns.shown`."""


class Sealed:
    """The keeper of texts that were only glimpsed: it gives away nothing of them."""

    def source_of(self, path: str, _digest: str) -> str:
        """Raises NotReadYet."""
        raise NotReadYet(path)

    def front_of(self, path: str, _digest: str) -> Front:
        """Raises NotReadYet."""
        raise NotReadYet(path)

    def at_hand(self, key: Hashable, _make: Callable[[], T]) -> T:
        """Raises NotReadYet."""
        raise NotReadYet(key)

    def made(self, digest: str, _what: str, _make: Callable[[], bytes]) -> bytes:
        """Raises NotReadYet."""
        raise NotReadYet(digest)


def glimpse(stem: str, text: str) -> Glimpse | None:
    """What the file `stem`.md with this text says of itself; None when only reading it wholly can tell."""
    end = text.find("\n---", len(_FENCE) - 1)
    if not text.startswith(_FENCE) or not text.startswith(_FENCE, end + 1):
        return None
    front = text[len(_FENCE) : end + 1]
    if any(key in text[:end] for key in DECISIVE) or not _CLOSED.fullmatch(front):
        return None
    said = _said(front)
    if said is None or not SLUG.fullmatch(said.get("slug", stem)):
        return None
    try:
        found = FrontTaken.model_validate(said)
    except ValidationError:
        return None  # the whole reading says in words what is wrong
    return Glimpse(*[shared(getattr(found, name)) for name in TAKEN])


def _said(front: str) -> dict[str, Any] | None:
    """The taken keys as YAML has them; None when one stands twice, or is not written the plain way."""
    said: dict[str, Any] = {}
    known: set[str] = set()
    end = 0
    for block in _BLOCK.finditer(front):
        key, value, more = block.groups()
        if block.start() != end or key in known:
            return None
        end = block.end()
        known.add(key)
        if key in FrontTaken.model_fields:
            plain = value and _APART.fullmatch(more)
            said[key] = (_names(value) if key in LISTS else _word(value)) if plain else None
            if said[key] is None:
                return None
    return said if end == len(front) else None


def _word(value: str) -> str | None:
    match = _WORD.fullmatch(value)
    if match is None:
        return None
    plain, quoted = match.groups()
    if plain is None:
        return str(quoted)
    return None if (word := plain.rstrip(" ")) == EMPTY else word


def _names(value: str) -> list[str] | None:
    match = _NAMES.fullmatch(value)
    if match is None:
        return None
    names = [name.strip(" ") for name in match[1].split(",")] if match[1] else []
    return None if EMPTY in names else names
