"""Showing a text before it is live: a signed, expiring address, and the library as it would be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from app.publishing.library import Document, Library, Shelf
from app.publishing.reading.index import SourceLost
from app.publishing.reading.turns import read_now
from app.publishing.schema.problems import faulty_paths
from app.publishing.shown import Shown

#: A link lasts so long. Seconds.
LASTS_S = 7 * 24 * 3600
KINDS = ("articles", "conditions", "treatments", "techniques", "team")


class UnknownText(LookupError):
    """No text has this slug, or several kinds have one: says which."""


class PreviewLinks:
    """Makes and reads preview tokens. A token names a kind and a slug, and ends after a week."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret_key, salt="preview")

    def token_for(self, document: Document) -> str:
        """The token of this document as of now."""
        return str(self._serializer.dumps([document.kind, document.slug]))

    def ends_at(self, token: str) -> datetime | None:
        """When (UTC) the link with this token ends; None for what was not signed here, or too long ago."""
        try:
            _, made_at = self._serializer.loads(token, max_age=LASTS_S, return_timestamp=True)
        except BadData:
            return None
        ends_at: datetime = made_at + timedelta(seconds=LASTS_S)
        return ends_at

    def read(self, token: str) -> tuple[str, str] | None:
        """Kind and slug; None for what was not signed here, or too long ago."""
        try:
            kind, slug = self._serializer.loads(token, max_age=LASTS_S)
        except (BadData, TypeError, ValueError):
            return None
        return (kind, slug) if kind in KINDS and isinstance(slug, str) else None


def find_text(shelf: Shelf, name: str) -> Document:
    """The text called `name`: a slug, or kind and slug ("articles/my-story"). Raises UnknownText."""
    kind, _, slug = name.rpartition("/")
    found = [
        documents[slug]
        for one, documents in (*shelf.documents.items(), *shelf.refused.items())
        if slug in documents and one in KINDS and kind in ("", one)
    ]
    if len(found) != 1:
        places = ", ".join(document.path for document in found)
        if not found and (faulty := [path for path in faulty_paths(shelf.faults) if path.endswith(f"/{slug}.md")]):
            raise UnknownText(f"{faulty[0]} cannot be shown yet; mend first what the check says of it")
        if not found and slug in shelf.documents["pages"]:
            raise UnknownText(f"'{name}' is a page of fixed words: these have no preview")
        raise UnknownText(f"'{name}' is several texts: {places}" if found else f"no text is called '{name}'")
    return found[0]


def as_if_live(library: Library, kind: str, slug: str) -> Library | None:
    """The library with one more text shown, whatever its status and dates; None when there is no such text."""
    document = library.shelf.refused.get(kind, {}).get(slug) or library.shelf.documents[kind].get(slug)
    shelf = library.shelf
    if document is not None and document.unread:
        try:
            parsed = read_now(document, shelf)
        except SourceLost:
            return None
        remarks = {**shelf.remarks, document.path: parsed.remarks}
        shelf = replace(shelf, faults=(*shelf.faults, *parsed.faults), remarks=remarks)
        document = parsed.refused or (parsed.value if isinstance(parsed.value, Document) else None)
    if document is None:
        return None
    live: Shown[Document] | Mapping[str, Document] = getattr(library, kind)
    changes: dict[str, Any] = {
        kind: live.also(document.slug, document) if isinstance(live, Shown) else {**live, document.slug: document}
    }
    return replace(library, version=f"{library.version}-preview", shelf=shelf, **changes)
