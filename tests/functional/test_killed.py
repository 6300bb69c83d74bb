"""Real processes killed in every window in which money and booking could come apart: started again, all is right.

The sandbox's switches hold a window open (an answer that is late, a delivery that is lost), so that the kill always
falls into it. What was lost must be found within two rounds of the reconciler.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from app.jobs.steps import STEPS
from dev.mail_viewer.letters import Letter, list_letters
from tests.booking_visitor import BookingVisitor
from tests.functional.over_http import HttpClient
from tests.functional.running import Run, eventually, free_ports

pytestmark = pytest.mark.slow

#: The restarted product looks at its clock this much later, so that the poller need not be waited for.
LATER_S = 70
#: Two rounds of the steps that ask Stripe, and as much again for a busy machine.
WITHIN_S = 4 * max(step.every_s for step in STEPS if step.name in ("open deposits", "refunds"))
#: Longer than any test holds a window open.
HELD_OPEN_S = 100
SESSIONS, REFUNDS = "/v1/checkout/sessions", "/v1/refunds"
OWN_DEPOSIT = "SELECT d.state, d.session_id FROM deposit d JOIN booking b ON b.id = d.booking_id WHERE client_email = ?"
OWN_REFUND = (
    "SELECT r.state, r.refund_id FROM refund r JOIN deposit d ON d.id = r.deposit_id JOIN booking b ON "
    "b.id = d.booking_id WHERE client_email = ?"
)


class Product:
    """The running product, which is started again after each kill, each time a little later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = Run(folder, free_ports())
        self.run.read_addresses()
        self._later_s = 0

    def kill_and_start_again(self) -> None:
        """kill -9 for site and worker at once; what Stripe knows stays as it is."""
        for name in ("worker", "site"):
            os.killpg(os.getpgid(self.part(name)), signal.SIGKILL)
        self.run.process.communicate(timeout=60)
        _wait(lambda: self.run.left_behind() == [])
        self._later_s += LATER_S
        self.run = Run(self.folder, self.run.port, CLOCK_OFFSET_S=str(self._later_s))
        self.run.read_addresses()

    def part(self, name: str) -> int:
        return self.run.child({"worker": "flask --app wsgi worker", "site": "gunicorn wsgi:app"}[name])

    def stop(self) -> None:
        if self.run.process.poll() is None:
            self.run.stop()
        for number in self.run.left_behind():
            os.kill(number, signal.SIGKILL)


class Crash:
    """The product with its parts at hand, and a client of this test's own who is about to pay."""

    def __init__(self, product: Product, name: str) -> None:
        self.product, self.folder = product, product.folder
        self.email = f"{name}@client.example"
        self.visitor = BookingVisitor(HttpClient(self.site))

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.product.run.port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.product.run.port + 1}"

    def freeze_worker(self) -> None:
        """Stop the worker in its steps, at a moment when it holds no lock that would stop everyone else too."""
        while True:
            os.kill(self.product.part("worker"), signal.SIGSTOP)
            with closing(sqlite3.connect(self.folder / "site.db", timeout=0.5, isolation_level=None)) as store:
                try:
                    store.execute("BEGIN IMMEDIATE")
                    store.execute("ROLLBACK")
                    return
                except sqlite3.OperationalError:
                    os.kill(self.product.part("worker"), signal.SIGCONT)
                    time.sleep(0.05)

    def switch(self, name: str, **fields: Any) -> None:
        """Turn a switch of the sandbox."""
        answer = requests.post(f"{self.sandbox}/control/{name}", json=fields, timeout=10)
        assert answer.status_code == 200

    def drop_webhooks(self) -> None:
        self.switch("webhooks", drop_next=9)

    def hold_open(self, kind: str, path: str) -> None:
        """The next request to `path` waits: before anything is done (`slow`), or with its answer (`slow_answer`)."""
        self.switch("fault", kind=kind, path=path, seconds=HELD_OPEN_S)

    def await_request(self) -> None:
        """The request that is held open has reached Stripe."""
        _wait(lambda: requests.get(f"{self.sandbox}/control/state", timeout=10).json()["api"] == [])

    def stripe(self, path: str) -> list[dict[str, Any]]:
        """What Stripe has there, asked as the site asks."""
        headers = {"Authorization": "Bearer sk_test_sandbox"}
        found = requests.get(f"{self.sandbox}{path}?limit=100", headers=headers, timeout=10).json()["data"]
        return list(found)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in the site's database about this client."""
        with closing(sqlite3.connect(self.folder / "site.db", timeout=15)) as store:
            return store.execute(query, (self.email,)).fetchall()

    def reach_check(self) -> None:
        """Everything up to the button to pay."""
        self.visitor.reach_check(email=self.email)

    def pay(self) -> str:
        """Book up to the payment page and pay there; the address that leads back to the site, not yet followed."""
        self.reach_check()
        self.visitor.send("/book/check")
        return self.pay_here()

    def pay_here(self) -> str:
        """Pay on the page that the visitor was sent to."""
        paid = requests.post(self.visitor.place, data={"choice": "pay"}, allow_redirects=False, timeout=20)
        assert paid.status_code == 303
        return paid.headers["Location"]

    def press_in_vain(self) -> None:
        """Press the button to pay and never see an answer."""
        with suppress(requests.RequestException):
            self.visitor.send("/book/check")

    def letters(self) -> list[Letter]:
        return [letter for letter in list_letters(self.folder / "mail") if self.email in letter.to]

    def await_letter(self) -> None:
        """The confirmation comes, and it comes once."""
        _wait(lambda: bool(self.letters()))
        time.sleep(3)
        assert len(self.letters()) == 1


def _wait(until: Callable[[], bool]) -> None:
    eventually(until, WITHIN_S)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Started once; every test kills it and leaves it running again."""
    product = Product(tmp_path_factory.mktemp("killed"))
    yield product
    product.stop()


@pytest.fixture
def crash(product: Product, request: pytest.FixtureRequest) -> Crash:
    return Crash(product, re.sub(r"\W+", "-", request.node.name).strip("-")[-40:])


def test_between_payment_and_webhook_the_poller_finds_it(crash: Crash) -> None:
    crash.drop_webhooks()
    crash.pay()
    crash.product.kill_and_start_again()
    crash.await_letter()


def test_between_the_stored_event_and_its_processing(crash: Crash) -> None:
    crash.freeze_worker()
    crash.pay()
    _wait(lambda: _delivered(crash.sandbox))
    assert crash.letters() == []
    crash.product.kill_and_start_again()
    crash.await_letter()


def test_between_confirmation_and_mail(crash: Crash) -> None:
    crash.drop_webhooks()
    crash.freeze_worker()
    back = crash.pay()
    crash.visitor.get(back.removeprefix(crash.site))
    assert crash.visitor.place.startswith("/booking/")
    booking = crash.visitor.place
    assert crash.letters() == []
    crash.product.kill_and_start_again()
    crash.await_letter()
    crash.visitor.get(booking)
    assert crash.visitor.status == 200


@pytest.mark.parametrize(("kind", "made"), [("slow", 0), ("slow_answer", 1)], ids=["before it is made", "made"])
def test_between_the_wish_for_a_payment_page_and_its_address(crash: Crash, kind: str, made: int) -> None:
    crash.reach_check()
    before = len(crash.stripe(SESSIONS))
    crash.hold_open(kind, SESSIONS)
    press = Thread(target=crash.press_in_vain)
    press.start()
    crash.await_request()
    _wait(lambda: len(crash.stripe(SESSIONS)) == before + made)
    assert crash.rows(OWN_DEPOSIT) == [("creating", None)]
    crash.product.kill_and_start_again()
    press.join()
    _wait(lambda: crash.rows(OWN_DEPOSIT)[0][0] == "open")
    crash.visitor.send("/book/check")  # the same button once more leads to the same page
    crash.pay_here()
    crash.await_letter()
    assert crash.rows(OWN_DEPOSIT) == [("paid", crash.stripe(SESSIONS)[0]["id"])]
    assert len(crash.stripe(SESSIONS)) == before + 1


def test_between_the_refund_and_its_answer(crash: Crash) -> None:
    crash.visitor.get(crash.pay().removeprefix(crash.site))
    booking = crash.visitor.place
    before = len(crash.stripe(REFUNDS))
    crash.hold_open("slow_answer", REFUNDS)
    crash.visitor.get(f"{booking}/cancel")
    offered = crash.visitor.page.all("input", name="offered")[0].attributes["value"]
    crash.visitor.send(f"{booking}/cancel", offered=offered)
    assert crash.visitor.status == 303
    crash.await_request()
    _wait(lambda: len(crash.stripe(REFUNDS)) == before + 1)
    assert crash.rows(OWN_REFUND) == [("requested", None)]
    crash.product.kill_and_start_again()
    _wait(lambda: crash.rows(OWN_REFUND) == [("succeeded", crash.stripe(REFUNDS)[0]["id"])])
    assert len(crash.stripe(REFUNDS)) == before + 1


def _delivered(sandbox: str) -> bool:
    state = requests.get(f"{sandbox}/control/state", timeout=10).json()
    return bool(state["undelivered"] == 0)
