"""The sandbox as its own process: loopback only, remembering across restarts, saying why it cannot start."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
import requests
import stripe

KEY = {"Authorization": "Bearer sk_test_sandbox"}
Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def start(*more: str, **environ: str) -> tuple[subprocess.Popen[str], str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "dev.stripe_sandbox", "--port", "0", "--state", str(tmp_path / "state.db"), *more],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environ},
        )
        running.append(child)
        assert child.stdout is not None
        found = re.search(r"http://\S+", child.stdout.readline())
        assert found
        return child, found[0].rstrip("/")

    yield start
    for child in running:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def stop(child: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> int:
    child.send_signal(number)
    return child.wait(timeout=15)


@pytest.fixture
def webhook() -> Iterator[tuple[str, Queue[tuple[bytes, str]]]]:
    """A real listener that refuses the first event it gets and takes the rest."""
    got: Queue[tuple[bytes, str]] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            first = got.empty()
            got.put((body, self.headers["Stripe-Signature"]))
            self.send_response(500 if first else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    server.server_close()


def create(url: str) -> dict[str, Any]:
    words = {
        "success_url": "http://localhost/", "mode": "payment", "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "gbp", "line_items[0][price_data][unit_amount]": "1200",
        "line_items[0][price_data][product_data][name]": "visit",
    }  # fmt: skip
    return requests.post(f"{url}/v1/checkout/sessions", data=words, headers=KEY, timeout=10).json()  # type: ignore[no-any-return]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told(number: signal.Signals, start: Start) -> None:
    child, url = start()
    assert requests.get(f"{url}/healthz", timeout=5).json()["sandbox"] == "stripe"
    assert stop(child, number) == 0


def test_what_it_knows_survives_a_restart(start: Start) -> None:
    child, url = start()
    session = create(url)
    requests.post(session["url"], data={"choice": "pay-and-close"}, timeout=10)
    stop(child, signal.SIGKILL)
    _, again = start()
    read = requests.get(f"{again}/v1/checkout/sessions/{session['id']}", headers=KEY, timeout=10).json()
    assert read["payment_status"] == "paid"


def test_events_arrive_by_themselves_and_again_when_refused(
    start: Start, webhook: tuple[str, Queue[tuple[bytes, str]]]
) -> None:
    address, got = webhook
    _, url = start("--webhook-url", address, "--secret", "whsec_own")
    requests.post(create(url)["url"], data={"choice": "pay"}, timeout=10, allow_redirects=False)
    first, second = got.get(timeout=30), got.get(timeout=30)
    assert first[0] == second[0] or b'"pending_webhooks"' in second[0]
    client = stripe.StripeClient("sk_test_x")
    events = [client.construct_event(body, signature, "whsec_own") for body, signature in (first, second)]
    assert events[0].id == events[1].id
    assert events[0].type == "checkout.session.completed"


def test_a_taken_port_is_named(start: Start) -> None:
    _, url = start()
    port = url.rsplit(":", 1)[1]
    second = subprocess.run(
        [sys.executable, "-m", "dev.stripe_sandbox", "--port", port], capture_output=True, text=True, timeout=30
    )
    assert second.returncode == 1
    assert f"port {port} on 127.0.0.1 cannot be used" in second.stderr
    assert "Traceback" not in second.stderr


def test_only_this_machine_reaches_it(start: Start) -> None:
    _, url = start()
    port = int(url.rsplit(":", 1)[1])
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)}
    for address in addresses - {"127.0.0.1"}:
        if address.startswith("127."):
            continue
        with pytest.raises((ConnectionError, TimeoutError)), socket.create_connection((str(address), port), timeout=2):
            pass


@pytest.mark.parametrize("module", ["dev.stripe_sandbox", "dev.mail_viewer"])
def test_production_refuses_it(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "APP_ENV": "production"},
    )
    assert done.returncode != 0
    assert "must not be loaded in production" in done.stderr
