"""Finished pages, kept in memory and answered before the framework is woken.

A view marked `ready` gives the same bytes to everyone, for one version of the library and up to a moment. Its first
answer is kept, squeezed both ways; the next ones are a look-up: 200 or 304, GET and HEAD. Nothing is kept that sets a
cookie, and nothing that a later version of the content, a booking, or the clock may have made untrue.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask, request

from app.web.encodings import Body, squeeze
from app.web.site import Site, site
from app.web.watch import Watch

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
#: A page with a live fact is kept no longer than this.
LIVE = timedelta(seconds=60)
#: All finished bodies of one process, in bytes. The ones made first go first.
ROOM = 24 * 1024 * 1024
#: How long browsers and proxies may keep a page before they ask again; scheduled content may be late by as much.
CACHE_S = 300

#: Media types that hold squeezed data already.
PACKED = ("image/png", "image/jpeg", "image/webp", "image/avif", "image/x-icon", "image/vnd.microsoft.icon", "font/")

_LIFE = "site.ready_page"
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_SETS_BY_ITSELF = frozenset({"content-length", "content-type", "cache-control", "etag", "vary"})


class Life:
    """How long a page in the making will be true. `until` is an aware instant or None; `live`: bookings change it."""

    __slots__ = ("diary", "live", "query", "until", "version")

    def __init__(self, version: str, diary: int) -> None:
        self.version = version
        self.diary = diary
        self.live = False
        self.query: str | None = None
        self.until: datetime | None = None


def ready(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view whose GET answer depends on its address, the library and the clock alone.

    The query is taken to say nothing to the view (a campaign's label, say) unless the view calls `reads_query`.
    """

    @wraps(view)
    def marked(**given: Any) -> Any:
        begin = request.environ.get(f"{_LIFE}.begin")
        if begin is not None:
            request.environ[_LIFE] = begin()
        return view(**given)

    return marked


def never_kept() -> None:
    """Say, before a `ready` view makes it, that this page is not to be kept: its address will lead nowhere some day."""
    request.environ.pop(f"{_LIFE}.begin", None)


def true_until(moment: datetime | None) -> None:
    """Say that the page being made is true up to `moment` (aware) at the latest. None changes nothing."""
    life: Life | None = request.environ.get(_LIFE)
    if life is not None and moment is not None and (life.until is None or moment < life.until):
        life.until = moment


def reads_query(canonical: str) -> None:
    """Say that the page being made depends on its query, which is `canonical` when written as we write it.

    Only that spelling is kept, so that nobody can fill the room with variants.
    """
    life: Life | None = request.environ.get(_LIFE)
    if life is not None:
        life.query = canonical


def shows_free_times() -> None:
    """Say that the page being made shows the diary: kept for a minute at most, and dropped when a booking is made."""
    life: Life | None = request.environ.get(_LIFE)
    if life is not None:
        life.live = True
        true_until(site().clock() + LIVE)


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page: its bodies, the headers that go with every form of it, and what it depends on."""

    body: Body
    tag: str
    headers: Headers
    kept: Headers
    cache: str | None
    life: Life

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.body.plain) + len(self.body.gzip or b"") + len(self.body.br or b"")


class ReadyPages:
    """The layer in front of an application. One for each process; threads share it."""

    def __init__(self, inner: WSGIApplication, here: Site, stamp: Callable[[], str] | None = None) -> None:
        self._inner = inner
        self._library = here.library
        self._clock = here.clock
        self._stamp = stamp or (lambda: "")
        self._host = here.base_url.split("://", 1)[1] if here.environment == "production" else None
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._held = 0
        self._diary = 0
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._pass_unsafe(environ, start_response)
        if self._host is not None and environ.get("HTTP_HOST") != self._host:
            return self._inner(environ, start_response)
        page = self._pages.get(environ["PATH_INFO"])
        query = environ.get("QUERY_STRING")
        if query and (page is None or page.life.query is not None):
            page = self._pages.get(f"{environ['PATH_INFO']}?{query}")
        if page is None or not self._is_true(page.life):
            return self._make(environ, start_response)
        return self._answer(page, environ, start_response)

    def _version(self) -> str:
        return self._library().version + self._stamp()

    def _is_true(self, life: Life) -> bool:
        return (
            life.version == self._version()
            and (life.until is None or self._clock() < life.until)
            and not (life.live and life.diary != self._diary)
        )

    def _pass_unsafe(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Any unsafe request may change the diary: what was shown before it is not shown after it."""
        try:
            return self._inner(environ, start_response)
        finally:
            self._diary += 1

    def _make(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Ask the application as for a plain GET; keep the answer when its view said that it may be kept."""
        asked = dict(environ)
        asked["REQUEST_METHOD"] = "GET"
        asked.pop("HTTP_IF_NONE_MATCH", None)
        asked[f"{_LIFE}.begin"] = lambda: Life(self._version(), self._diary)
        begun: list[Any] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            begun[:] = [status, headers, exc_info]
            return lambda _: None

        answer = self._inner(asked, start)
        status, headers, exc_info = begun
        if _LIFE not in asked or not status.startswith("200 ") or _sets_cookie(headers):
            start_response(status, headers, exc_info)
            if environ["REQUEST_METHOD"] == "HEAD":
                _close(answer)
                return []
            return answer
        try:
            page = _finish(b"".join(answer), headers, asked[_LIFE])
        finally:
            _close(answer)
        self._keep(environ, page)
        return self._answer(page, environ, start_response)

    def _keep(self, environ: WSGIEnvironment, page: Page) -> None:
        key, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        if page.life.query is not None:
            if query != page.life.query:
                return
            key = f"{key}?{query}" if query else key
        with self._lock:
            old = self._pages.pop(key, None)
            self._held += page.size - (old.size if old else 0)
            self._pages[key] = page
            while self._held > ROOM:
                _, gone = self._pages.popitem(last=False)
                self._held -= gone.size

    def _answer(self, page: Page, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        coding, content = page.body.best(environ.get("HTTP_ACCEPT_ENCODING", ""))
        tag = f'"{page.tag}-{coding}"' if coding else f'"{page.tag}"'
        headers = [("ETag", tag), ("Cache-Control", page.cache or self._cache(page.life))]
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked and _matches(asked, page.tag):
            start_response("304 NOT MODIFIED", headers + page.kept)
            return []
        if coding:
            headers.append(("Content-Encoding", coding))
        headers.append(("Content-Length", str(len(content))))
        start_response("200 OK", headers + page.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]

    def _cache(self, life: Life) -> str:
        """A shared cache may keep a page as long as we would, and five minutes at most."""
        if life.until is None:
            return f"public, max-age={CACHE_S}"
        left = int((life.until - self._clock()).total_seconds())
        return f"public, max-age={max(0, min(CACHE_S, left))}"


def _finish(plain: bytes, headers: Headers, life: Life) -> Page:
    given = {name.lower(): value for name, value in headers}
    for_good = "immutable" in given.get("cache-control", "")
    squeezable = not given["content-type"].startswith(PACKED)
    body = squeeze(plain, quality=11 if for_good else 10) if squeezable else Body(plain)
    vary = [("Vary", "Accept-Encoding")] if body.gzip is not None else []
    others = [(name, value) for name, value in headers if name.lower() not in _SETS_BY_ITSELF]
    return Page(
        body=body,
        tag=hashlib.sha256(plain).hexdigest()[:16],
        headers=[("Content-Type", given["content-type"]), *vary, *others],
        kept=[*vary, *others],
        cache=given.get("cache-control"),
        life=life,
    )


def _matches(asked: str, tag: str) -> bool:
    """Whether If-None-Match names this page in any of its forms (RFC 9110, 13.1.2: compared weakly)."""
    return asked.strip() == "*" or any(found.partition("-")[0] == tag for found in _TAG.findall(asked))


def _sets_cookie(headers: Headers) -> bool:
    return any(name.lower() == "set-cookie" for name, _ in headers)


def _close(answer: Iterable[bytes]) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()


def keep_ready_pages(app: Flask) -> None:
    """Put the layer in front of `app`. Where templates may change, a changed one makes every page anew."""
    stamp = None
    if app.config["TEMPLATES_AUTO_RELOAD"]:
        stamp = Watch(Path(app.root_path) / folder for folder in ("templates", "static")).stamp
    app.wsgi_app = ReadyPages(app.wsgi_app, app.extensions["site"], stamp)  # type: ignore[method-assign]
