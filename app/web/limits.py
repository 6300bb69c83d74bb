"""How often one network may try: generous for people, too slow for guessing.

Counted in memory of each process, or in Redis when several machines share the counts. While Redis is away each process
counts for itself again: a lost counter closes no page and opens no gate.
"""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import ip_network
from typing import cast

import structlog
from flask import Flask, Response, abort, after_this_request, current_app, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from app.domain.hold import read_address

log = structlog.get_logger("web")

#: Links that lead nowhere: a mistyped one or two, not a search.
WRONG_LINKS = parse("20 per hour")
#: Asking for lost links, and for a place on the waitlist: both have a mail sent to whatever address is typed.
WRITING, WRITING_TO = parse("5 per hour"), parse("5 per hour")
#: Booking forms that one network begins: each is kept for a month. A school or a mobile cell stays far below.
BEGINNING = parse("300 per hour")
#: Questions of one network, and such that name one address: nobody gets a heap of our notes.
ASKING, ASKING_FOR = parse("5 per hour"), parse("3 per hour")


#: Seconds that an answer waits for Redis.
PATIENCE_S = 1


class Counts:
    """How often was tried: in `shared` where it answers, else in the memory of this process."""

    def __init__(self, shared: Storage) -> None:
        self._shared, self._own = FixedWindowRateLimiter(shared), FixedWindowRateLimiter(MemoryStorage())
        self._away = False

    def test(self, limit: RateLimitItem, *names: str) -> bool:
        """Whether `names` may try once more. Counts nothing."""
        return self._ask("test", limit, *names)

    def hit(self, limit: RateLimitItem, *names: str) -> bool:
        """Count a try of `names`; whether it was within the limit."""
        return self._ask("hit", limit, *names)

    def _ask(self, what: str, limit: RateLimitItem, *names: str) -> bool:
        try:
            found: bool = getattr(self._shared, what)(limit, *names)
        except StorageError as error:
            if not self._away:
                log.error("limits are counted by each process alone", reason=type(error.storage_error).__name__)
            self._away = True
            return bool(getattr(self._own, what)(limit, *names))
        self._away = False
        return found


def limit_requests(app: Flask, *, storage: str | None) -> None:
    """Make the limits of `app` count; `storage` is a Redis address or None."""
    waiting = {"socket_connect_timeout": PATIENCE_S, "socket_timeout": PATIENCE_S} if storage else {}
    shared = storage_from_string(storage or "memory://", wrap_exceptions=True, **waiting)
    app.extensions["limits"] = Counts(cast(Storage, shared))


def limits() -> Counts:
    """The counts of the application that serves this request. Only the pages that are limited ask them."""
    return cast(Counts, current_app.extensions["limits"])


def network() -> str:
    """Who counts as one: an address, or of the newer kind the /56 that one household has to itself (RIPE-690)."""
    address = read_address(request.remote_addr or "127.0.0.1")
    if address is None or address.version == 4:
        return str(address)
    return str(ip_network(f"{address}/56", strict=False))


def guard_links() -> None:
    """Answer 429 to a network that tried too many links that lead nowhere; count this one if it does."""
    here = network()
    if not limits().test(WRONG_LINKS, "links", here):
        abort(429)

    @after_this_request
    def count(response: Response) -> Response:
        if response.status_code == 404:
            limits().hit(WRONG_LINKS, "links", here)
        return response


def guard_beginning() -> None:
    """Answer 429 to a network that begins one booking form after the other: nobody fills the database with them."""
    if not limits().hit(BEGINNING, "beginning", network()):
        abort(429)


def guard_writing(email: str | None = None) -> None:
    """Answer 429 to a network that has mails sent again and again, and when `email` was written to that often.

    Without `email` only the network counts: whoever lost a link must get it, however often others asked for it.
    """
    if email is not None and not limits().test(WRITING_TO, "writing to", _digest(email)):
        abort(429)
    if not limits().hit(WRITING, "writing", network()):
        abort(429)
    if email is not None:
        limits().hit(WRITING_TO, "writing to", _digest(email))


def may_ask(email: str) -> bool:
    """Whether this network may send a question in the name of `email` now; if so, it counts."""
    whose, here = _digest(email), network()
    if not limits().test(ASKING, "asking", here) or not limits().hit(ASKING_FOR, "asking", whose):
        return False
    return limits().hit(ASKING, "asking", here)


def _digest(email: str) -> str:
    """What stands for an address where counts are kept."""
    secret = str(current_app.config["SECRET_KEY"])
    return hmac.new(secret.encode(), f"asking:{email.lower()}".encode(), hashlib.sha256).hexdigest()
