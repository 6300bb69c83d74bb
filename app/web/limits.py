"""How often one network may try: generous for people, too slow for guessing.

Counted in memory of each process, or in Redis when several machines share the counts.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import Flask, Response, abort, after_this_request, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse

limiter = Limiter(key_func=get_remote_address, headers_enabled=False)

#: Links that lead nowhere: a mistyped one or two, not a search.
WRONG_LINKS = parse("20 per hour")
#: Asking for lost links.
FINDING = parse("5 per hour")
#: Questions of one network, and such that name one address: nobody gets a heap of our notes.
ASKING, ASKING_FOR = parse("5 per hour"), parse("3 per hour")


def limit_requests(app: Flask, *, storage: str | None) -> None:
    """Make the limits of `app` count; `storage` is a Redis address or None."""
    app.config["RATELIMIT_STORAGE_URI"] = storage or "memory://"
    limiter.init_app(app)


def guard_links() -> None:
    """Answer 429 to a network that tried too many links that lead nowhere; count this one if it does."""
    here = get_remote_address()
    if not limiter.limiter.test(WRONG_LINKS, "links", here):
        abort(429)

    @after_this_request
    def count(response: Response) -> Response:
        if response.status_code == 404:
            limiter.limiter.hit(WRONG_LINKS, "links", here)
        return response


def guard_finding() -> None:
    """Answer 429 to a network that asks for lost links again and again."""
    if request.method == "POST" and not limiter.limiter.hit(FINDING, "finding", get_remote_address()):
        abort(429)


def may_ask(email: str) -> bool:
    """Whether this network may send a question in the name of `email` now; if so, it counts."""
    secret = str(current_app.config["SECRET_KEY"])
    whose = hmac.new(secret.encode(), f"asking:{email.lower()}".encode(), hashlib.sha256).hexdigest()
    here = get_remote_address()
    if not limiter.limiter.test(ASKING, "asking", here) or not limiter.limiter.hit(ASKING_FOR, "asking", whose):
        return False
    return limiter.limiter.hit(ASKING, "asking", here)
