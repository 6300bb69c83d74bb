"""A crowd: processes that book at random over HTTP, each from a network of its own, until they are told to stop."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

import requests

from tests.booking_visitor import DETAILS, BookingVisitor
from tests.functional.over_http import HttpClient

PROCESSES = 8
#: Longest pause between two steps of one process. Seconds: the machine is shared.
PAUSE_S = 1.6
#: However the test goes, nobody books longer than this. Seconds.
LONGEST_S = 120
VISITS = ("30-minute-visit", "45-minute-visit", "60-minute-visit")


@dataclass
class Passer(BookingVisitor):
    """A visitor who reads the token of the forms once: one a session is enough."""

    known: str = ""

    def token(self) -> str:
        self.known = self.known or super().token()
        return self.known


@contextmanager
def crowd(site: str) -> Iterator[Counter[str]]:
    """Eight processes book at `site` while the block runs; afterwards the counter says what they met."""
    context = multiprocessing.get_context("spawn")
    stop, told = context.Event(), context.Queue()
    people = [context.Process(target=_book_on, args=(site, n, stop, told), daemon=True) for n in range(PROCESSES)]
    met: Counter[str] = Counter()
    for one in people:
        one.start()
    try:
        yield met
    finally:
        stop.set()
        for _ in people:
            met.update(told.get(timeout=60))
        for one in people:
            one.join(timeout=30)


def _book_on(site: str, number: int, stop: Event, told: Any) -> None:
    chance, met, until = random.Random(number), Counter[str](), time.monotonic() + LONGEST_S
    while not stop.is_set() and time.monotonic() < until:
        visitor = Passer(HttpClient(site, f"10.{number}.{chance.randrange(250)}.7"))  # type: ignore[arg-type]
        try:
            _book(visitor, chance, met, stop)
        except (AssertionError, IndexError) as fault:  # a page that is not what a visitor expects
            met[f"fault: {type(fault).__name__} on {visitor.place}"] += 1
    told.put(met)


def _book(visitor: Passer, chance: random.Random, met: Counter[str], stop: Event) -> None:
    def step(*form: Any, **fields: Any) -> bool:
        """Send one form after a pause; whether to go on."""
        stop.wait(chance.random() * PAUSE_S)
        visitor.send(*form, **fields)
        # 502 and 503 are honest answers of a machine that is too busy: nothing was done, and the page says so
        met["fault: server error" if visitor.status == 500 else f"status {visitor.status}"] += 1
        return visitor.status == 303 and not stop.is_set()

    times = visitor.reach_times(chance.choice(VISITS), chance.choice(("anyone", "example-therapist-b")))
    if not times or not step("/book/time", time=chance.choice(times)):
        return
    if not step("/book/details", **DETAILS) or visitor.place != "/book/check" or chance.random() < 0.3:
        step("/book/hold", do="release")
        return
    if step("/book/check") and "/c/pay/" in visitor.place:
        choice = "pay" if chance.random() < 0.8 else "back"
        requests.post(visitor.place, data={"choice": choice}, allow_redirects=False, timeout=30)
        met["paid" if choice == "pay" else "went back"] += 1
