"""The headers every answer carries, and the proxies and hosts that are believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import get_current_url
from werkzeug.utils import redirect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger("web")

LOOPBACK = ("127.0.0.1", "localhost")


def content_policy(checkout_origin: str, *, upgrade: bool) -> str:
    """The site's Content-Security-Policy.

    Nothing inline and nothing foreign. Browsers apply form-action to redirects too, so the hosted payment
    page must be named: the pay button is a form that is answered by a redirect to it.
    """
    rules = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        f"form-action 'self' {checkout_origin}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if upgrade:
        rules.append("upgrade-insecure-requests")
    return "; ".join(rules)


class HttpsOnly:
    """Sends whoever came to the proxy without TLS to the same address with it, for good, before anything is done.

    Requests that came by no proxy are answered: this machine watches itself without TLS.
    """

    def __init__(self, app: WSGIApplication, host: str) -> None:
        self._app, self._host = app, host

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["wsgi.url_scheme"] == "https" or "HTTP_X_FORWARDED_PROTO" not in environ:
            return self._app(environ, start_response)
        asked = Request(environ)
        # our own name, whatever was asked for: nobody is sent to a stranger
        place = get_current_url("https", self._host, asked.root_path, asked.path, asked.query_string)
        return redirect(place, code=308)(environ, start_response)


class ProxyNotBelieved:
    """Tells the log, once, that a proxy stands in front which is not believed: all visitors count as one network then,
    and one of them can use up the limits of all.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app, self._told = app, False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._told and "HTTP_X_FORWARDED_FOR" in environ:
            self._told = True
            log.error("a proxy stands in front and is not believed: set TRUSTED_PROXIES")
        return self._app(environ, start_response)


class WithHeaders:
    """Puts headers on every answer that does not carry them already, whatever made it."""

    def __init__(self, app: WSGIApplication, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = [(name.lower(), (name, value)) for name, value in headers.items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, given: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            names = {name.lower() for name, _ in given}
            missing = [header for name, header in self._headers if name not in names]
            return start_response(status, given + missing, *error)

        return self._app(environ, start)


def send_headers(app: Flask, *, checkout_origin: str, production: bool) -> None:
    """Put the security headers on every answer of `app`."""
    headers = {
        "Content-Security-Policy": content_policy(checkout_origin, upgrade=production),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    if production:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    app.wsgi_app = WithHeaders(app.wsgi_app, headers)  # type: ignore[method-assign]


def believe(app: Flask, *, trusted_proxies: int, production: bool, host: str | None) -> None:
    """Believe so many proxies, and in production answer only to our own host name."""
    if production:
        # this machine watches itself by /healthz and /readyz, and has no other name to call
        app.config["TRUSTED_HOSTS"] = [host, *LOOPBACK]
    if trusted_proxies:
        if production and host:
            app.wsgi_app = HttpsOnly(app.wsgi_app, host)  # type: ignore[method-assign]
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies, x_host=trusted_proxies
        )
    elif production:
        app.wsgi_app = ProxyNotBelieved(app.wsgi_app)  # type: ignore[method-assign]
