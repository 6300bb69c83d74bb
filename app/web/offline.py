"""What stands on the screen when the network does not answer: one page, kept by a small service worker.

The worker is registered by the first booking page, so that reading costs nothing more. It looks at page loads only,
asks the network each time, and keeps nothing but this page and the style sheet: no booking page is ever kept.
"""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, current_app, render_template

from app.web.ready_pages import ready
from app.web.site import site

offline_pages = Blueprint("offline", __name__)


@offline_pages.get("/offline")
@ready
def offline() -> str:
    """That there is no connection, what is safe meanwhile, and the phone."""
    return render_template("errors/offline.html")


@offline_pages.get("/worker.js")
@ready
def worker() -> Response:
    """The service worker, with the version of what it keeps in its text: browsers compare the bytes."""
    assets = current_app.extensions["assets"]
    sheet = f"{current_app.static_url_path}/{assets.versioned('site.css')}"
    version = hashlib.sha256(f"{site().library().version}{sheet}".encode()).hexdigest()[:12]
    found = assets.find("worker.js")
    text = found[0].content.decode().replace("@version", version).replace("@sheet", sheet)
    response = Response(text, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
