"""Processes killed between a payment and its confirmation: started again, the booking stands and one mail is sent."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from dev.mail_viewer.letters import Letter, list_letters
from tests.booking_visitor import BookingVisitor
from tests.functional.over_http import HttpClient
from tests.functional.running import Run, free_ports

pytestmark = pytest.mark.slow

CLIENT = "robin@client.example"
#: The restarted product looks at its clock this much later, so that the poller need not be waited for.
LATER_S = 120
WITHIN_S = 40


class Crash:
    """The product with its parts at hand, and a client who is about to pay."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = Run(folder, free_ports())
        self.run.read_addresses()
        self.visitor = BookingVisitor(HttpClient(f"http://127.0.0.1:{self.run.port}"))

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.run.port + 1}"

    def part(self, name: str) -> int:
        return self.run.child({"worker": "flask --app wsgi worker", "site": "gunicorn wsgi:app"}[name])

    def freeze_worker(self) -> None:
        """Stop the worker in its steps, at a moment when it holds no lock that would stop everyone else too."""
        while True:
            os.kill(self.part("worker"), signal.SIGSTOP)
            with closing(sqlite3.connect(self.folder / "site.db", timeout=0.5, isolation_level=None)) as store:
                try:
                    store.execute("BEGIN IMMEDIATE")
                    store.execute("ROLLBACK")
                    return
                except sqlite3.OperationalError:
                    os.kill(self.part("worker"), signal.SIGCONT)
                    time.sleep(0.05)

    def drop_webhooks(self) -> None:
        answer = requests.post(f"{self.sandbox}/control/webhooks", json={"drop_next": "9"}, timeout=10)
        assert answer.status_code == 200

    def pay(self) -> str:
        """Book up to the payment page and pay there; the address that leads back to the site, not yet followed."""
        self.visitor.reach_check()
        self.visitor.send("/book/check")
        paid = requests.post(self.visitor.place, data={"choice": "pay"}, allow_redirects=False, timeout=20)
        assert paid.status_code == 303
        return paid.headers["Location"]

    def kill_and_start_again(self) -> None:
        """kill -9 for site and worker at once; the sandbox, like Stripe, knows nothing of it."""
        for name in ("worker", "site"):
            os.killpg(self.part(name), signal.SIGKILL)
        self.run.process.communicate(timeout=60)
        assert self.run.left_behind() == []
        self.run = Run(self.folder, self.run.port, CLOCK_OFFSET_S=str(LATER_S))
        self.run.read_addresses()

    def letters(self) -> list[Letter]:
        return [letter for letter in list_letters(self.folder / "mail") if CLIENT in letter.to]

    def await_letter(self) -> None:
        """The confirmation comes, and it comes once."""
        _wait(lambda: bool(self.letters()))
        time.sleep(3)
        assert len(self.letters()) == 1

    def booked(self) -> str:
        """What the client is shown when they look again."""
        self.visitor.get(self.visitor.seen[-1])
        return self.visitor.heading


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not until():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


@pytest.fixture
def crash(tmp_path: Path) -> Iterator[Crash]:
    crash = Crash(tmp_path)
    yield crash
    if crash.run.process.poll() is None:
        crash.run.stop()
    for number in crash.run.left_behind():
        os.kill(number, signal.SIGKILL)


def test_between_payment_and_webhook_the_poller_finds_it(crash: Crash) -> None:
    crash.drop_webhooks()
    crash.pay()
    crash.kill_and_start_again()
    crash.await_letter()


def test_between_the_stored_event_and_its_processing(crash: Crash) -> None:
    crash.freeze_worker()
    crash.pay()
    _wait(lambda: _delivered(crash.sandbox))
    assert crash.letters() == []
    crash.kill_and_start_again()
    crash.await_letter()


def test_between_confirmation_and_mail(crash: Crash) -> None:
    crash.drop_webhooks()
    crash.freeze_worker()
    back = crash.pay()
    crash.visitor.get(back.removeprefix(f"http://127.0.0.1:{crash.run.port}"))
    assert crash.visitor.place.startswith("/booking/")
    booking = crash.visitor.place
    assert crash.letters() == []
    crash.kill_and_start_again()
    crash.await_letter()
    crash.visitor.get(booking)
    assert crash.visitor.status == 200


def _delivered(sandbox: str) -> bool:
    state = requests.get(f"{sandbox}/control/state", timeout=10).json()
    return bool(state["undelivered"] == 0)
