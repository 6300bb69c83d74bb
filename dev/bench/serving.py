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
    """A running server: its address, and the process that started its workers."""

    base: str
    master: int

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        return [int(n) for n in Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()]

    def cpu_s(self) -> float:
        """CPU seconds its workers have used."""
        used = 0
        for number in self.workers:
            fields = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
            used += int(fields[11]) + int(fields[12])
        return used / TICKS

    def memory_mib(self) -> float:
        """Memory of the whole server for each worker, in MiB: master and workers, shared pages counted once (PSS)."""
        pages = 0
        for number in (self.master, *self.workers):
            text = Path(f"/proc/{number}/smaps_rollup").read_text()
            pages += sum(int(n) for n in re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE))
        return pages / 1024 / len(self.workers)


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
def serve(target: str, path: str, environment: dict[str, str], workers: int = 1) -> Iterator[Server]:
    """Serve the WSGI application `target` as the product is served, its workers on the first core."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--log-level", "error", target]
    environment = {**os.environ, **environment, "PORT": str(port), "WEB_CONCURRENCY": str(workers)}
    process = subprocess.Popen(_pinned("0", command), cwd=ROOT, env=environment, text=True)
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_for(base + path, process)
        yield Server(base, process.pid)
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


def load(server: Server, path: str, seconds: int, connections: int = 8, cookie: str = "") -> Round:
    """Ask for one page over and over from the second core. Raises RuntimeError when an answer was an error."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", f"Cookie: {cookie}", server.base + path]
    before = server.cpu_s()
    out = subprocess.run(_pinned("1", command), capture_output=True, text=True, check=True).stdout
    used = server.cpu_s() - before
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(f"{path}: {out}")
    requests = int(re.search(r"(\d+) requests in", out)[1])  # type: ignore[index]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]
    return Round(rate, used / requests * 1e6)
