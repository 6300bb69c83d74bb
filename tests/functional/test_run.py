"""`make run` as a person meets it: it says where to look, everything answers, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.functional.running import START_WITHIN_S, Run, eventually, free_ports

pytestmark = pytest.mark.slow


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
    assert list(addresses) == ["Site", "Book a visit", "Staff area", "Mail that was sent", "Stripe sandbox"]
    for label, url in addresses.items():
        assert requests.get(url, timeout=20).status_code == 200, label
    health = requests.get(f"{addresses['Site']}readyz", timeout=20).json()
    assert health["database"] == "ok"
    eventually(lambda: "Booked:" in requests.get(addresses["Mail that was sent"], timeout=20).text, START_WITHIN_S)
    status, words = run.stop()
    assert (status, words) == (0, "")
    assert run.left_behind() == []
    assert "worker stopped" in (tmp_path / "logs" / "worker.log").read_text()
    for number in range(run.port, run.port + 3):
        socket.create_server(("127.0.0.1", number)).close()

    again = Run(tmp_path, run.port)
    runs.append(again)
    again.read_addresses()
    assert (tmp_path / "logs" / "example-diary.log").read_text().startswith("0 example bookings added\n")
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
        ({"CONTENT_DIR": "/nowhere"}, "practice.yml:1: file: is missing; every practice has one"),
    ],
    ids=str,
)
def test_what_cannot_work_is_said_in_words(environ: dict[str, str], said: str, tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, free_ports(), **environ)
    runs.append(run)
    _, words = run.process.communicate(timeout=60)
    assert run.process.returncode == 1
    assert said in words
    assert "Traceback" not in words
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
