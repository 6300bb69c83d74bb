"""Where every text stands for those who write: what is wrong, what waits, what ends, what must be looked at again.

Told from what is in memory; nothing is read or checked again. A text that was only glimpsed has no title yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from app.domain.local_time import day_of
from app.publishing.library import Document, Library, Shelf
from app.publishing.previews import KINDS
from app.publishing.reading.parsing import DATA_FILES
from app.publishing.schema.problems import Problem

#: What ends within so long is told.
AHEAD = timedelta(days=60)
#: What readers have of a file with a fault: its last good version; the file as it is now, without what is wrong; no
#: page, as it was hidden anyway; or no page though there should be one.
Shown = Literal["last good", "without", "hidden", "missing"]


@dataclass(frozen=True, slots=True)
class FaultyFile:
    """A file with errors, in order of lines. `document` is what a preview can show of it."""

    path: str
    shown: Shown
    problems: tuple[Problem, ...]
    document: Document | None


@dataclass(frozen=True, slots=True)
class Dated:
    """A text and the day (local) or instant (UTC) that matters."""

    document: Document
    on: date | datetime
    over: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that is told, each list in the order in which it asks for somebody.

    `ended` are those that were taken down by their status or date. `consents` end within AHEAD, or are `over`;
    `live` counts what readers can open, `unread` the articles that wait to be read, `pictures` the texts that wait for
    theirs, `waived` the remarks that writers let through with a reason.
    """

    faulty: tuple[FaultyFile, ...]
    remarks: tuple[Problem, ...]
    drafts: tuple[Document, ...]
    in_review: tuple[Document, ...]
    scheduled: tuple[Dated, ...]
    ending: tuple[Dated, ...]
    overdue: tuple[Dated, ...]
    consents: tuple[Dated, ...]
    ended: tuple[Document, ...]
    live: int
    unread: int
    pictures: int
    waived: int


def read_standing(library: Library, *, now: datetime) -> Standing:
    """How the content stands at `now` (UTC). A few milliseconds for ten thousand articles."""
    shelf, today = library.shelf, day_of(library.practice.zone, now)
    lists: dict[str, list[Document]] = defaultdict(list)
    dated: dict[str, list[Dated]] = defaultdict(list)
    live = 0
    for documents in shelf.documents.values():
        for document in documents.values():
            status = document.meta.status
            if status != "ready":
                lists[status].append(document)
                continue
            shown = document.live_at(now)
            live += shown
            if not shown and document.over_at(now):
                lists["archived"].append(document)
            for name, mark in _marks(document, shown=shown, now=now, today=today):
                dated[name].append(mark)
    told = [problem for problems in shelf.remarks.values() for problem in problems]
    return Standing(
        faulty=_faulty(shelf, now),
        remarks=tuple(sorted(problem for problem in told if problem.severity == "warning")),
        drafts=tuple(lists["draft"]),
        in_review=tuple(lists["review"]),
        ended=tuple(lists["archived"]),
        **{name: tuple(sorted(dated[name], key=_when)) for name in ("scheduled", "ending", "overdue", "consents")},
        live=live,
        unread=shelf.unread,
        pictures=len(shelf.waiting),
        waived=sum(problem.severity == "waived" for problem in told),
    )


def _marks(document: Document, *, shown: bool, now: datetime, today: date) -> Iterable[tuple[str, Dated]]:
    """What is to be told of a text with the status `ready`."""
    meta, consent = document.meta, document.consent_ends
    if meta.publish_at is not None and meta.publish_at > now:
        yield "scheduled", Dated(document, meta.publish_at)
    if shown and meta.expires_at is not None and meta.expires_at <= now + AHEAD:
        yield "ending", Dated(document, meta.expires_at)
    if consent is not None and consent <= now + AHEAD:
        yield "consents", Dated(document, consent, over=consent <= now)
    due: date | None = getattr(meta, "review_due", None)
    if shown and due is not None and due < today:
        yield "overdue", Dated(document, due)


def _when(one: Dated) -> tuple[date | datetime, str]:
    return one.on, one.document.path


def _faulty(shelf: Shelf, now: datetime) -> tuple[FaultyFile, ...]:
    """Files with errors; those that readers miss come first."""
    by_path: dict[str, list[Problem]] = defaultdict(list)
    for problem in shelf.faults:
        by_path[problem.path].append(problem)
    if not by_path:
        return ()
    known, refused = _by_path(shelf.documents, by_path), _by_path(shelf.refused, by_path)
    found = []
    for path, problems in by_path.items():
        document = known.get(path)
        shown = _shown(path, document, refused.get(path), shelf, now)
        preview = refused.get(path) or (None if path in shelf.stale else document)
        usable = preview if preview is not None and preview.kind in KINDS else None
        found.append(FaultyFile(path, shown, tuple(sorted(problems, key=lambda one: one.line)), usable))
    order = ("missing", "last good", "without", "hidden")
    return tuple(sorted(found, key=lambda file: (order.index(file.shown), file.path)))


def _shown(path: str, document: Document | None, refused: Document | None, shelf: Shelf, now: datetime) -> Shown:
    if path in shelf.stale and path in DATA_FILES:
        return "last good"
    if document is not None and not document.live_at(now):
        return "hidden"
    if document is not None:
        return "last good" if path in shelf.stale else "without"
    if path in DATA_FILES:
        return "without"  # there is no site without it: it stays in use as it is
    return "hidden" if refused is not None and refused.meta.status in ("draft", "review", "archived") else "missing"


def _by_path(kinds: Mapping[str, Mapping[str, Document]], wanted: Mapping[str, object]) -> dict[str, Document]:
    return {d.path: d for documents in kinds.values() for d in documents.values() if d.path in wanted}
