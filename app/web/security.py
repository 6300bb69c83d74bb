"""The headers every answer carries, and the proxies and hosts that are believed."""

from __future__ import annotations

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

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


def protect(app: Flask, *, checkout_origin: str, production: bool, trusted_proxies: int, host: str | None) -> None:
    """Add the security headers to every answer of `app`; in production answer only to our own host name."""
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
        # this machine watches itself by /healthz and /readyz, and has no other name to call
        app.config["TRUSTED_HOSTS"] = [host, *LOOPBACK]
    by_name = [(name.lower(), (name, value)) for name, value in headers.items()]

    @app.after_request
    def add_headers(response: Response) -> Response:
        given = {name.lower() for name, _ in response.headers}
        response.headers.extend([header for name, header in by_name if name not in given])
        return response

    if trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies, x_host=trusted_proxies
        )
