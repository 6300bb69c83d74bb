"""The whole product as `make run` serves it: real processes on free ports, in a folder of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path

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
