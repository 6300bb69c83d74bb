"""Servers and load for the benchmark of pages: one worker on one core, wrk on the other, turn by turn."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address, and the process that does the work."""

    base: str
    worker: int

    def cpu_s(self) -> float:
        """CPU seconds its worker has used."""
        fields = Path(f"/proc/{self.worker}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mib(self) -> float:
        """Memory of its worker, shared pages counted in proportion (PSS), in MiB."""
        text = Path(f"/proc/{self.worker}/smaps_rollup").read_text()
        return sum(int(n) for n in re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)) / 1024


@dataclass(frozen=True, slots=True)
class Round:
    """One round of load: answers a second, and CPU microseconds for each."""

    rate: float
    cpu_us: float


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(target: str, path: str, environment: dict[str, str]) -> Iterator[Server]:
    """Serve the WSGI application `target` as the product is served, with one worker on the first core."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--log-level", "error", target]
    environment = {**os.environ, **environment, "PORT": str(port), "WEB_CONCURRENCY": "1"}
    process = subprocess.Popen(_pinned("0", command), cwd=ROOT, env=environment, text=True)
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_for(base + path, process)
        yield Server(base, _child_of(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _pinned(core: str, command: list[str]) -> list[str]:
    return ["taskset", "-c", core, *command] if (os.cpu_count() or 1) > 1 else command


def _wait_for(address: str, process: subprocess.Popen[str]) -> None:
    for _ in range(150):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{address} does not answer")


def _child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0])


def load(server: Server, path: str, seconds: int, connections: int = 8) -> Round:
    """Ask for one page over and over from the second core. Raises RuntimeError when an answer was an error."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", server.base + path]
    before = server.cpu_s()
    out = subprocess.run(_pinned("1", command), capture_output=True, text=True, check=True).stdout
    used = server.cpu_s() - before
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(f"{path}: {out}")
    requests = int(re.search(r"(\d+) requests in", out)[1])  # type: ignore[index]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]
    return Round(rate, used / requests * 1e6)
