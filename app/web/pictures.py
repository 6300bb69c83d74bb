"""The finished pictures of the texts, each under an address that says what it was made of, so that it never changes."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from app.publishing.pictures.folder import digest_in
from app.publishing.pictures.store import MEDIA_TYPES
from app.web.assets import FOR_GOOD
from app.web.site import site

picture_pages = Blueprint("pictures", __name__)


@picture_pages.get("/pictures/<name>")
def picture(name: str) -> Response:
    """One file. 404 for what no text shows; 410 once every text that showed it was taken down.

    The file of a text that is not live yet is given to whoever knows its address, as a preview needs it.
    """
    here = site()
    documents = here.library().shelf.pictured.get(digest_in(name) or "", ())
    if not documents:
        abort(404)
    now = here.clock()
    if all(document.over_at(now) for document in documents):
        abort(410)
    path = here.pictures / name
    try:
        answer = Response(path.read_bytes(), content_type=MEDIA_TYPES[path.suffix[1:]])
    except FileNotFoundError:  # of a picture, but in a width or format that it does not have
        abort(404)
    answer.headers["Cache-Control"] = FOR_GOOD
    return answer
