"""Errors inside the staff area: its own people get its own frame and a way on, strangers are sent to sign in.

What a stranger is answered is the same for addresses that there are and for those that there are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, render_template

from app.web.staff.gate import inside, let_in, written

#: Title and words by status; others below 500 are told as 400, others above as 500.
WORDS = {
    400: (
        "We could not take that",
        "The page was open for too long, or a part of it was missing. Nothing was changed. Go back, reload it, and "
        "send it again.",
    ),
    403: ("That is not open to you", "Nothing was changed. Ask a colleague who may open it."),
    404: ("There is nothing at this address", "It may be mistyped, or what stood here is gone. Nothing was changed."),
    405: ("That does not work this way", "Nothing was changed. Use the links and buttons of the page."),
    409: ("That has changed in the meantime", "Nothing was done. Go back, reload the page, and look again."),
    410: ("That has been taken away", "What stood here is gone for good."),
    413: ("That was too much at once", "Nothing was changed. Shorten what you typed, and send it again."),
    429: ("Too many tries", "Wait a minute, then try again."),
    500: (
        "Something went wrong",
        "It is not your doing. Look whether it was done before you do it again. If this stays, tell whoever looks "
        "after the server.",
    ),
    502: ("A service we need does not answer", "Look whether it was done, then try again in a minute."),
    503: ("The site is busy for a moment", "Nothing was changed. Try again in a minute."),
}


def stop_stranger(status: int) -> Any:
    """The way to sign in, for a stranger who met an error inside the staff area; None for everybody else.

    From 500 on the database may be what is broken, and nobody is looked up.
    """
    return let_in() if inside() and status < 500 and "staff" not in g else None


def answer_inside(status: int, headers: Mapping[str, str]) -> Any:
    """The answer to an error inside the staff area; None when the error is elsewhere."""
    if not inside():
        return None
    stopped = stop_stranger(status)
    if stopped is not None:
        return stopped
    title, text = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    page = render_template("staff/error.html", title=title, text=text, words=written() if "staff" in g else None)
    return page, status, dict(headers)
