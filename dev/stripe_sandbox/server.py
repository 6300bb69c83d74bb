"""HTTP around the sandbox: the API, the hosted payment page and the control page, on loopback only."""

from __future__ import annotations

import secrets
import socket
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from dev.stripe_sandbox.api import ApiRequest, answer
from dev.stripe_sandbox.control import control_pages
from dev.stripe_sandbox.errors import AnswerLost
from dev.stripe_sandbox.hosted import hosted_pages
from dev.stripe_sandbox.idempotency import forget_unfinished
from dev.stripe_sandbox.world import World

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_sandbox(world: World) -> Flask:
    """The sandbox's web application around `world`."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = secrets.token_hex()
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["world"] = world
    forget_unfinished(world)
    app.before_request(refuse_strangers)
    app.register_blueprint(hosted_pages)
    app.register_blueprint(control_pages)
    app.add_url_rule("/favicon.ico", endpoint="icon", view_func=lambda: ("", 204))
    app.add_url_rule("/v1/", view_func=api, methods=["GET", "POST", "DELETE"], defaults={"rest": ""})
    app.add_url_rule("/v1/<path:rest>", view_func=api, methods=["GET", "POST", "DELETE"])
    return app


def refuse_strangers() -> None:
    """Answer only to this machine's own names, and to no form of a foreign page (a page the developer visits could
    otherwise move money here through the developer's browser)."""
    if request.host.rsplit(":", 1)[0] not in LOOPBACK:
        abort(403)
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin not in (None, "null") and urlsplit(origin).netloc != request.host:
        abort(403)
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)


def api(rest: str) -> Response:
    """Stripe's API."""
    fields = request.form if request.method == "POST" else request.args
    call = ApiRequest(
        method=request.method,
        path=request.path,
        pairs=tuple((name, value) for name in fields for value in fields.getlist(name)),
        authorization=request.headers.get("Authorization", ""),
        idempotency_key=request.headers.get("Idempotency-Key"),
        version=request.headers.get("Stripe-Version"),
    )
    try:
        given = answer(current_app.extensions["world"], call)
    except AnswerLost:
        _hang_up(request.environ)
        return Response(status=500)
    return Response(
        current_app.json.dumps(given.body, indent=2), given.status, given.headers, mimetype="application/json"
    )


def _hang_up(environ: dict[str, Any]) -> None:
    """End the connection without a word, as a broken network would."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: what happened is on the control page."""


def make_sandbox_server(world: World, port: int, host: str = "127.0.0.1") -> BaseWSGIServer:
    """A threaded server bound to loopback; `port` 0 takes a free one. Raises OSError when the port is taken."""
    if host not in ("127.0.0.1", "::1"):
        raise ValueError("the sandbox listens on this machine only")
    app = create_sandbox(world)
    probe = socket.create_server((host, port))  # werkzeug would end the process when the port is taken
    server = make_server(
        host, probe.getsockname()[1], app, threaded=True, request_handler=_QuietHandler, fd=probe.fileno()
    )
    probe.close()
    return server
