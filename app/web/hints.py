"""Hints to browsers that can use them: a reading page may be fetched when somebody is about to press its link.

Only pages that are the same for everyone are named. Booking pages and links with a token are never fetched ahead: they
set cookies, hold times, or are somebody's own.
"""

from __future__ import annotations

from flask import Response, current_app


def hint_reading(response: Response) -> Response:
    """Put the address of the rules (static/reading.speculation) on a reading page."""
    if response.status_code == 200 and response.mimetype == "text/html":
        name = current_app.extensions["assets"].versioned("reading.speculation")
        response.headers["Speculation-Rules"] = f'"{current_app.static_url_path}/{name}"'
    return response
