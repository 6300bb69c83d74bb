"""Who is filling in the form: a random number in a cookie that only booking pages set, and nothing about a person."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from flask import Response, current_app, g, request, session

from app.domain.booking import Booking
from app.domain.draft import Draft
from app.domain.hold import SITTING, network_digest
from app.domain.refusals import BookingNotFound
from app.services.booking.drafts import discard_draft, read_sitting, reading_together, save_draft
from app.services.booking.holds import find_hold
from app.web.limits import guard_beginning
from app.web.site import site

KEY = "visitor"
#: The one booking page that a search may lead to: it asks nothing yet and knows nothing.
LANDING = "reason.reason"


def visitor() -> str:
    """The digest that names this visitor's draft and holds; a new one when the cookie has none (429 for too many)."""
    token = session.get(KEY)
    if not isinstance(token, str):
        guard_beginning()
        token = session[KEY] = secrets.token_urlsafe(24)
    return hashlib.sha256(token.encode()).hexdigest()


def network() -> str | None:
    """The keyed digest of the network this request comes from."""
    return network_digest(request.remote_addr, str(current_app.config["SECRET_KEY"]))


def draft() -> Draft:
    """What the visitor has answered so far."""
    if KEY not in session:
        return Draft()
    sitting = read_sitting(visitor())
    g.may_hold = sitting.may_hold
    return sitting.draft


def only_reads(view: Callable[..., Any]) -> Callable[..., Any]:
    """For views that write nothing: the draft and the diary are read on one connection, which costs less than two."""

    @wraps(view)
    def reading(**given: Any) -> Any:
        site().library()  # first: texts that changed are read now, not while what was read of the diary grows old
        with reading_together():
            return view(**given)

    return reading


def keep(answers: Draft, **changes: Any) -> Draft:
    """Store the draft with `changes`."""
    changed = replace(answers, **changes)
    save_draft(visitor(), changed, now=site().clock())
    return changed


def forget() -> None:
    """Drop the visitor's answers."""
    if KEY in session:
        discard_draft(visitor())


def own_hold() -> Booking | None:
    """The time this visitor holds, if any."""
    return find_hold(visitor(), now=site().clock()) if KEY in session else None


def shown_hold() -> Booking | None:
    """The time this visitor held when their draft was read, for pages that only show it: one question less."""
    return own_hold() if g.get("may_hold", True) else None


def proof_of(answers: Draft) -> tuple[int, int] | None:
    """The booking whose mailed link the visitor came by: it opens its client's credit. None without such a link."""
    if answers.link is None:
        return None
    links = site().links
    try:
        return links.read(answers.link) if links.was_mailed(answers.link) else None
    except BookingNotFound:
        return None


def passed_gate(answers: Draft) -> bool:
    """Whether the safety lists, as they are worded now, were passed in this sitting."""
    if answers.gate_passed_at is None or answers.gate_version != site().library().safety.version:
        return False
    return site().clock() - answers.gate_passed_at < SITTING


def private(response: Response) -> Response:
    """Booking pages are nobody else's: not stored, not told to the next site, and only the bare first one indexed."""
    response.headers["Cache-Control"] = "no-store"
    if request.endpoint != LANDING or request.query_string:
        response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
