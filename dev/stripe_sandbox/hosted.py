"""The hosted payment page: what a buyer sees instead of Stripe's. Plain forms, no script needed."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from dev.stripe_sandbox import buyer, checkout, money
from dev.stripe_sandbox.errors import ApiError
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import World

hosted_pages = Blueprint("hosted", __name__, template_folder="templates", static_folder="static")


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


@hosted_pages.get("/c/pay/<session_id>")
def show(session_id: str) -> Response:
    """The page with the amount, the time that is left and the buttons; or what has become of the session."""
    world = _world()
    with world.store.transaction():
        checkout.expire_overdue(world)
    session = world.store.find("checkout.session", session_id)
    if session is None:
        return _page(None, "gone", 404)
    return _page(session, "closed" if session["status"] != "open" else "pay", declined="declined" in request.args)


@hosted_pages.post("/c/pay/<session_id>")
def act(session_id: str) -> AnyResponse:
    """One button of the page. Every way ends in a 303 or a page, also when the session closed in the meantime."""
    world = _world()
    choice = request.form.get("choice", "")
    try:
        with world.store.transaction():
            checkout.expire_overdue(world)
            session = _perform(world, session_id, choice)
    except ApiError:
        found = world.store.find("checkout.session", session_id)
        return _page(found, "closed" if found else "gone", 409 if found else 404)
    if choice == "back":
        return redirect(session["cancel_url"] or f"/c/pay/{session_id}", code=303)
    if choice == "decline":
        return redirect(f"/c/pay/{session_id}?declined=1", code=303)
    if choice == "secure":
        return _page(session, "secure")
    if choice.endswith("and-close"):
        return _page(session, "left")
    return redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id), code=303)


def _perform(world: World, session_id: str, choice: str) -> Object:
    acts = {
        "pay": buyer.pay,
        "pay-and-close": buyer.pay,
        "later": buyer.pay_later,
        "decline": buyer.decline,
        "secure": checkout.get,
        "back": checkout.get,
    }
    if choice not in acts:
        raise ApiError("Unknown choice.")
    return acts[choice](world, session_id)


def _page(session: Object | None, view: str, status: int = 200, *, declined: bool = False) -> Response:
    world = _world()
    terms = world.store.find("session_terms", session["id"]) if session else None
    response = make_response(
        render_template(
            "hosted.html",
            view=view,
            session=session,
            items=terms["line_items"] if terms else [],
            declined=declined,
            left_s=session["expires_at"] - world.now() if session else 0,
            until=datetime.fromtimestamp(session["expires_at"], UTC) if session else None,
            words=money.words,
        ),
        status,
    )
    response.headers["Content-Security-Policy"] = content_policy(session)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def content_policy(session: Object | None) -> str:
    """Nothing foreign; a form may lead back only to the site that opened the session."""
    urls = [session["success_url"], session["cancel_url"]] if session else []
    origins = sorted({"{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in urls if url})
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; form-action " + " ".join(["'self'", *origins])
    )
