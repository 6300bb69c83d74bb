"""The worker's desk: real tables, the practice's real words, mail into a folder."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from app.domain.mail import Mailer, Message
from app.gateways.mailer import open_mailer
from app.jobs.tools import Tools
from app.publishing.pictures.folder import Pictures
from app.publishing.pictures.store import PictureStore
from tests.conftest import MovableClock
from tests.factories.tools import make_tools


@dataclass
class Desk:
    """The tools as the worker has them, and the mails that left."""

    tools: Tools
    folder: Path

    @property
    def mails(self) -> list[EmailMessage]:
        """Everything that was sent, oldest first."""
        found = []
        for path in sorted(self.folder.glob("*.eml")):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            found.append(mail)
        return found


class Trouble:
    """A mailer that fails as it is told, and passes on everything else."""

    def __init__(self, mailer: Mailer) -> None:
        self.mailer = mailer
        self.errors: list[Exception] = []
        self.during: Callable[[], None] | None = None

    def send(self, message: Message) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.mailer.send(message)
        if self.during:
            self.during()


@pytest.fixture
def desk(app: Flask, clock: MovableClock, tmp_path: Path) -> Desk:
    folder = tmp_path / "mail"
    mailer = Trouble(open_mailer(f"file:{folder}", "Example practice <bookings@practice.example>", clock))
    tools = make_tools(
        app,
        mailer=mailer,
        base_url="https://practice.example",
        pictures=Pictures(tmp_path / "content", PictureStore(tmp_path / "pictures")),
    )
    return Desk(tools, folder)
