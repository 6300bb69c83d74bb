"""The control page and the control port: see what the sandbox knows, and turn its switches.

A form gets the page again; whoever sends or wants JSON gets JSON: `POST /control/clock` with `{"seconds": 3600}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from dev.stripe_sandbox import money
from dev.stripe_sandbox.errors import ApiError
from dev.stripe_sandbox.faults import FAULT_KINDS
from dev.stripe_sandbox.switches import SWITCHES, WrongField, turn
from dev.stripe_sandbox.world import World

control_pages = Blueprint("control", __name__, template_folder="templates")
SHOWN = 25
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


@control_pages.get("/")
def show() -> Response:
    """Sessions, refunds, disputes and events, newest first, with the switches that fit them."""
    return _page()


def _page(problem: str | None = None, status: int = 200) -> Response:
    world = _world()
    with world.store.transaction():
        events = world.store.newest_first("event")[:SHOWN]
        page = render_template(
            "control.html",
            world=world,
            now=datetime.fromtimestamp(world.now(), UTC),
            problem=problem,
            sessions=world.store.newest_first("checkout.session")[:SHOWN],
            refunds=world.store.newest_first("refund")[:SHOWN],
            disputes=world.store.newest_first("dispute")[:SHOWN],
            events=events,
            deliveries={event["id"]: world.store.find("delivery", event["id"]) for event in events},
            kinds=FAULT_KINDS,
            words=money.words,
        )
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@control_pages.post("/control/<name>")
def turn_switch(name: str) -> AnyResponse:
    """Turn one switch; 400 with the reason when a field or the state of things does not allow it."""
    if name not in SWITCHES:
        abort(404)
    try:
        done = turn(_world(), name, _given())
    except WrongField as error:
        return _refused(str(error), 400, error.field)
    except ApiError as error:
        return _refused(str(error), error.status, None)
    return jsonify(done) if _wants_json() else redirect("/", code=303)


@control_pages.get("/control/state")
def state() -> Response:
    """What the switches are set to, and the clock."""
    world = _world()
    with world.store.transaction():
        faults = world.faults
        return jsonify(
            {
                "now": world.now(),
                "endpoint": world.endpoint.url,
                "secrets": len(world.signing_secrets()),
                "api": [{"kind": one.kind, "path": one.path, "times": one.times} for one in faults.api],
                "webhooks_stopped": faults.webhooks_stopped,
                "webhooks_reordered": faults.webhooks_reordered,
                "webhook_delay_s": faults.webhook_delay_s,
                "drop_next": faults.drop_next,
                "duplicate_next": faults.duplicate_next,
                "next_refunds": faults.next_refunds,
                "undelivered": len(world.store.newest_first("delivery", mark="waiting")),
            }
        )


@control_pages.get("/healthz")
def healthz() -> Response:
    """The sandbox answers."""
    return jsonify({"sandbox": "stripe", "now": _world().now()})


def _given() -> Mapping[str, str]:
    if not request.is_json:
        return request.form
    sent: Any = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise WrongField("body", "the body must be a JSON object")
    return {
        str(name): str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in sent.items()
        if value is not None
    }


def _wants_json() -> bool:
    return request.is_json or request.accept_mimetypes.best_match(["text/html", "application/json"]) != "text/html"


def _refused(words: str, status: int, field: str | None) -> Response:
    if _wants_json():
        answer = jsonify({"error": words, "field": field})
        answer.status_code = status
        return answer
    return _page(words, status)
