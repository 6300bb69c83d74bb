"""A browser's cookies and redirect habits over real HTTP, with the manners of Flask's test client."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from werkzeug.test import EnvironBuilder, TestResponse


class HttpClient:
    """Talks to `base_url` (no trailing slash). Follows no redirects. `address`: what a trusted proxy would say."""

    def __init__(self, base_url: str, address: str | None = None) -> None:
        self._base = base_url
        self._session = requests.Session()
        if address is not None:
            self._session.headers["X-Forwarded-For"] = address

    def get(self, path: str) -> TestResponse:
        return self._open("GET", path, None)

    def post(self, path: str, *, data: dict[str, Any]) -> TestResponse:
        return self._open("POST", path, data)

    def _open(self, method: str, path: str, data: dict[str, Any] | None) -> TestResponse:
        answer = self._session.request(method, self._base + path, data=data, allow_redirects=False, timeout=30)
        sent = EnvironBuilder(path=urlsplit(path).path, method=method).get_request()
        return TestResponse([answer.content], str(answer.status_code), answer.headers.items(), sent)
