"""Limits hold while the shared counter is away, and count together again when it is back."""

from __future__ import annotations

from typing import Any

from limits import parse
from limits.storage import MemoryStorage
from structlog.testing import capture_logs

from app.web.limits import Counts

TWICE = parse("2 per hour")


class Counter(MemoryStorage):
    """A shared counter that can be away, as `limits` tells it of Redis."""

    def __init__(self) -> None:
        super().__init__(wrap_exceptions=True)
        self.away = False

    @property
    def base_exceptions(self) -> type[Exception]:
        return ConnectionError

    def incr(self, *given: Any, **options: Any) -> int:
        if self.away:
            raise ConnectionError
        return super().incr(*given, **options)

    def get(self, key: str) -> int:
        if self.away:
            raise ConnectionError
        return super().get(key)


def test_without_the_shared_counter_each_process_counts_for_itself() -> None:
    shared = Counter()
    counts = Counts(shared)
    shared.away = True
    assert [counts.hit(TWICE, "who") for _ in range(3)] == [True, True, False]
    assert not counts.test(TWICE, "who")
    assert counts.test(TWICE, "another")


def test_when_it_is_back_all_count_together_again() -> None:
    shared = Counter()
    one, other = Counts(shared), Counts(shared)
    shared.away = True
    one.hit(TWICE, "who")
    shared.away = False
    assert [one.hit(TWICE, "who"), other.hit(TWICE, "who"), one.hit(TWICE, "who")] == [True, True, False]


def test_that_it_is_away_is_told_once_each_time() -> None:
    shared = Counter()
    counts = Counts(shared)
    with capture_logs() as told:
        for shared.away in (True, True, False, True):
            counts.hit(TWICE, "who")
    assert [line["reason"] for line in told] == ["ConnectionError"] * 2
