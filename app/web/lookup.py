"""Looking things up in the live library, as several pages do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask import abort, g, redirect

from app.publishing.library import Document, Library
from app.web.next_free import due_for
from app.web.ready_pages import true_until
from app.web.site import site

#: The regions from the head down, as on the map.
HEIGHTS = ("neck", "upper", "lower")
#: A page without its pictures is not to be kept by others for longer than they take to be made.
UNTIL_MADE = timedelta(seconds=5)


def live_library() -> Library:
    """What readers see now; inside a preview, what they would see."""
    return g.get("preview_library") or site().library()


def get_or_404(kind: str, slug: str) -> Document:
    """The live document of that kind (a folder of the content) and slug.

    An older slug of a live document answers 301 to its address; what was taken down answers 410; anything else 404.
    """
    here = site()
    library = live_library()
    live: Mapping[str, Document] = getattr(library, kind)
    document = live.get(slug)
    if document is None:
        former = library.shelf.former.get((kind, slug))
        if former is not None and former.slug in live:
            abort(redirect(former.url, 301))
        gone = library.shelf.documents[kind].get(slug) or former
        abort(410 if gone is not None and gone.over_at(here.clock()) else 404)
    if document.waits:
        true_until(here.clock() + UNTIL_MADE)
    return document


def by_height(conditions: Iterable[Document]) -> list[Document]:
    """Conditions in the order of the map, from the head down."""
    return sorted(conditions, key=lambda condition: HEIGHTS.index(condition.meta.region))


def price_lines(library: Library) -> list[dict[str, Any]]:
    """Every visit with what is paid when, in order of display."""
    catalogue = library.catalogue
    return [
        {
            "document": document,
            "treatment": catalogue.treatments[slug],
            "due": due_for(catalogue, catalogue.treatments[slug]),
            "currency": catalogue.policy_for(slug).currency,
        }
        for slug, document in library.treatments.items()
        if slug in catalogue.treatments
    ]
