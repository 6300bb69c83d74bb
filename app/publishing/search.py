"""Finding: a full-text index of one library, in memory, with ranking, snippets, accents, prefixes and mended typing."""

from __future__ import annotations

import difflib
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup, escape

from app.publishing.library import Document, Library

LONGEST_QUERY = 100
MOST_WORDS = 8
#: How much a word counts in title, summary, questions and body.
WEIGHTS = "10.0, 5.0, 4.0, 1.0"
KINDS = {"conditions": "Condition", "articles": "Article", "treatments": "Treatment", "techniques": "Technique"}
#: Marks that no text holds, around what was found.
_BEGIN, _END = "\x02", "\x03"
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """One found page. `snippet` is escaped, with what was found in <mark>."""

    url: str
    title: str
    kind: str
    snippet: Markup


@dataclass(frozen=True, slots=True)
class Results:
    """What was found for `query`; `meant` is the query with mended words when the typed ones found nothing."""

    query: str
    hits: tuple[Hit, ...]
    meant: str | None = None


class SearchIndex:
    """The index of one library. Safe for several threads."""

    def __init__(self, library: Library) -> None:
        self.version = library.version
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute(
            "CREATE VIRTUAL TABLE page USING fts5(title, summary, questions, body, url UNINDEXED, kind UNINDEXED, "
            "tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4')"
        )
        self._db.executemany("INSERT INTO page VALUES (?, ?, ?, ?, ?, ?)", _rows(library))
        self._db.execute("CREATE VIRTUAL TABLE word USING fts5vocab(page, row)")

    def find(self, query: str, *, limit: int = 20) -> Results:
        """Pages that hold every word of `query`, each as a word's beginning, the best first.

        When nothing holds them, words that nobody wrote are replaced by the nearest that somebody did.
        """
        query = query.strip()[:LONGEST_QUERY]
        words = [_plain(word) for word in _WORD.findall(query)][:MOST_WORDS]
        if not words:
            return Results(query, ())
        hits = self._ask(words, limit)
        if hits:
            return Results(query, hits)
        mended = [self._nearest(word) for word in words]
        if mended == words:
            return Results(query, ())
        hits = self._ask(mended, limit)
        return Results(query, hits, " ".join(mended) if hits else None)

    def _ask(self, words: list[str], limit: int) -> tuple[Hit, ...]:
        match = " ".join(f'"{word}"*' for word in words)
        with self._lock:
            rows = self._db.execute(
                f"SELECT url, title, kind, snippet(page, -1, ?, ?, '…', 24) FROM page WHERE page MATCH ? "  # noqa: S608
                f"ORDER BY bm25(page, {WEIGHTS}), url LIMIT ?",
                (_BEGIN, _END, match, limit),
            ).fetchall()
        return tuple(Hit(url, title, KINDS[kind], _marked(text)) for url, title, kind, text in rows)

    def _nearest(self, word: str) -> str:
        if len(word) < 4 or word in self._vocabulary:
            return word
        near = difflib.get_close_matches(word, self._vocabulary, 1, 0.7)
        return near[0] if near else word

    @cached_property
    def _vocabulary(self) -> dict[str, None]:
        with self._lock:
            return dict.fromkeys(term for (term,) in self._db.execute("SELECT term FROM word WHERE length(term) > 3"))


def _rows(library: Library) -> Iterator[tuple[str, str, str, str, str, str]]:
    for kind in KINDS:
        documents: dict[str, Document] = getattr(library, kind)
        for document in documents.values():
            meta = document.meta
            asked = " ".join(f"{q.question} {q.answer}" for q in getattr(meta, "questions", ()))
            yield meta.title, meta.summary, asked, document.body.text, document.url, kind


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _marked(text: str) -> Markup:
    safe = str(escape(text)).replace(_BEGIN, "<mark>").replace(_END, "</mark>")
    return Markup(safe)  # noqa: S704 - escaped in the line above
