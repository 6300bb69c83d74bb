"""Who may enter the staff area: people who are signed in, and everyone on the few pages that let them sign in."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from flask import Response, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from app.domain.staff import LONGEST_SITTING, Staff, Stage
from app.services.staff.sittings import Opened, Place, Sitting, find_sitting
from app.services.staff.unsent import Unsent, find_unsent, keep_unsent
from app.web.limits import network
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.devices import device_in_words

__all__ = ["PUBLIC", "Staff", "current_staff"]

#: Endpoints that are for strangers too. Those for someone half-way in ask for their sitting themselves.
PUBLIC = frozenset(
    f"staff.{name}"
    for name in (
        "sign_in", "check_sign_in", "code", "check_code", "forgot", "send_forgot", "welcome", "choose_password",
        "new_factor", "confirm_factor",
    )
)  # fmt: skip
#: Where such a form is kept for them until they have signed in again.
WRITING = frozenset({"staff.answer", "staff.reply", "staff.add_hours", "staff.book_for_client"})
#: Fields that somebody may have written into for a while: whose sitting ended meanwhile gets the words back.
WRITTEN = ("words", "reply", "note")
#: Addresses of the staff area alone: nothing in them can lead to another host.
_OWN_PATH = re.compile(r"/staff/[A-Za-z0-9_\-./]*(\?[A-Za-z0-9_\-.=&%+:]*)?")


def current_staff() -> Staff:
    """Who is signed in. Only for pages behind the gate: answers 403 elsewhere."""
    return current_sitting().staff


def current_sitting() -> Sitting:
    """The sitting of who is signed in. Only for pages behind the gate: answers 403 elsewhere."""
    found: Sitting | None = g.get("sitting")
    if found is None or found.stage != "full":
        abort(403)
    return found


def half_way(*stages: Stage) -> Sitting | None:
    """The sitting of someone who has come so far: has still to give (`code`) or set up (`factor`) the second factor."""
    found: Sitting | None = g.get("sitting")
    return found if found is not None and found.stage in stages else None


def with_examples() -> bool:
    """Whether the example account may be let in: never where real clients are served."""
    return site().environment != "production"


def here() -> Place:
    """Where this request comes from."""
    return Place(site().staff_keys.digest("place", network()), device_in_words(request.user_agent.string))


def own_path(text: str | None) -> str:
    """Where to go after signing in: the page of the staff area that was asked for, or its first. Never elsewhere."""
    if text and _OWN_PATH.fullmatch(text) and "//" not in text and "/.." not in text:
        return text
    return url_for("staff.home")


@staff_pages.before_request
def let_in() -> Any:
    """Send strangers to sign in, and back afterwards to the page they asked for."""
    token = request.cookies.get(_cookie_name())
    sitting = find_sitting(site().staff_keys, token, examples=with_examples(), now=site().clock()) if token else None
    g.sitting = sitting
    if sitting is not None and sitting.stage == "full":
        g.staff = sitting.staff
        return None
    if request.endpoint in PUBLIC:
        return None
    wanted = own_path(_asked())
    sent = bool(g.get("csrf_valid"))  # by a page of ours: others must not put words into ours
    if token and sent and request.endpoint in WRITING and _kept(token):
        flash("You were signed out meanwhile, and nothing was sent. Sign in: what you wrote is in its form again.")
    elif sent and (words := written()):
        return render_template("staff/signed_out.html", words=words, back=wanted), 401
    elif token and request.method == "POST" and request.endpoint != "staff.sign_out":
        flash("You were signed out in the meantime, and nothing was done. Sign in, and press it again.")
    return redirect(url_for("staff.sign_in", next=wanted if wanted != url_for("staff.home") else None), 303)


def inside() -> bool:
    """Whether the address that was asked for is one of the staff area, of a page that there is or not."""
    prefix = str(staff_pages.url_prefix)
    return request.path == prefix or request.path.startswith(f"{prefix}/")


def written() -> str | None:
    """What somebody wrote into the form that was sent, where that may have taken them a while."""
    with suppress(RequestEntityTooLarge):  # then there is nothing to read
        return next((text for name in WRITTEN if (text := request.form.get(name))), None)
    return None


def _kept(token: str) -> bool:
    """Whether the form that was sent could be kept for whoever had the sitting of this token."""
    with suppress(RequestEntityTooLarge):
        fields = {name: value for name, value in request.form.items() if name != "csrf_token"}
        return keep_unsent(site().staff_keys, token, Unsent(request.path, fields), now=site().clock())
    return False


def unsent_form(*actions: str) -> Unsent | None:
    """What whoever is signed in sent to one of these addresses when they were signed out, if it was not sent since."""
    found = find_unsent(current_staff().id, now=site().clock())
    return found if found is not None and found.action in actions else None


def _asked() -> str | None:
    """The page that was asked for; of a form that was sent, the page it stood on."""
    if request.method != "POST":
        return request.full_path.rstrip("?")
    adapter = current_app.create_url_adapter(request)
    near = (request.path, request.path.rpartition("/")[0])
    return next((path for path in near if adapter is not None and adapter.test(path, "GET")), None)


@staff_pages.after_app_request
def private(response: Response) -> Response:
    """Staff pages are nobody else's: not stored, not indexed, not told to the next site. So are its errors."""
    if not inside():
        return response
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def seat(response: Any, opened: Opened) -> Any:
    """Give the browser the cookie of a sitting that has just begun. Forms of before are worth nothing any more."""
    session.pop("csrf_token", None)
    response.set_cookie(
        _cookie_name(),
        opened.token,
        max_age=LONGEST_SITTING,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    return response


def unseat(response: Any) -> Any:
    """Take the cookie back."""
    session.pop("csrf_token", None)
    response.delete_cookie(
        _cookie_name(), secure=bool(current_app.config["SESSION_COOKIE_SECURE"]), httponly=True, samesite="Lax"
    )
    return response


def _cookie_name() -> str:
    return str(current_app.config["STAFF_COOKIE_NAME"])
