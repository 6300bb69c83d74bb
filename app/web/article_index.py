"""Which articles the index shows: narrowed by condition, kind, technique and audience, twenty a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from app.publishing.library import Document, Library

A_PAGE = 20
KINDS = {"case-study": "Case studies", "guide": "Guides"}
NAMES = ("condition", "kind", "technique", "audience")


@dataclass(frozen=True, slots=True)
class Way:
    """One link that narrows the list, or takes a narrowing away."""

    words: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One view of the index. `query` is its address as we write it; `path` the address to give search engines."""

    documents: tuple[Document, ...]
    total: int
    page: int
    pages: int
    query: str
    path: str
    ways: dict[str, tuple[Way, ...]]
    narrowed: bool

    def page_href(self, page: int) -> str:
        """The address of another page of the same view."""
        wanted = {"page": str(page)} if page > 1 else {}
        kept = [pair for pair in self.query.split("&") if pair and not pair.startswith("page=")]
        query = "&".join([*kept, urlencode(wanted)] if wanted else kept)
        return "/articles/" + (f"?{query}" if query else "")


def read_choice(library: Library) -> Choice | None:
    """The view that the request asks for; None when it names something that does not exist."""
    options = _options(library)
    chosen = {name: value for name in NAMES if (value := request.args.get(name, "")[:80])}
    if any(value not in options[name] for name, value in chosen.items()):
        return None
    articles = library.articles
    found = [d for d in articles.listed.values() if all(_fits(library, d, n, v) for n, v in chosen.items())]
    pages = max(1, -(-len(found) // A_PAGE))
    page = request.args.get("page", 1, type=int)
    if not 1 <= page <= pages:
        return None
    shown = {**chosen, **({"page": str(page)} if page > 1 else {})}
    return Choice(
        documents=tuple(articles.read(found[(page - 1) * A_PAGE : page * A_PAGE])),
        total=len(found),
        page=page,
        pages=pages,
        query=urlencode(shown),
        path="/articles/" + (f"?page={page}" if page > 1 and not chosen else ""),
        ways={name: _ways(name, options[name], chosen) for name in NAMES},
        narrowed=bool(chosen),
    )


def _options(library: Library) -> dict[str, dict[str, str]]:
    """Per way of narrowing, the values that lead to at least one article, with their words."""
    articles = library.articles.listed.values()
    regions = {region for a in articles for region in a.meta.regions}
    used = {technique for a in articles for technique in a.meta.techniques}
    kinds = {a.meta.kind for a in articles}
    audiences = dict.fromkeys(audience for a in articles for audience in a.meta.audiences)
    return {
        "condition": {s: c.meta.short for s, c in library.conditions.items() if c.meta.region in regions},
        "kind": {kind: words for kind, words in KINDS.items() if kind in kinds},
        "technique": {s: t.meta.title for s, t in library.techniques.items() if s in used},
        "audience": {audience: audience.replace("-", " ").capitalize() for audience in audiences},
    }


def _fits(library: Library, document: Document, name: str, value: str) -> bool:
    meta = document.meta
    if name == "condition":
        return bool(library.conditions[value].meta.region in meta.regions)
    if name == "kind":
        return bool(meta.kind == value)
    values: Iterable[str] = meta.techniques if name == "technique" else meta.audiences
    return value in values


def _ways(name: str, options: dict[str, str], chosen: dict[str, str]) -> tuple[Way, ...]:
    ways = []
    for value, words in options.items():
        is_chosen = chosen.get(name) == value
        wanted = {n: v for n, v in {**chosen, name: "" if is_chosen else value}.items() if v}
        query = urlencode({n: wanted[n] for n in NAMES if n in wanted})
        ways.append(Way(words, "/articles/" + (f"?{query}" if query else ""), is_chosen))
    return tuple(ways)
