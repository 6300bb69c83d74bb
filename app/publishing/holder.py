"""Keeps the library that is live now, and notices when files or the clock make it another one."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from app.publishing.catalogue import build_calls, build_catalogue
from app.publishing.library import Document, Library, Shelf
from app.publishing.pictures.folder import Pictures
from app.publishing.reading.history import History, git_is_writing
from app.publishing.reading.index import ContentIndex
from app.publishing.reading.loading import Cache, ContentMissing, load_indexed, load_shelf, signatures_in
from app.publishing.reading.scanning import Signatures, scan, stamp, touched_at
from app.publishing.reading.turns import read_on, shown
from app.publishing.schema.problems import Problem, faulty_paths, told_apart
from app.publishing.shown import Shown

log = logging.getLogger(__name__)

#: How often the files are looked at. Seconds.
LOOK_EVERY_S = 2.0
#: What was found changed is looked at again after this part of that time: while files still change, somebody is
#: writing or pulling them, and half of what they write must not be shown.
SETTLED = 1 / 8
#: Who comes when nobody has looked for a while waits at most this long for the look, rather than see what was. Seconds.
PATIENCE_S = 1.0
#: More new articles than these are glimpsed first and read later, so that a start takes seconds at most.
MOST_AT_ONCE = 200
#: A look at the files gives as much time to articles that wait to be read. Seconds.
READ_ON_S = 0.05
NEVER = datetime.max.replace(tzinfo=UTC)
LONG_AGO = datetime.fromtimestamp(0, UTC)


def live_library(shelf: Shelf, now: datetime) -> Library:
    """What readers see at `now`, with people and treatments in their order of display."""
    live: dict[str, Any] = {
        kind: _in_order([document for document in documents.values() if document.live_at(now)])
        for kind, documents in shelf.documents.items()
    }
    names = "".join("\n".join((f"/{kind}/", *documents)) for kind, documents in live.items())
    catalogue = build_catalogue(shelf.practice, live["treatments"], live["team"], live["articles"])
    live["articles"] = Shown(live["articles"], lambda document: shown(document, shelf))
    return Library(
        version=hashlib.sha256(f"{shelf.version}{names}".encode()).hexdigest()[:16],
        practice=shelf.practice,
        catalogue=catalogue,
        calls=build_calls(shelf.practice, catalogue),
        safety=shelf.safety,
        claims=shelf.claims,
        references=shelf.references,
        shelf=shelf,
        **live,
    )


def next_change(shelf: Shelf, now: datetime) -> datetime:
    """The next instant at which something becomes visible or ceases to be."""
    every = [document for documents in shelf.documents.values() for document in documents.values()]
    marks = {d.meta.publish_at for d in every} | {d.meta.expires_at for d in every} | {d.consent_ends for d in every}
    return min((mark for mark in marks if mark is not None and mark > now), default=NEVER)


class LibraryHolder:
    """The live library of one process. `clock` tells aware UTC.

    A change is read by a request while others go on with the library they have, unless nobody has come for a while:
    then all wait for it, as none may be shown what was there before. A broken file keeps its last good version.
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
        self._seen: Signatures = {}
        self._lock = threading.Lock()
        self._history = History(folder)
        self._changing: Signatures | None = None
        self._held_back = self._settles = False
        self._next_look = self._look_began = 0.0
        self._library: Library | None = None
        self._told: frozenset[Problem] = frozenset()

    def current(self) -> Library:
        """The library that is live now, read when it is first asked for. Raises ContentMissing when it cannot be."""
        library = self._library
        if library is None:
            return self._first()
        now = self._clock()
        if self._is_due(now) and self._lock.acquire(timeout=self._patience()):
            try:
                if self._is_due(now):  # nobody looked while this one waited
                    return self._look(now)
            finally:
                self._lock.release()
        return self._library or library

    def _is_due(self, now: datetime) -> bool:
        return now >= self._until or now < self._since or time.monotonic() >= self._next_look

    def _patience(self) -> float:
        """How long to wait, in seconds, while another request looks: not at all where requests follow one another."""
        due_since = time.monotonic() - self._next_look
        if due_since < LOOK_EVERY_S:
            return 0.0
        waited = time.monotonic() - self._look_began if self._look_began >= self._next_look else 0.0
        return max(0.0, PATIENCE_S - waited)

    def _first(self) -> Library:
        with self._lock:
            if self._library is None:
                self._shelf = self._read(
                    lambda: load_indexed(self._folder, self._cache, self._index, most=MOST_AT_ONCE)
                )
                self._next_look = time.monotonic() + LOOK_EVERY_S
                self._tell()
                return self._show(self._clock())
            return self._library

    def _look(self, now: datetime) -> Library:
        """Look at the files, and take over what changed. The next look is not due before this one has shown it."""
        self._look_began = time.monotonic()
        self._settles = False
        try:
            if self._take_over() or self._library is None or not self._since <= now < self._until:
                return self._show(now)
            return self._library
        finally:
            self._next_look = time.monotonic() + LOOK_EVERY_S * (SETTLED if self._settles else 1)

    def _take_over(self) -> bool:
        """Whether there is anything new to show."""
        before = stamp(self._folder)
        writing = git_is_writing(self._folder)  # asked first: what it finishes during the scan, the next one sees
        signatures = scan(self._folder)
        changed = self._held_back or signatures != self._seen
        if changed and LOOK_EVERY_S and (writing or not self._is_at_rest(signatures)):
            self._changing = signatures
            self._settles = True
            changed = False
        else:
            changed = changed or (self._pictures is not None and self._pictures.changed())
        if changed:
            self._changing = None
            return self._load_whole(signatures, before)
        if self._shelf.unread:
            self._read_on(READ_ON_S)
            return True
        return False

    def _is_at_rest(self, signatures: Signatures) -> bool:
        """Whether what changed was so when it was last looked at, or has been for longer than that."""
        if signatures == self._changing:
            return True
        known = signatures_in(self._cache)
        changed = [path for path, signature in signatures.items() if known.get(path) != signature]
        return time.time() - touched_at(self._folder, changed) > LOOK_EVERY_S

    def _load_whole(self, signatures: Signatures, before: tuple[int, ...]) -> bool:
        """Take over what changed, unless files changed again while it was read: that may be half of a pull."""
        shown = self._shelf
        self._load(signatures)
        self._held_back = bool(LOOK_EVERY_S) and (git_is_writing(self._folder) or stamp(self._folder) != before)
        if self._held_back:
            self._shelf = shown
            self._settles = True
        return not self._held_back

    def read_on(self, seconds: float) -> int:
        """Read articles that were only glimpsed, for about so long. Returns how many still wait."""
        left = self.current().shelf.unread
        if left:
            with self._lock:
                left = self._read_on(seconds)
                self._show(self._clock())
        return left

    def _read_on(self, seconds: float) -> int:
        signatures = signatures_in(self._cache)
        left = read_on(self._cache, self._index, signatures, seconds=seconds)
        self._load(signatures, history=False)
        return left

    def _load(self, signatures: Signatures, *, history: bool = True) -> None:
        load = partial(load_shelf, self._folder, self._cache, self._index, signatures, most=MOST_AT_ONCE)
        try:
            self._shelf = self._read(load, history=history)
        except ContentMissing as error:
            log.error("content cannot be used, the last good version stays: %s", error)
            faults, _ = told_apart(error.problems)
            self._shelf = replace(self._shelf, faults=faults, stale=self._shelf.stale | faulty_paths(faults))
            return
        self._tell()

    def _read(self, load: Callable[[], Shelf], *, history: bool = True) -> Shelf:
        """The shelf with the days of change, which Git finds meanwhile, and with its pictures."""
        if history:
            self._history.begin()
        try:
            shelf = self._history.dated(load())
        finally:
            self._history.stop()
            self._seen = signatures_in(self._cache)
        return shelf if self._pictures is None else self._pictures.illustrate(shelf)

    def _show(self, now: datetime) -> Library:
        library, before = live_library(self._shelf, now), self._library
        if before is not None:
            library = replace(library, since=before.since if before.version == library.version else now)
        self._since, self._until = now, next_change(self._shelf, now)
        self._library = library
        return library

    def _tell(self) -> None:
        """Log what is wrong, each thing once for as long as it stays wrong. Remarks are for `content check`."""
        faults = frozenset(self._shelf.faults)
        for fault in sorted(faults - self._told):
            log.warning("content: %s", fault)
        self._told = faults


def _in_order(documents: list[Document]) -> dict[str, Document]:
    """By `order` where the kind has one, articles newest first, the rest by title.

    Articles of one moment stand by their address, since one that was not read yet has no title.
    """

    if documents and documents[0].kind == "articles":
        documents.sort(key=attrgetter("slug"))
        documents.sort(key=lambda document: document.meta.publish_at or LONG_AGO, reverse=True)
    else:
        documents.sort(key=lambda document: (getattr(document.meta, "order", 0), document.meta.title))
    return {document.slug: document for document in documents}
