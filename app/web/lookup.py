"""Looking things up in the live library, as several pages do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import abort

from app.publishing.library import Document, Library
from app.web.next_free import due_for
from app.web.site import site

#: The regions from the head down, as on the map.
HEIGHTS = ("neck", "upper", "lower")


def live_library() -> Library:
    """What readers see now."""
    return site().library()


def get_or_404(documents: Mapping[str, Document], slug: str) -> Document:
    """The live document with that slug. Answers 404 when there is none."""
    document = documents.get(slug)
    if document is None:
        abort(404)
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
