"""Somebody who has come as far as the free times, for the benchmark: the cookie of their browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

#: Steps up to the free times, and what is chosen on each.
STEPS = (
    ("/book", {"condition": "neck"}),
    ("/book/safety", {"answer": "none"}),
    ("/book/cautions", {"answer": "none"}),
    ("/book/treatment", {"treatment": "60-minute-visit"}),
)
SLOTS = "/book/time"
#: A whole week of free times: of the present one there may be nothing left.
WEEK = f"/book/week?day={datetime.now(UTC).date() + timedelta(days=14)}"


def visitor_at_slots(base: str) -> str:
    """Walk to the free times of the site at `base`; the Cookie header that leads there again."""
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    for path, answers in STEPS:
        _answer(browser, base + path, answers)
    with browser.open(base + SLOTS) as page:
        if not page.url.endswith(SLOTS) or b'name="time"' not in page.read():
            raise RuntimeError(f"no free times to be seen at {page.url}")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def _answer(browser: OpenerDirector, address: str, answers: dict[str, str]) -> None:
    with browser.open(address) as page:
        text = page.read().decode()
    given = dict(answers)
    for name in ("csrf_token", "practitioner"):
        found = re.search(rf'name="{name}" value="([^"]*)"', text)
        if found:
            given[name] = found[1]
    with browser.open(address, urlencode(given).encode()) as page:
        page.read()
