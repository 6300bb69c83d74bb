"""The worker: everything that happens without a visitor waiting, step by step, for as long as it is not told to stop.

Steps do not know of each other: one that fails is logged, waits longer each time, and the others go on. Several
workers may run side by side, because every piece of work is claimed in the database before it is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Protocol

import structlog

from app.jobs.tools import Tools

log = structlog.get_logger("worker")

#: How long the loop rests when no step is due. Seconds.
TICK_S = 0.5
LONGEST_PAUSE_S = 300.0
#: How often a step that goes well is written down as a sign of life. Seconds.
NOTE_EVERY_S = 20.0


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of work. `run(tools, now, limit)` handles up to `limit` pieces and says how many there were.

    `every_s` is the pause in seconds; after a full batch there is none.
    """

    name: str
    every_s: float
    run: Callable[[Tools, datetime, int], int]
    limit: int = 50


class Note(Protocol):
    """Keeps what became of a step where others can read it."""

    def __call__(self, name: str, *, now: datetime, failures: int, error: str | None) -> None: ...


class Worker:
    """Runs `steps` in their order. `scope` opens what one run of a step needs (an application context)."""

    def __init__(
        self,
        tools: Tools,
        steps: Sequence[Step],
        scope: Callable[[], AbstractContextManager[object]],
        note: Note,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stopping = Event()
        self._tools, self._steps, self._scope, self._note = tools, steps, scope, note
        self._monotonic = monotonic
        self._due = {step.name: 0.0 for step in steps}
        self._failures = {step.name: 0 for step in steps}
        self._noted: dict[str, float] = {}

    def stop(self) -> None:
        """End after the step that is running."""
        self.stopping.set()

    def run(self) -> None:
        """Work until told to stop."""
        log.info("worker started", steps=[step.name for step in self._steps])
        while not self.stopping.is_set():
            self.run_due()
            self.stopping.wait(TICK_S)
        log.info("worker stopped")

    def run_due(self) -> None:
        """Run each step that is due once."""
        for step in self._steps:
            if self.stopping.is_set():
                return
            if self._due[step.name] <= self._monotonic():
                self._run(step)

    def run_once(self) -> list[str]:
        """Run every step once, due or not. Returns the names of those that failed."""
        return [step.name for step in self._steps if not self._run(step)]

    def _run(self, step: Step) -> bool:
        try:
            with self._scope():
                handled = step.run(self._tools, self._tools.clock(), step.limit)
        except Exception as error:  # whatever it is, the other steps must go on
            self._failures[step.name] += 1
            pause = min(step.every_s * 2 ** self._failures[step.name], LONGEST_PAUSE_S)
            self._due[step.name] = self._monotonic() + pause
            log.error("step failed", step=step.name, error=fault(error), tries=self._failures[step.name])
            self._write_down(step, fault(error))
            return False
        recovered, self._failures[step.name] = self._failures[step.name] > 0, 0
        self._due[step.name] = self._monotonic() + (0.0 if handled >= step.limit else step.every_s)
        if handled:
            log.info("step done", step=step.name, handled=handled)
        if recovered or self._monotonic() - self._noted.get(step.name, -NOTE_EVERY_S) >= NOTE_EVERY_S:
            self._write_down(step, None)
        return True

    def _write_down(self, step: Step, error: str | None) -> None:
        self._noted[step.name] = self._monotonic()
        try:
            with self._scope():
                self._note(step.name, now=self._tools.clock(), failures=self._failures[step.name], error=error)
        except Exception as trouble:  # a sign of life that cannot be written is no reason to die
            log.error("step not noted", step=step.name, error=fault(trouble))


def fault(error: BaseException) -> str:
    """What to keep of an error: its class and the line it came from. Its words may hold somebody's data."""
    trace, place = error.__traceback__, "unknown"
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"
