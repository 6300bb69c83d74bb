"""The control page: what the sandbox knows, and the switches for faults."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template

from dev.stripe_sandbox import money
from dev.stripe_sandbox.world import World

control_pages = Blueprint("control", __name__, template_folder="templates")
SHOWN = 25


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


@control_pages.get("/")
def show() -> Response:
    """Sessions and events, newest first."""
    world = _world()
    with world.store.transaction():
        sessions = world.store.newest_first("checkout.session")[:SHOWN]
        events = world.store.newest_first("event")[:SHOWN]
        deliveries = {event["id"]: world.store.find("delivery", event["id"]) for event in events}
    response = make_response(
        render_template(
            "control.html", world=world, sessions=sessions, events=events, deliveries=deliveries, words=money.words
        )
    )
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@control_pages.get("/healthz")
def healthz() -> Response:
    """The sandbox answers."""
    return jsonify({"sandbox": "stripe", "now": _world().now()})
