"""Whole pages that are alike for all who ask the same: drawn once, and shown with each visitor's own form token.

    return kept_page("booking/week.html", week=shown, held=None)

A page is kept for one version of the content and for all that its template is given, compared as values. So nothing
grows stale: whoever has other values gets another page. And nothing of one visitor can stand on another's: the template
is given nothing else. Neither the request nor the session can be reached from it, and naming them is an error.
"""

from __future__ import annotations

import secrets
from collections.abc import Hashable

from flask import Flask, current_app

from app.web.kept_store import Store
from app.web.sessions import form_token, mark_for_token
from app.web.site import site

#: Bytes of all pages of one process: some three hundred. The ones drawn first go first.
ROOM = 4_000_000
#: What Flask gives to every template and a kept page may not use, in words of `Environment.globals`.
OUT_OF_REACH = ("request", "session", "g", "config", "get_flashed_messages")


def kept_page(template: str, **given: Hashable) -> bytes:
    """The page that `template` makes of `given`, in UTF-8.

    Besides `given` the template knows `practice`, `library` and `base_url`, as all do. Its forms carry the token of
    whoever asks: a page is drawn with a mark in its place, cut there, and put together with each one's own.
    """
    library = site().library()
    store: Store[tuple[bytes, ...]] = current_app.extensions["kept_pages"]
    key = (template, library.version, *given.items())
    pieces = store.find(key)
    if pieces is None:
        pieces = _draw(template, given)
        if not current_app.jinja_env.auto_reload:  # a developer's templates change under the same content
            store.keep(key, pieces, sum(map(len, pieces)))
    return form_token().encode().join(pieces)


def _draw(template: str, given: dict[str, Hashable]) -> tuple[bytes, ...]:
    templates = current_app.jinja_env
    nobody = {name: templates.undefined(name=name) for name in OUT_OF_REACH}
    library = site().library()
    known = {"practice": library.practice, "library": library, "base_url": site().base_url}
    mark = secrets.token_hex(16)
    with mark_for_token(mark):
        page = templates.get_template(template).render({**nobody, **known, **given})
    return tuple(piece.encode() for piece in page.split(mark))


def set_up_kept_pages(app: Flask) -> None:
    """Give `app` the room for its kept pages."""
    app.extensions["kept_pages"] = Store[tuple[bytes, ...]](ROOM)
