"""`make run` as a person meets it: it says where to look, everything answers, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.slow

START_WITHIN_S = 120


def free_ports() -> int:
    """The first of three neighbouring free ports."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        try:
            for number in range(port, port + 3):
                socket.create_server(("127.0.0.1", number)).close()
        except OSError:
            continue
        if port <= 65533:
            return port


class Run:
    """One `python -m dev.run` with a folder, ports and a mark of its own."""

    def __init__(self, folder: Path, port: int, **environ: str) -> None:
        self.mark = uuid.uuid4().hex
        self.port = port
        kept = {name: value for name, value in os.environ.items() if name not in {"MAIL_URL", "STRIPE_SECRET_KEY"}}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dev.run"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**kept, "INSTANCE_DIR": str(folder), "PORT": str(port), "RUN_MARK": self.mark, **environ},
        )

    def read_addresses(self) -> dict[str, str]:
        """What it prints before it says how to stop it."""
        assert self.process.stdout is not None
        found: dict[str, str] = {}
        for line in self.process.stdout:
            match = re.match(r"  (.+?) {2,}(http://\S+)", line)
            if match:
                found[match[1]] = match[2]
            if "Ctrl-C" in line:
                break
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Exit status and what it said to standard error."""
        self.process.send_signal(number)
        _, words = self.process.communicate(timeout=60)
        return self.process.returncode, words

    def left_behind(self) -> list[int]:
        """Processes that still carry this run's mark."""
        return [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdecimal() and self.mark.encode() in _environ(entry)
        ]

    def child(self, words: str) -> int:
        """The process of this run whose command line holds `words`."""
        return next(
            number
            for number in self.left_behind()
            if words in Path(f"/proc/{number}/cmdline").read_text().replace("\0", " ")
        )


def _environ(entry: Path) -> bytes:
    try:
        return (entry / "environ").read_bytes() if (entry / "stat").read_text().split(") ")[1][0] != "Z" else b""
    except OSError:
        return b""


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        for number in run.left_behind():
            os.kill(number, signal.SIGKILL)
        run.process.communicate()


def test_everything_answers_and_ctrl_c_leaves_no_process(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, free_ports())
    runs.append(run)
    addresses = run.read_addresses()
    assert list(addresses) == ["Site", "Book a visit", "Mail that was sent", "Stripe sandbox"]
    for label, url in addresses.items():
        assert requests.get(url, timeout=20).status_code == 200, label
    health = requests.get(f"{addresses['Site']}readyz", timeout=20).json()
    assert health["database"] == "ok"
    deadline = time.monotonic() + START_WITHIN_S
    while "Booked:" not in requests.get(addresses["Mail that was sent"], timeout=20).text:
        assert time.monotonic() < deadline, "the worker sent no mail"
        time.sleep(0.5)
    status, words = run.stop()
    assert (status, words) == (0, "")
    assert run.left_behind() == []
    assert "worker stopped" in (tmp_path / "logs" / "worker.log").read_text()
    for number in range(run.port, run.port + 3):
        socket.create_server(("127.0.0.1", number)).close()

    again = Run(tmp_path, run.port)
    runs.append(again)
    again.read_addresses()
    assert (tmp_path / "logs" / "example-diary.log").read_text().strip().endswith("0 example bookings added")
    again.process.send_signal(signal.SIGTERM)
    assert again.process.wait(timeout=60) == 0
    assert again.left_behind() == []


def test_a_part_that_dies_takes_the_rest_with_it_and_says_so(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, free_ports())
    runs.append(run)
    run.read_addresses()
    os.kill(run.child("flask --app wsgi worker"), signal.SIGKILL)
    _, words = run.process.communicate(timeout=60)
    assert run.process.returncode == 1
    assert "The worker stopped by itself" in words
    assert run.left_behind() == []


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path, runs: list[Run]) -> None:
    port = free_ports()
    with socket.create_server(("127.0.0.1", port + 1)):
        run = Run(tmp_path, port)
        runs.append(run)
        out, words = run.process.communicate(timeout=60)
    assert run.process.returncode == 1
    assert f"Port {port + 1} is taken" in words
    assert f"make run PORT={port + 100}" in words
    assert out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"PORT": "eighty"}, "PORT must be a number"),
        ({"PORT": "80"}, "PORT must be a number"),
        ({"APP_ENV": "production"}, "make run is for development"),
        ({"CONTENT_DIR": "/nowhere"}, "The migration failed"),
    ],
    ids=str,
)
def test_what_cannot_work_is_said_in_words(environ: dict[str, str], said: str, tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, free_ports(), **environ)
    runs.append(run)
    _, words = run.process.communicate(timeout=60)
    assert run.process.returncode == 1
    assert said in words
    assert 'File "' not in words or "migration" in said
    assert run.left_behind() == []


def test_stopping_while_it_starts_leaves_nothing_either(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, free_ports())
    runs.append(run)
    deadline = time.monotonic() + START_WITHIN_S
    while len(run.left_behind()) < 2:  # the supervisor and its first child
        assert time.monotonic() < deadline
        time.sleep(0.05)
    status, words = run.stop()
    assert (status, words) == (0, "")
    assert run.left_behind() == []
