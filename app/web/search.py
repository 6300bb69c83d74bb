"""Search, as a page."""

from __future__ import annotations

import re

from flask import Blueprint, render_template, request

from app.publishing.search import Hit, LatestSearch
from app.web.site import site

search_pages = Blueprint("search", __name__)


_search = LatestSearch()


def suggest(address: str, *, limit: int = 3) -> tuple[Hit, ...]:
    """Pages that the words of a mistyped address (its last part) may have meant, best first."""
    words = " ".join(re.findall(r"[a-z]{3,30}", address.lower().rstrip("/").rpartition("/")[2])[:6])
    return _search.of(site().library()).find(words, limit=limit).hits if words else ()


@search_pages.get("/search")
def search() -> tuple[str, int, dict[str, str]]:
    """Pages that hold the words of `q`. Kept out of search engines, like every list that depends on a question."""
    library = site().library()
    results = _search.of(library).find(request.args.get("q", ""))
    page = render_template("search/search.html", results=results, conditions=library.conditions.values())
    return page, 200, {"X-Robots-Tag": "noindex", "Cache-Control": "private, max-age=60"}
