"""The viewer's pages, on loopback only."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from flask import Flask, Response, abort, current_app, make_response, render_template, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from dev.mail_viewer.letters import Letter, find_letter, list_letters

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
#: The message itself: its own styles and nothing else. It is shown in a frame that may run nothing.
MESSAGE_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


def create_viewer(folder: Path) -> Flask:
    """The viewer of the messages in `folder`."""
    app = Flask(__name__)
    app.config["FOLDER"] = folder
    app.before_request(refuse_strangers)
    app.after_request(add_headers)
    app.add_url_rule("/", view_func=index)
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/favicon.ico", endpoint="icon", view_func=lambda: ("", 204))
    app.add_url_rule("/<name>/", view_func=show)
    app.add_url_rule("/<name>/html", view_func=html)
    app.add_url_rule("/<name>/source", view_func=source)
    app.add_url_rule("/<name>/<int:number>", view_func=attachment)
    return app


def refuse_strangers() -> None:
    """Answer only to this machine's own names."""
    if request.host.rsplit(":", 1)[0] not in LOOPBACK:
        abort(403)


def add_headers(response: Response) -> Response:
    """Nothing foreign is loaded, nothing is kept."""
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def index() -> str:
    """All messages, newest first."""
    return render_template("index.html", letters=list_letters(_folder()))


def healthz() -> Response:
    """The viewer answers."""
    return Response("ok\n", mimetype="text/plain")


def show(name: str) -> str:
    """One message: headers, HTML in a frame, text, attachments."""
    return render_template("letter.html", letter=_letter(name))


def html(name: str) -> Response:
    """The HTML of a message as it is, under a policy that lets it do nothing."""
    letter = _letter(name)
    if letter.html is None:
        abort(404)
    response = make_response(letter.html)
    response.headers["Content-Security-Policy"] = MESSAGE_POLICY
    return response


def source(name: str) -> Response:
    """The whole file as text."""
    _letter(name)
    return Response((_folder() / f"{name}.eml").read_bytes(), mimetype="text/plain")


def attachment(name: str, number: int) -> Response:
    """One attachment, always as a download."""
    part = next((one for one in _letter(name).parts if one.number == number), None)
    if part is None:
        abort(404)
    response = Response(part.body, mimetype=part.mime)
    safe_name = re.sub(r"[^\w.-]", "_", part.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{safe_name}"'
    return response


def _folder() -> Path:
    folder: Path = current_app.config["FOLDER"]
    return folder


def _letter(name: str) -> Letter:
    letter = find_letter(_folder(), name)
    if letter is None:
        abort(404)
    return letter


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


def make_viewer_server(folder: Path, port: int) -> BaseWSGIServer:
    """A server bound to loopback; `port` 0 takes a free one. Raises OSError when the port is taken."""
    probe = socket.create_server(("127.0.0.1", port))  # werkzeug would end the process when the port is taken
    server = make_server(
        "127.0.0.1",
        probe.getsockname()[1],
        create_viewer(folder),
        threaded=True,
        request_handler=_QuietHandler,
        fd=probe.fileno(),
    )
    probe.close()
    return server
