"""A text before it is live, exactly as it will look, with what the check says above it. Behind a signed link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, g

from app.publishing.checks.review import review_of
from app.publishing.previews import as_if_live
from app.web.lookup import live_library
from app.web.pages import article, condition, technique, treatment
from app.web.practice_pages import practitioner
from app.web.ready_pages import never_kept
from app.web.site import site

preview_pages = Blueprint("preview", __name__)

VIEWS: dict[str, Callable[..., Any]] = {
    "articles": article,
    "conditions": condition,
    "treatments": treatment,
    "techniques": technique,
    "team": practitioner,
}


@preview_pages.get("/preview/<token>")
def preview(token: str) -> Any:
    """404 for a link that is not ours or too old. What is shown is kept nowhere and found by no search engine."""
    here = site()
    named = here.previews.read(token)
    library = as_if_live(live_library(), *named) if named else None
    if named is None or library is None:
        abort(404)
    kind, slug = named
    g.preview_library = library
    document = getattr(library, kind)[slug]
    shelf = library.shelf
    told = {*shelf.remarks.get(document.path, ()), *(fault for fault in shelf.faults if fault.path == document.path)}
    g.preview_remarks = sorted(told.union(review_of([document], shelf, here.clock().date())))
    g.preview_of = document
    never_kept()
    return VIEWS[kind](slug=slug)


@preview_pages.after_request
def keep_out(response: Response) -> Response:
    """Neither caches nor search engines keep it, and links from it do not tell where they came from."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
