"""What the people of the team are called, those included who have left."""

from __future__ import annotations

from app.web.site import site


def person_name(slug: str) -> str:
    """The name of someone of the team, also of one who is no longer shown; else what the diary has, made readable."""
    library = site().library()
    document = library.team.get(slug) or library.shelf.documents["team"].get(slug)
    return str(document.meta.name) if document is not None else slug.replace("-", " ").capitalize()
