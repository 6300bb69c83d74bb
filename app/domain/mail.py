"""The shape of an e-mail and of whoever sends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a message. `mime` may carry parameters (`text/calendar; method=REQUEST`)."""

    name: str
    mime: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One e-mail. `key` is stable for one cause, so that a repeat carries the same Message-ID."""

    key: str
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None


class MailError(Exception):
    """The message was not accepted. `permanent` says that trying again cannot help."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class MailSettingWrong(ValueError):
    """A mail setting cannot be used. Names the setting, never its value."""


class Mailer(Protocol):
    """Whoever takes a message from us."""

    def send(self, message: Message) -> None:
        """Hand over one message; raises MailError."""
