"""Finding: a full-text index of the library, with ranking, snippets, accents, prefixes and mended typing."""

from __future__ import annotations

import difflib
import re
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from app.publishing.checks.readable import words_of
from app.publishing.library import Document, Library
from app.publishing.reading.index import SourceLost

LONGEST_QUERY = 100
MOST_WORDS = 8
#: Shorter words are taken as they are typed. Letters.
SHORTEST_MENDED = 3
#: So many like words are compared for what was meant.
NEAR = 5
#: How much a word counts in title, summary, questions and body.
WEIGHTS = "10.0, 5.0, 4.0, 1.0"
KINDS = {
    "conditions": "Condition",
    "articles": "Article",
    "treatments": "Treatment",
    "techniques": "Technique",
    "team": "Who works here",
    "pages": "Good to know",
}
#: So many texts are made known to the index before one search is answered; the worker does the rest.
AT_ONCE = 100
#: So many more are looked up than shown, for those that are not live in this process.
SPARE = 10
#: Marks that no text holds, around what was found.
_BEGIN, _END = "\x02", "\x03"
_TAKE_OUT = "DELETE FROM page WHERE rowid = (SELECT id FROM sought WHERE path = ?)"
_PUT_IN = "INSERT INTO page (rowid, title, summary, questions, body) SELECT id, ?, ?, ?, ? FROM sought WHERE path = ?"
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
    """Searches one library, through the index that all processes share. Safe for several threads."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._lock = threading.Lock()
        self._index = library.shelf.index
        texts = (library.conditions, library.articles.listed, library.treatments, library.techniques, library.pages)
        self._live = {d.path: d for kind in (*texts, library.team) for d in kind.values() if d.url}
        self._missing = self._compare()
        self._terms: Mapping[str, int] | None = None

    def fill(self, limit: int | None = None) -> int:
        """Make up to `limit` more texts known to the index. Returns how many there were."""
        with self._lock:
            batch = [self._live[path] for path in self._missing[:limit]]
            self._missing = self._missing[len(batch) :]
            self._terms = None
        rows = [row for document in batch for row in _rows(document)]
        self._index.tell(
            (_TAKE_OUT, [(document.path,) for document in batch]),
            ("INSERT OR REPLACE INTO sought (path, digest) VALUES (?, ?)", [row[:2] for row in rows]),
            (_PUT_IN, [(*row[2:], row[0]) for row in rows]),
        )
        return len(batch)

    def _compare(self) -> list[str]:
        """The texts that the index does not know as they are; what nobody reads any more is taken out.

        Not those that wait to be read: no visitor who searches is to wait for a hundred of them.
        """
        gone, missing = [], {path: None for path, document in self._live.items() if not document.unread}
        for path, digest in self._index.ask_in_turn("SELECT path, digest FROM sought WHERE path"):
            if path not in self._live:
                gone.append((path,))
            elif self._live[path].digest == digest:
                missing.pop(path, None)
        self._index.tell((_TAKE_OUT, gone), ("DELETE FROM sought WHERE path = ?", gone))
        return list(missing)

    def find(self, query: str, *, limit: int = 20) -> Results:
        """Pages that hold every word of `query`, each as a word's beginning, the best first.

        When nothing holds them, words that nobody wrote are replaced by the nearest that somebody did.
        """
        if self._missing:
            self.fill(AT_ONCE)
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
        match = " ".join(f'"{word}"*' if len(word) > 1 else f'"{word}"' for word in words)
        best = self._index.ask(
            "SELECT path, digest, snippet(page, -1, ?, ?, '…', 24) FROM page CROSS JOIN sought ON id = page.rowid "
            "WHERE page MATCH ? AND rank MATCH ? ORDER BY rank LIMIT ?",
            (_BEGIN, _END, match, f"bm25({WEIGHTS})", limit + SPARE),
        )
        hits: list[Hit] = []
        for path, digest, snippet in best:
            # a process that noticed a change first may have put another text in the place of ours
            found = self._live.get(path)
            if found is None or found.digest != digest or len(hits) == limit:
                continue
            for document in self.library.articles.read([found]):
                hits.append(Hit(document.url, document.title, KINDS[document.kind], _marked(snippet)))
        return tuple(hits)

    def _nearest(self, word: str) -> str:
        """What somebody wrote and `word` may be a slip of; itself when nothing is near.

        Of like words, one with the same letters, then the most like, then that on more pages: "pian" is "pain".
        """
        known = self._all_terms()
        if len(word) < SHORTEST_MENDED or word in known:
            return word
        # of about the same length, with the same beginning or end: people slip in the middle
        terms = [
            term for term in known if abs(len(term) - len(word)) <= 2 and (term[0] == word[0] or term[-2:] == word[-2:])
        ]
        near = difflib.get_close_matches(word, terms, NEAR, 0.7)
        letters = sorted(word)

        def fit(term: str) -> tuple[bool, float, int]:
            return sorted(term) == letters, difflib.SequenceMatcher(None, term, word).ratio(), known[term]

        return max(near, key=fit, default=word)

    def _all_terms(self) -> Mapping[str, int]:
        """Every word that may be meant, and how many pages hold it. Kept: the index counts for a while to list them."""
        if self._terms is None:
            asked = self._index.ask("SELECT term, doc FROM word WHERE length(term) >= ?", (SHORTEST_MENDED,))
            self._terms = {term: pages for term, pages in asked}
        return self._terms


class LatestSearch:
    """The search of the library that is live; another one is made when another library is. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._search: SearchIndex | None = None

    def of(self, library: Library) -> SearchIndex:
        """The search of `library`."""
        with self._lock:
            if self._search is None or self._search.library is not library:
                self._search = SearchIndex(library)
            return self._search


def _rows(document: Document) -> Iterator[tuple[str, str, str, str, str, str]]:
    try:
        front, source = document.front, document.source
    except SourceLost:
        return
    asked = " ".join(f"{q.question} {q.answer}" for q in getattr(front, "questions", ()))
    yield document.path, document.digest, front.title, front.summary, asked, words_of(source)


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _marked(text: str) -> Markup:
    safe = str(escape(text)).replace(_BEGIN, "<mark>").replace(_END, "</mark>")
    return Markup(safe)  # noqa: S704 - escaped in the line above
