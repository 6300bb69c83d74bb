"""`make run`: migrates, fills in the example diary, and serves the whole product on this machine until Ctrl-C.

The site is on PORT (5000), the Stripe sandbox on PORT+1 and the mail viewer on PORT+2, all on 127.0.0.1.
With a STRIPE_SECRET_KEY or a MAIL_URL of your own, Stripe or your mail server is used and the stand-in stays off.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN_S = 60
STOP_WITHIN_S = 15
LOG_LINES_SHOWN = 20
#: Parts that must not end by themselves.
LASTING = frozenset({"sandbox", "mail", "site", "worker"})


class CannotRun(Exception):
    """Why the product cannot be served, in words for whoever typed `make run`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process: what to run, and the address that answers when it is ready (None: nothing to ask)."""

    name: str
    command: tuple[str, ...]
    ready_url: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything `make run` will do, decided from the environment alone. `port` is the site's."""

    environ: Mapping[str, str]
    port: int
    instance: Path

    @property
    def with_sandbox(self) -> bool:
        """Whether the Stripe sandbox stands in for Stripe."""
        return not self.environ.get("STRIPE_SECRET_KEY", "").strip()

    @property
    def with_viewer(self) -> bool:
        """Whether mail goes to files."""
        return not self.environ.get("MAIL_URL", "").strip()

    @property
    def mail_folder(self) -> Path:
        """Where the mail of this run is kept."""
        return self.instance / "mail"

    def ports(self) -> list[int]:
        """The ports that must be free."""
        wanted = [self.port]
        wanted += [self.port + 1] if self.with_sandbox else []
        wanted += [self.port + 2] if self.with_viewer else []
        return wanted

    def first(self) -> list[Part]:
        """What stands by itself, and must answer before the example diary is filled in: its deposits are paid there."""
        parts = []
        command: tuple[str, ...]
        if self.with_sandbox:
            webhook = f"http://127.0.0.1:{self.port}/stripe/webhook"
            command = (
                sys.executable, "-m", "dev.stripe_sandbox", "--port", str(self.port + 1), "--webhook-url", webhook,
                "--secret", "whsec_sandbox", "--state", str(self.instance / "stripe-sandbox.db"),
            )  # fmt: skip
            parts.append(Part("sandbox", command, f"http://127.0.0.1:{self.port + 1}/healthz"))
        if self.with_viewer:
            command = (
                sys.executable, "-m", "dev.mail_viewer", "--port", str(self.port + 2),
                "--folder", str(self.mail_folder),
            )  # fmt: skip
            parts.append(Part("mail", command, f"http://127.0.0.1:{self.port + 2}/healthz"))
        return parts

    def then(self) -> list[Part]:
        """The site and its worker."""
        gunicorn = (
            sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{self.port}",
            "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--no-control-socket",
        )  # fmt: skip
        return [
            Part("site", gunicorn, f"http://127.0.0.1:{self.port}/healthz"),
            Part("worker", (sys.executable, "-m", "flask", "--app", "wsgi", "worker")),
        ]

    def addresses(self) -> list[tuple[str, str]]:
        """What is worth opening."""
        found = [("Site", self.port, "/"), ("Book a visit", self.port, "/book"), ("Staff area", self.port, "/staff/")]
        found += [("Mail that was sent", self.port + 2, "/")] if self.with_viewer else []
        found += [("Stripe sandbox", self.port + 1, "/")] if self.with_sandbox else []
        return [(label, f"http://127.0.0.1:{port}{path}") for label, port, path in found]


def make_plan(environ: Mapping[str, str]) -> Plan:
    """Decide what to run. Raises CannotRun for a PORT that is no port, and in production."""
    if environ.get("APP_ENV", "development") == "production":
        raise CannotRun("make run is for development. See the README for serving real clients.")
    port = environ.get("PORT", "").strip() or "5000"
    if not port.isdecimal() or not 1024 <= int(port) <= 65533:
        raise CannotRun("PORT must be a number between 1024 and 65533.")
    return Plan(environ, int(port), Path(environ.get("INSTANCE_DIR") or ROOT / "instance").resolve())


class Supervisor:
    """Starts the parts of a plan, watches them, and takes them all down together."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._told_to_stop = False
        self._logs = plan.instance / "logs"
        self._environ = {
            **plan.environ,
            "PORT": str(plan.port),
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": plan.environ.get("DATABASE_URL") or f"sqlite:///{plan.instance / 'site.db'}",
            "MAIL_URL": plan.environ.get("MAIL_URL") or f"file:{plan.mail_folder}",
            "PICTURES_DIR": plan.environ.get("PICTURES_DIR") or str(plan.instance / "pictures"),
        }

    def run(self) -> int:
        """Serve until told to stop. Returns the exit status; raises CannotRun when something does not start or dies."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop_soon)
        self._check_ports()
        self._logs.mkdir(parents=True, exist_ok=True)
        self._plan.mail_folder.mkdir(parents=True, exist_ok=True)
        try:
            first, then = self._plan.first(), self._plan.then()
            self._launch_all(first)
            self._do("migration", "db", "upgrade")
            self._await_answers(first)
            self._launch_all(then)
            self._do("example diary", "demo", "seed")
            self._await_answers(then)
            if not self._told_to_stop:
                self._say_where()
            while not self._told_to_stop:
                self._watch()
                time.sleep(0.2)
        finally:
            self._stop_all()
        return 0

    def _stop_soon(self, _signal: int, _frame: FrameType | None) -> None:
        self._told_to_stop = True

    def _check_ports(self) -> None:
        for port in self._plan.ports():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    raise CannotRun(
                        f"Port {port} is taken. Stop what uses it, or choose others: "
                        f"make run PORT={self._plan.port + 100}"
                    ) from None

    def _do(self, what: str, *command: str) -> None:
        if self._told_to_stop:
            return
        child = self._launch(what, (sys.executable, "-m", "flask", "--app", "wsgi", *command))
        while child.poll() is None and not self._told_to_stop:
            self._watch()
            time.sleep(0.05)
        if child.returncode and not self._told_to_stop:
            raise CannotRun(f"The {what} failed.\n{self._last_words(what)}")

    def _launch_all(self, parts: list[Part]) -> None:
        for part in parts:
            if not self._told_to_stop:
                self._launch(part.name, part.command)

    def _await_answers(self, parts: list[Part]) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        for part in parts:
            while part.ready_url and not self._told_to_stop and not _answers(part.ready_url):
                self._watch()
                if time.monotonic() > deadline:
                    raise CannotRun(f"The {part.name} did not answer in time.\n{self._last_words(part.name)}")
                time.sleep(0.1)

    def _launch(self, name: str, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        with self._log(name).open("wb") as log:
            # a group of its own: Ctrl-C in the terminal reaches only this process, which then stops them in order
            child = subprocess.Popen(
                command, cwd=ROOT, env=self._environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._children[name] = child
        return child

    def _watch(self) -> None:
        for name, child in self._children.items():
            if child.poll() is not None and name in LASTING:
                raise CannotRun(f"The {name} stopped by itself (status {child.returncode}).\n{self._last_words(name)}")

    def _stop_all(self) -> None:
        # the site and its worker first: nobody is served by half a product, no step of the worker waits for a sandbox
        # that has gone
        providers = {part.name for part in self._plan.first()}
        self._stop([child for name, child in self._children.items() if name not in providers])
        self._stop([child for name, child in self._children.items() if name in providers])

    def _stop(self, children: list[subprocess.Popen[bytes]]) -> None:
        for child in children:
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN_S
        for child in children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(child, signal.SIGKILL)
                child.wait()

    def _say_where(self) -> None:
        addresses = self._plan.addresses()
        width = max(len(label) for label, _ in addresses)
        lines = [f"  {label:<{width}}  {url}" for label, url in addresses]
        print("\n".join(["", *lines, "", f"Logs: {self._logs}", "Ctrl-C stops everything.", ""]), flush=True)

    def _log(self, name: str) -> Path:
        return self._logs / f"{name.replace(' ', '-')}.log"

    def _last_words(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return "\n".join(f"  | {line}" for line in lines)


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if child.poll() is None:
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            return


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def main() -> int:
    """Run the plan of this environment. Returns the exit status."""
    try:
        return Supervisor(make_plan(os.environ)).run()
    except CannotRun as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
