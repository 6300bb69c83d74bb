"""The way to the sandbox without a network: the library's own requests, answered in this very process.

It keeps watch over what is sent: money moves only under a key that stands committed in a row, always with the same
words, and a key that Stripe may have forgotten is not used again before Stripe was asked what became of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from greenlet import getcurrent

from app.gateways.stripe_checkout import TIMEOUT
from dev.stripe_sandbox.api import ApiRequest, answer
from dev.stripe_sandbox.errors import AnswerLost
from dev.stripe_sandbox.world import World
from tests.conftest import MovableClock
from tests.simulation.processes import reach_stripe

#: Where money is asked for or sent back, and the table whose row must stand first.
MONEY = {"/v1/checkout/sessions": "deposit", "/v1/refunds": "refund"}
#: Stripe forgets a key after a day.
KEY_LASTS = timedelta(hours=24)
RETRY_AFTER_S = 1


class Wire(stripe.HTTPClient):
    """An HTTP client of the library's. `faults` gathers what must not be sent and was."""

    name = "in-process"

    def __init__(self, clock: MovableClock, raw: Connection) -> None:
        super().__init__()
        self.world: World
        self.faults: list[str] = []
        self.sent: dict[str, tuple[tuple[tuple[str, str], ...], datetime]] = {}
        self._clock, self._raw = clock, raw
        self._last_read: tuple[object, str] = (None, "")

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_usage: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        parts, headers = urlsplit(url), headers or {}
        words = post_data if method == "post" else parts.query
        call = ApiRequest(
            method.upper(), parts.path, tuple(parse_qsl(words or "", keep_blank_values=True)),
            headers["Authorization"], headers.get("Idempotency-Key"), headers.get("Stripe-Version"),
        )  # fmt: skip
        reach_stripe(self._raw)
        self._watch(call)
        asked_at = self._clock.now
        try:
            given = answer(self.world, call)
        except AnswerLost as error:
            raise stripe.APIConnectionError("the connection ended", should_retry=True) from error
        if self._clock.now - asked_at > timedelta(seconds=TIMEOUT[1]):
            raise stripe.APIConnectionError("no answer in time", should_retry=True)
        reach_stripe(self._raw)
        return json.dumps(given.body), given.status, given.headers

    def close(self) -> None:
        """Nothing is open."""

    def _sleep_time_seconds(self, num_retries: int) -> float:
        self._clock.advance(seconds=RETRY_AFTER_S * num_retries)
        return 0

    def _watch(self, call: ApiRequest) -> None:
        if call.method != "POST":
            self._last_read = (getcurrent(), call.path)
            return
        table = MONEY.get(call.path)
        if table is None:
            return
        key = call.idempotency_key or ""
        if not self._has_row(table, key):
            self.faults.append(f"{call.path} was asked for with key {key!r}, which stands in no row")
        before = self.sent.setdefault(key, (call.pairs, self._clock.now))
        if before[0] != call.pairs:
            self.faults.append(f"key {key} was used with other words")
        if self._clock.now - before[1] >= KEY_LASTS and self._last_read != (getcurrent(), call.path):
            self.faults.append(f"key {key} was used again after a day without asking what became of it")

    def _has_row(self, table: str, key: str) -> bool:
        # a later try of a refund carries the row's key and a number
        rows = self._raw.execute(f"SELECT idem_key FROM {table}").fetchall()
        return any(key == row[0] or key.startswith(f"{row[0]}:") for row in rows)
