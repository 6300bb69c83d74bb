"""Keeps the library that is live now, and notices when files or the clock make it another one."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.publishing.catalogue import build_calls, build_catalogue
from app.publishing.history import History, git_is_writing
from app.publishing.index import ContentIndex
from app.publishing.library import Document, Library, Shelf
from app.publishing.loading import Cache, ContentMissing, Signatures, load_indexed, load_shelf, scan
from app.publishing.pictures import Pictures

log = logging.getLogger(__name__)

#: How often the files are looked at. Seconds.
LOOK_EVERY_S = 2.0
#: What was found changed is looked at again after this part of that time: while files still change, somebody is
#: writing or pulling them, and half of what they write must not be shown.
SETTLED = 1 / 8
NEVER = datetime.max.replace(tzinfo=UTC)


def live_library(shelf: Shelf, now: datetime) -> Library:
    """What readers see at `now`, with people and treatments in their order of display."""
    live = {
        kind: _in_order({slug: d for slug, d in documents.items() if d.live_at(now)})
        for kind, documents in shelf.documents.items()
    }
    names = "".join(f"{kind}/{slug}" for kind, documents in live.items() for slug in documents)
    catalogue = build_catalogue(shelf.practice, live["treatments"], live["team"], live["articles"])
    return Library(
        version=hashlib.sha256(f"{shelf.version}{names}".encode()).hexdigest()[:16],
        practice=shelf.practice,
        catalogue=catalogue,
        calls=build_calls(shelf.practice, catalogue),
        safety=shelf.safety,
        claims=shelf.claims,
        references=shelf.references,
        problems=shelf.problems,
        shelf=shelf,
        **live,
    )


def load_library(folder: Path, *, now: datetime) -> Library:
    """Read `folder` once. Raises ContentMissing without a usable practice."""
    return live_library(load_shelf(folder), now)


def next_change(shelf: Shelf, now: datetime) -> datetime:
    """The next instant at which something becomes visible or ceases to be."""
    marks: list[datetime] = []
    for documents in shelf.documents.values():
        for document in documents.values():
            meta, ends = document.meta, document.consent_ends
            marks += [mark for mark in (meta.publish_at, meta.expires_at, ends) if mark is not None and mark > now]
    return min(marks, default=NEVER)


class LibraryHolder:
    """The live library of one process. `clock` tells aware UTC.

    A change is read by the first request after it while others go on with the library they have; a broken file keeps
    its last good version.
    """

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], datetime],
        index: ContentIndex | None = None,
        pictures: Pictures | None = None,
    ) -> None:
        self._folder, self._clock, self._pictures = folder, clock, pictures
        self._index = ContentIndex(None, folder) if index is None else index
        self._cache: Cache = {}
        self._lock = threading.Lock()
        self._history = History(folder)
        self._signatures: Signatures = {}
        self._changing: Signatures | None = None
        self._next_look = 0.0
        self._library: Library | None = None

    def current(self) -> Library:
        """The library that is live now, read when it is first asked for. Raises ContentMissing when it cannot be."""
        library = self._library
        if library is None:
            return self._first()
        now = self._clock()
        due = now >= self._until or now < self._since or time.monotonic() >= self._next_look
        if due and self._lock.acquire(blocking=False):
            try:
                library = self._look(now)
            finally:
                self._lock.release()
        return library

    def _first(self) -> Library:
        with self._lock:
            if self._library is None:
                self._signatures = scan(self._folder)
                self._shelf = self._read(lambda: load_indexed(self._folder, self._cache, self._index, self._signatures))
                self._next_look = time.monotonic() + LOOK_EVERY_S
                self._tell()
                return self._show(self._clock())
            return self._library

    def _look(self, now: datetime) -> Library:
        writing = git_is_writing(self._folder)  # asked first: what it finishes during the scan, the next one sees
        signatures = scan(self._folder)
        changed = signatures != self._signatures
        if changed and LOOK_EVERY_S and (writing or signatures != self._changing):
            self._changing = signatures
            self._next_look = time.monotonic() + LOOK_EVERY_S * SETTLED
            changed = False
        else:
            self._next_look = time.monotonic() + LOOK_EVERY_S
            changed = changed or (self._pictures is not None and self._pictures.changed())
        if changed:
            self._signatures, self._changing = signatures, None
            self._load(signatures)
        if changed or self._library is None or not self._since <= now < self._until:
            return self._show(now)
        return self._library

    def _load(self, signatures: Signatures) -> None:
        try:
            self._shelf = self._read(lambda: load_shelf(self._folder, self._cache, self._index, signatures))
        except ContentMissing as error:
            log.error("content cannot be used, the last good version stays: %s", error)
            self._shelf = replace(self._shelf, problems=error.problems)
            return
        self._tell()

    def _read(self, load: Callable[[], Shelf]) -> Shelf:
        """The shelf with the days of change, which Git finds meanwhile, and with its pictures."""
        self._history.begin()
        try:
            shelf = self._history.dated(load())
        finally:
            self._history.stop()
        return shelf if self._pictures is None else self._pictures.illustrate(shelf)

    def _show(self, now: datetime) -> Library:
        library = live_library(self._shelf, now)
        self._since, self._until = now, next_change(self._shelf, now)
        self._library = library
        return library

    def _tell(self) -> None:
        for problem in self._shelf.problems:
            # remarks are for whoever runs `content check`, not for every command and server
            log.log(logging.WARNING if problem.severity == "error" else logging.DEBUG, "content: %s", problem)


def _in_order(documents: Mapping[str, Document]) -> dict[str, Document]:
    """By `order` where the kind has one, articles newest first, the rest by title."""

    def key(document: Document) -> tuple[float, str]:
        published = document.meta.publish_at
        newest_first = -published.timestamp() if document.kind == "articles" and published else 0.0
        return (getattr(document.meta, "order", 0) or newest_first, document.meta.title)

    return {d.slug: d for d in sorted(documents.values(), key=key)}
