"""The library: everything the practice says and sells, typed and checked, as it is live at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import Any

from app.domain.booking import Booking
from app.domain.catalogue import Catalogue
from app.publishing.checks.wording_rules import WordingRules
from app.publishing.markdown import Body, Section, convert, finish
from app.publishing.pictures.figures import AS_THUMB, AT_HEAD, Picture, figure
from app.publishing.pictures.names import Named
from app.publishing.reading.glimpse import Glimpse
from app.publishing.reading.index import ContentIndex
from app.publishing.reading.listed import Keeper
from app.publishing.schema.addresses import url_of
from app.publishing.schema.fronts import Front
from app.publishing.schema.practice import Claim, Practice, Reference, Safety
from app.publishing.schema.problems import Problem
from app.publishing.shown import Shown

NO_PICTURES: Mapping[str, Picture] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file. `meta` is its front matter (see `schema`), of an article what is `listed` of it, and of one
    that was not read yet the `glimpse` that lists are put in order with.

    `digest` is that of the whole file; text and HTML are with the `keeper`. `named` are the pictures it names,
    `pictures` those whose files are finished, by name; `waits` says that others are still being made. `changes` are
    the days on which it changed, the newest first, where Git tells them.
    """

    kind: str
    slug: str
    path: str
    meta: Any
    digest: str
    body_line: int
    keeper: Keeper = field(compare=False, repr=False)
    named: tuple[Named, ...] = ()
    pictures: Mapping[str, Picture] = field(default_factory=lambda: NO_PICTURES)
    waits: bool = False
    changes: tuple[date, ...] = ()

    @property
    def url(self) -> str:
        """The address without host; empty for a page that the site has no place for."""
        return url_of(self.kind, self.slug)

    @property
    def unread(self) -> bool:
        """Whether it was only glimpsed: then it has no title, no words and no pictures."""
        return isinstance(self.meta, Glimpse)

    @property
    def whole(self) -> str:
        """The whole file as it was read. Raises SourceLost."""
        return self.keeper.source_of(self.path, self.digest)

    @property
    def source(self) -> str:
        """The Markdown below the front matter. Raises SourceLost."""
        return "\n".join(self.whole.split("\n")[self.body_line - 1 :])

    @property
    def front(self) -> Front:
        """The whole front matter. Raises SourceLost."""
        return self.meta if isinstance(self.meta, Front) else self.keeper.front_of(self.path, self.digest)

    @property
    def body(self) -> Body:
        """The body as HTML: converted once, and kept for all processes. Raises SourceLost."""
        first = self.head_picture is None
        shown = tuple((name, picture.digest) for name, picture in self.pictures.items())
        return self.keeper.at_hand(
            ("body", self.digest, first, shown), lambda: finish(self._converted(), self.pictures, first=first)
        )

    def _converted(self) -> str:
        return self.keeper.made(self.digest, "html", lambda: convert(self.source).encode()).decode()

    @property
    def head_picture(self) -> Picture | None:
        """The finished picture that front matter names: an article's `hero`, the `photo` of one of the team."""
        return self.pictures.get(self.head.src) if self.head is not None and self.head.src else None

    @property
    def head_thumb(self) -> str | None:
        """That picture as HTML for a list, small and without words: the name stands beside it."""
        return self.head_picture.element("", AS_THUMB) if self.head_picture else None

    @property
    def head(self) -> Any:
        """What front matter says of the picture at the head; None when it names none."""
        return getattr(self.meta, "hero", None) or getattr(self.meta, "photo", None)

    @property
    def head_figure(self) -> str | None:
        """That picture as HTML, with its credit."""
        named, picture = self.head, self.head_picture
        if named is None or picture is None:
            return None
        return figure(picture, named.alt or "", AT_HEAD, credit=named.credit or "", first=True)

    @property
    def title(self) -> str:
        return str(self.meta.title)

    @property
    def html(self) -> str:
        """The whole body."""
        return self.body.html

    @property
    def sections(self) -> Mapping[str, Section]:
        """The body by H2, keyed by heading id, in order."""
        return {section.id: section for section in self.body.sections}

    @property
    def toc(self) -> tuple[Section, ...]:
        """What a contents list names."""
        return self.body.sections

    @property
    def reading_minutes(self) -> int:
        """Whole minutes at a calm pace, one at least."""
        return self.body.reading_minutes

    @property
    def updated(self) -> date | None:
        """The day of the last change that matters to a reader: as front matter says it, or as Git does."""
        said: date | None = self.meta.updated_at
        if said is not None:
            return said
        published = self.meta.publish_at.date() if self.meta.publish_at else None
        days = [day for day in (published, *self.changes[:1]) if day is not None]
        return max(days, default=getattr(self.meta, "reviewed_at", None))

    @property
    def consent_ends(self) -> datetime | None:
        """When the person's agreement ends or was withdrawn: from then on (UTC) nobody sees it."""
        ends: datetime | None = getattr(self.meta, "consent_ends", None)
        return ends

    def over_at(self, now: datetime) -> bool:
        """Whether readers saw it once and it was taken down by `now`."""
        meta = self.meta
        ends = [mark for mark in (meta.expires_at, self.consent_ends) if mark is not None]
        return meta.status == "archived" or (meta.status == "ready" and any(mark <= now for mark in ends))

    def live_at(self, now: datetime) -> bool:
        """Whether readers see it at `now`."""
        meta = self.meta
        if meta.status != "ready" or (meta.publish_at is not None and now < meta.publish_at):
            return False
        if meta.expires_at is not None and meta.expires_at <= now:
            return False
        ends = self.consent_ends
        return ends is None or now < ends


@dataclass(frozen=True, slots=True)
class Commit:
    """The newest commit that changed the content, and when (UTC) it was made."""

    digest: str
    at: datetime


@dataclass(frozen=True)
class Shelf:
    """All files that could be read, live or not, and what is wrong with the others.

    `refused` are those that could be read and say what must not be said: for a preview only. `rules` is the digest of
    the file of `wording`. `faults` are in order, `remarks` by path. Of the files `stale` the last good version stays.
    `commit` is known where Git tells it.
    """

    version: str
    practice: Practice
    safety: Safety
    claims: Mapping[str, Claim]
    references: Mapping[str, Reference]
    documents: Mapping[str, Mapping[str, Document]]
    wording: WordingRules
    rules: str
    refused: Mapping[str, Mapping[str, Document]]
    faults: tuple[Problem, ...]
    remarks: Mapping[str, tuple[Problem, ...]]
    index: ContentIndex = field(compare=False, repr=False)
    stale: frozenset[str] = frozenset()
    commit: Commit | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that writers are told, in order. Thousands of texts have many remarks: put together when asked."""
        return tuple(sorted({*self.faults, *chain.from_iterable(self.remarks.values())}))

    @cached_property
    def unread(self) -> int:
        """How many articles wait for their turn to be read."""
        return sum(document.unread for document in self.documents["articles"].values())

    def has(self, name: str) -> bool:
        """Whether kind/slug may be named: a document, or a claim that may be said and has a checked source."""
        kind, _, slug = name.partition("/")
        if kind != "claims":
            return slug in self.documents[kind]
        claim = self.claims.get(slug)
        return claim is not None and claim.sayable and self.is_sourced(claim)

    def is_sourced(self, claim: Claim) -> bool:
        """Whether one of the claim's references was checked; only a claim of grade 0 needs none."""
        return (not claim.refs and claim.grade == "0") or any(
            r in self.references and self.references[r].checked for r in claim.refs
        )

    @cached_property
    def waiting(self) -> tuple[Document, ...]:
        """The documents that name pictures which are not made yet."""
        return tuple(d for kind in self.documents.values() for d in kind.values() if d.waits)

    @cached_property
    def pictured(self) -> Mapping[str, tuple[Document, ...]]:
        """The documents that show a picture, by its digest."""
        found: dict[str, tuple[Document, ...]] = {}
        for kinds in (self.documents, self.refused):
            for document in (d for documents in kinds.values() for d in documents.values() if d.pictures):
                for picture in document.pictures.values():
                    found[picture.digest] = (*found.get(picture.digest, ()), document)
        return found

    @cached_property
    def former(self) -> Mapping[tuple[str, str], Document]:
        """Documents by kind and a slug they had before."""
        return {
            (kind, alias): document
            for kind, documents in self.documents.items()
            for document in documents.values()
            for alias in document.meta.aliases
        }


@dataclass(frozen=True)
class Library:
    """What is live at one moment, by kind and slug in order of display.

    `version` changes with anything a reader sees. `calls` is the catalogue of consultation calls, if there are any.
    `since` when (UTC) this process took it over; None for the version that it began with.
    """

    version: str
    practice: Practice
    catalogue: Catalogue
    calls: Catalogue | None
    safety: Safety
    claims: Mapping[str, Claim]
    references: Mapping[str, Reference]
    conditions: Mapping[str, Document]
    articles: Shown[Document]
    treatments: Mapping[str, Document]
    techniques: Mapping[str, Document]
    team: Mapping[str, Document]
    pages: Mapping[str, Document]
    shelf: Shelf
    since: datetime | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that writers are told of the shelf, in order."""
        return self.shelf.problems

    def catalogue_for(self, booking: Booking) -> Catalogue:
        """Where what was booked is looked up: visits and calls have their own."""
        return self.calls if booking.by_phone and self.calls is not None else self.catalogue

    def references_for(self, document: Document) -> tuple[Reference, ...]:
        """The checked sources behind a document's graded sentences, each once, in order of first use."""
        found: dict[str, Reference] = {}
        for item in getattr(document.front, "evidence", ()):
            for ref in self.claims[item.claim].refs:
                if self.references[ref].checked:
                    found[ref] = self.references[ref]
        return tuple(found.values())
