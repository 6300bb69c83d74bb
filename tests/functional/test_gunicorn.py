"""What gunicorn makes of a request, with our settings, before the application sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.functional.running import eventually, free_ports

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
#: Says where it stands, and what was asked for.
ECHO = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['SCRIPT_NAME']!r} {environ['PATH_INFO']!r}".encode()]


app.extensions = {}
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "echo.py").write_text(ECHO)
    port = free_ports()
    command = [sys.executable, "-m", "gunicorn", "--log-level", "error", "--pythonpath", str(tmp_path), "echo:app"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PORT": str(port), "WEB_CONCURRENCY": "1"})
    try:
        eventually(lambda: process.poll() is not None or _answers(port))
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return bool(_ask(port, "/"))
    except ConnectionError:
        return False


def _ask(port: int, path: str, **headers: str) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_no_header_says_under_which_path_the_site_stands(port: int) -> None:
    path = "//elsewhere.example/conditions/neck"
    assert _ask(port, path, SCRIPT_NAME="//elsewhere.example") == f"'' '{path}'"
    assert _ask(port, "/", PATH_INFO="/staff/") == "'' '/'"
