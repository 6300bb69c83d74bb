"""What is kept in memory of an article: enough for lists, filters, dates and the checks between files.

There may be ten thousand of them. The rest of the front matter is read again from the kept text when a page is made.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import lru_cache
from typing import Any, ClassVar, Protocol, TypeVar

from app.publishing.schema.fronts import ArticleFront, Front, Hero
from app.publishing.schema.programmes import ProgrammeFront

T = TypeVar("T")
#: Fields that are taken over from the front matter as they are, in order.
TAKEN = (
    "title", "summary", "slug", "status", "publish_at", "expires_at", "updated_at", "aliases", "noindex", "author",
    "reviewed_by", "reviewed_at", "review_due", "kind", "regions", "techniques", "audiences", "related", "hero",
    "programme",
)  # fmt: skip


class Keeper(Protocol):
    """Knows what was read of each file: see `index`."""

    def source_of(self, path: str, digest: str) -> str:
        """The whole file as it was read under `digest`."""

    def front_of(self, path: str, digest: str) -> Front:
        """Its front matter."""

    def at_hand(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made a moment ago for `key`, or is made now."""

    def made(self, digest: str, what: str, make: Callable[[], bytes]) -> bytes:
        """What was made once of it, or is made now."""


_FIELDS = frozenset(ArticleFront.model_fields)


@dataclass(frozen=True, slots=True)
class Listed:
    """The listed part of an article's front matter; any other field is looked up in the whole of it.

    `names` are the files and claims it relies on, `words` how many words its reader reads in front matter and body.
    """

    title: str
    summary: str
    slug: str | None
    status: str
    publish_at: datetime | None
    expires_at: datetime | None
    updated_at: date | None
    aliases: tuple[str, ...]
    noindex: bool
    author: str
    reviewed_by: str
    reviewed_at: date
    review_due: date
    kind: str
    regions: tuple[str, ...]
    techniques: tuple[str, ...]
    audiences: tuple[str, ...]
    related: tuple[str, ...]
    hero: Hero | None
    programme: ProgrammeFront | None
    consent_ends: datetime | None
    words: int
    names: tuple[str, ...]
    path: str
    digest: str
    keeper: Keeper = field(compare=False, repr=False)

    #: Articles have no order of their own; said here because every one of them is asked.
    order: ClassVar[int] = 0

    def __getattr__(self, name: str) -> Any:
        if name not in _FIELDS:
            raise AttributeError(name)
        return getattr(self.keeper.front_of(self.path, self.digest), name)

    def values(self) -> tuple[Any, ...]:
        """Everything but path, digest and keeper, to be kept on disk. Plain parts of the hero are read faster."""
        return tuple(_parts(self.hero) if name == "hero" else getattr(self, name) for name in _KEPT)


_KEPT = tuple(one.name for one in fields(Listed))[:-3]
_HERO = _KEPT.index("hero")
_TUPLES = [_KEPT.index(n) for n in ("regions", "techniques", "audiences", "aliases", "related", "names")]
_SHARED = [
    _KEPT.index(n)
    for n in ("status", "author", "reviewed_by", "kind", "reviewed_at", "review_due", "updated_at", "publish_at")
]


def list_article(meta: ArticleFront, words: int, path: str, digest: str, keeper: Keeper) -> Listed:
    """The listed part of `meta`; `words` are those of the body."""
    taken = [_parts(meta.hero) if name == "hero" else getattr(meta, name) for name in TAKEN]
    said = " ".join(
        [
            *meta.not_shown,
            *(item.says for item in meta.evidence),
            *(f"{item.question} {item.answer}" for item in meta.questions),
            *(f"{visit.felt or ''} {visit.did or ''} {visit.changed or ''}" for visit in meta.visits),
        ]
    )
    values = (*taken, meta.consent.ends if meta.consent else None, words + len(said.split()), names_in(meta))
    return listed_from(values, path, digest, keeper)


def listed_from(values: tuple[Any, ...], path: str, digest: str, keeper: Keeper) -> Listed:
    """What `values()` gave. Equal parts of several articles become one object."""
    parts: list[Any] = list(values)
    for n in _TUPLES:
        parts[n] = _one(parts[n])
    for n in _SHARED:
        parts[n] = _same(parts[n])
    parts[_HERO] = _hero(parts[_HERO])
    parts += [path, digest, keeper]
    return Listed(*parts)


def names_in(meta: ArticleFront) -> tuple[str, ...]:
    """Every file and claim that an article relies on, as kind/slug."""
    found = [f"techniques/{slug}" for slug in meta.techniques]
    found += [f"articles/{slug}" for slug in meta.related]
    found += [f"claims/{item.claim}" for item in meta.evidence]
    found += [f"conditions/{meta.cta.condition}"] if meta.cta.condition else []
    found += [f"treatments/{meta.cta.treatment}"] if meta.cta.treatment else []
    return tuple(found)


def shared(part: Any) -> Any:
    """One object for equal parts of several articles."""
    return _one(part) if isinstance(part, tuple) else _same(part)


def _parts(hero: Hero | None) -> tuple[Any, ...] | None:
    return None if hero is None else tuple(getattr(hero, name) for name in Hero.model_fields)


@lru_cache(maxsize=4096)
def _hero(parts: tuple[Any, ...] | None) -> Hero | None:
    return None if parts is None else Hero(**dict(zip(Hero.model_fields, parts, strict=True)))


@lru_cache(maxsize=8192)
def _one(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sys.intern(part) for part in parts)


@lru_cache(maxsize=4096)
def _same(part: Any) -> Any:
    return part
