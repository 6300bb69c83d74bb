"""The whole product as `make run` serves it: real processes on free ports, in a folder of their own."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

START_WITHIN_S = 120
#: What the worker does by itself takes a second or two; a busy machine may take as long as this.
DONE_WITHIN_S = 60
#: Below those that systems hand out to callers and to whoever asks for any port: until the product has bound what was
#: found free here, nobody gets it by chance.
PORTS = range(12_000, 32_000, 4)
Found = TypeVar("Found")


def free_ports() -> int:
    """The first of three neighbouring free ports."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        try:
            for number in range(port, port + 3):
                socket.create_server(("127.0.0.1", number)).close()
        except OSError:
            continue
        return port


def eventually(look: Callable[[], Found], within_s: float = DONE_WITHIN_S) -> Found:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return found


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
            if words in _read(Path(f"/proc/{number}/cmdline")).replace(b"\0", b" ").decode()
        )


def _environ(entry: Path) -> bytes:
    """Nothing of a process that has ended."""
    alive = _read(entry / "stat").rpartition(b") ")[2][:1] not in (b"", b"Z")
    return _read(entry / "environ") if alive else b""


def _read(file: Path) -> bytes:
    """What stands there; nothing when the process went meanwhile."""
    try:
        return file.read_bytes()
    except OSError:
        return b""
