"""The control page has a form for every switch of the control port, and each does the same when it is pressed."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from dev.stripe_sandbox import buyer, disputes, refunds
from dev.stripe_sandbox.faults import FAULT_KINDS
from dev.stripe_sandbox.switches import SWITCHES
from tests.stripe_bench import StripeBench

Form = tuple[str, dict[str, list[str]]]


class Forms(HTMLParser):
    """The forms of a page: the switch, and for each field its value or the values that can be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given["action"].rsplit("/", 1)[1], {}))
        elif tag == "input":
            self.found[-1][1][given["name"]] = [given["value"]]
        elif tag == "select":
            self._select = given["name"]
            self.found[-1][1][self._select] = []
        elif tag == "option" and "value" in given:
            self.found[-1][1][self._select].append(given["value"])

    def handle_data(self, data: str) -> None:
        if self.lasttag == "option" and data.strip() and len(self.found[-1][1][self._select]) < 3:
            words = self.found[-1][1][self._select]
            if data.strip() not in words and (not words or self._select in ("method", "status")):
                words.append(data.strip())


@pytest.fixture
def forms(open_session: Callable[..., Any], stripe_sandbox: StripeBench) -> list[Form]:
    """Every form that the page has when one of everything is there."""
    bench = stripe_sandbox
    open_session()
    bench.act(buyer.pay_later, open_session().id)
    bench.pay(open_session().id)
    for inquiry in (False, True):
        payment = bench.pay(open_session().id)["payment_intent"]
        charge = bench.world.store.find("payment_intent", payment)["latest_charge"]  # type: ignore[index]
        bench.act(disputes.open_dispute, charge, inquiry=inquiry)
    bench.world.faults.next_refunds = ["pending"]
    bench.act(refunds.create, {"payment_intent": bench.pay(open_session().id)["payment_intent"], "amount": 300})
    page = Forms()
    page.feed(requests.get(bench.url, timeout=10).text)
    return page.found


def test_every_switch_is_on_the_page(forms: list[Form]) -> None:
    assert {name for name, _ in forms} == set(SWITCHES)
    [kinds] = [fields["kind"] for name, fields in forms if name == "fault"]
    assert kinds == list(FAULT_KINDS)
    ends = {status for name, fields in forms if name == "settle-dispute" for status in fields["status"]}
    assert ends == {"won", "lost", "warning_closed", "needs_response"}
    ends = {status for name, fields in forms if name == "settle-refund" for status in fields["status"]}
    assert ends == {"succeeded", "failed", "canceled"}


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_form_does_what_the_port_does(switch: str, forms: list[Form], stripe_sandbox: StripeBench) -> None:
    fields = next({name: words[0] for name, words in fields.items()} for name, fields in forms if name == switch)
    pressed = requests.post(
        f"{stripe_sandbox.url}/control/{switch}", data=fields, headers={"Accept": "text/html"}, timeout=10,
        allow_redirects=False,
    )  # fmt: skip
    assert (pressed.status_code, pressed.headers.get("Location")) == (303, "/"), pressed.text
    again = requests.post(f"{stripe_sandbox.url}/control/{switch}", json=fields, timeout=10)
    # what can be done twice is; what is done for good says so, in the words of the port
    assert again.status_code in (200, 400)
    assert "error" in again.json() if again.status_code == 400 else again.json()


def test_a_late_answer_has_everything_done_before_it_waits(
    open_session: Callable[..., Any], stripe_sandbox: StripeBench
) -> None:
    waited: list[tuple[float, int]] = []

    def rest(seconds: float) -> None:
        waited.append((seconds, len(stripe_sandbox.world.store.newest_first("checkout.session"))))

    stripe_sandbox.world.rest = rest
    for kind in ("slow", "slow_answer"):
        requests.post(f"{stripe_sandbox.url}/control/fault", json={"kind": kind, "seconds": 7}, timeout=10)
        open_session()
    assert waited == [(7, 0), (7, 2)]
