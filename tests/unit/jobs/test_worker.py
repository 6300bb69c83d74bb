"""The worker's loop: steps stand alone, failures wait longer, and it ends when told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Thread
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from app.jobs.tools import Tools
from app.jobs.worker import LONGEST_PAUSE_S, Step, Worker, fault

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Stopwatch:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Work:
    """A step that counts its runs and does as it is told."""

    def __init__(self, handled: int = 0) -> None:
        self.runs = 0
        self.handled = handled
        self.error: Exception | None = None

    def __call__(self, _tools: Tools, now: datetime, _limit: int) -> int:
        assert now == NOW
        self.runs += 1
        if self.error:
            raise self.error
        return self.handled


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


class Notes:
    """Keeps the signs of life."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, int, str | None]] = []
        self.broken = False

    def __call__(self, name: str, *, now: datetime, failures: int, error: str | None) -> None:
        if self.broken:
            raise RuntimeError("no database")
        self.kept.append((name, failures, error))


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def make_worker(watch: Stopwatch, notes: Notes) -> Callable[..., Worker]:
    tools = cast(Tools, SimpleNamespace(clock=lambda: NOW))
    return lambda *steps: Worker(tools, steps, contextlib.nullcontext, notes, watch)


def test_a_step_rests_between_runs(make_worker: Any, watch: Stopwatch) -> None:
    work = Work()
    worker = make_worker(Step("a", 60, work))
    worker.run_due()
    worker.run_due()
    assert work.runs == 1
    watch.now += 60
    worker.run_due()
    assert work.runs == 2


def test_a_full_batch_is_followed_at_once(make_worker: Any) -> None:
    work = Work(handled=50)
    worker = make_worker(Step("a", 60, work, limit=50))
    worker.run_due()
    work.handled = 3
    worker.run_due()
    worker.run_due()
    assert work.runs == 2


def test_one_failing_step_does_not_stop_the_others_and_waits_longer_each_time(
    make_worker: Any, watch: Stopwatch
) -> None:
    bad, good = Work(), Work()
    bad.error = RuntimeError("sam@client.example")
    worker = make_worker(Step("bad", 10, bad), Step("good", 10, good))
    with capture_logs() as logs:
        for _ in range(4):  # at 0, 10, 20 and 30 seconds
            worker.run_due()
            watch.now += 10
    assert good.runs == 4
    assert bad.runs == 2  # at 0, and after twice the pause
    assert "sam@client.example" not in str(logs)
    assert any(one["event"] == "step failed" and one["error"].startswith("RuntimeError at ") for one in logs)


def test_the_pause_after_failures_has_a_limit_and_success_ends_it(make_worker: Any, watch: Stopwatch) -> None:
    work = Work()
    work.error = RuntimeError()
    worker = make_worker(Step("a", 60, work))
    for _ in range(12):
        worker.run_due()
        watch.now += LONGEST_PAUSE_S
    assert work.runs == 12
    work.error = None
    worker.run_due()
    watch.now += 60
    worker.run_due()
    assert work.runs == 14


def test_once_runs_everything_and_names_what_failed(make_worker: Any) -> None:
    bad, good = Work(), Work()
    bad.error = ValueError()
    assert make_worker(Step("bad", 1, bad), Step("good", 1, good)).run_once() == ["bad"]
    assert good.runs == 1


def test_stopping_lets_the_running_step_finish_and_starts_no_other(make_worker: Any) -> None:
    later = Work()
    worker = make_worker(Step("first", 0, lambda *_: worker.stop() or 0), Step("second", 0, later))
    thread = Thread(target=worker.run)
    thread.start()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert later.runs == 0


def test_signs_of_life_are_written_now_and_then_and_at_every_change(
    make_worker: Any, watch: Stopwatch, notes: Notes
) -> None:
    work = Work()
    worker = make_worker(Step("a", 1, work))
    for _ in range(60):
        worker.run_due()
        watch.now += 1
    assert notes.kept == [("a", 0, None)] * 3
    notes.kept.clear()
    work.error = RuntimeError()
    worker.run_once()
    work.error = None
    worker.run_once()
    assert [(failures, error is None) for _, failures, error in notes.kept] == [(1, False), (0, True)]


def test_a_sign_of_life_that_cannot_be_written_stops_nothing(make_worker: Any, notes: Notes) -> None:
    notes.broken = True
    good = Work()
    worker = make_worker(Step("bad", 1, Work()), Step("good", 1, good))
    assert worker.run_once() == []
    assert good.runs == 1


def test_a_fault_names_class_and_place_and_not_the_words() -> None:
    try:
        raise KeyError("020 7946 0123")
    except KeyError as error:
        words = fault(error)
    assert words.startswith("KeyError at ")
    assert "7946" not in words
