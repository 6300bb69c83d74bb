"""Reads .eml files into values a page can show."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Part:
    """One attachment."""

    number: int
    name: str
    mime: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `name` is its file's name without ending; `sent_at` None when the date makes no sense."""

    name: str
    sent_at: datetime | None
    subject: str
    sender: str
    to: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str | None
    parts: tuple[Part, ...]


def list_letters(folder: Path) -> list[Letter]:
    """Every message in `folder`, newest file name first; an empty list when there is no such folder."""
    return [read_letter(path) for path in sorted(folder.glob("*.eml"), reverse=True)]


def find_letter(folder: Path, name: str) -> Letter | None:
    """The message called `name`, or None. Names with a path in them find nothing."""
    path = folder / f"{name}.eml"
    if path.parent != folder or not path.is_file():
        return None
    return read_letter(path)


def read_letter(path: Path) -> Letter:
    """Parse one file. A broken one still gives a letter, with what could be read."""
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    parts = tuple(
        Part(number, part.get_filename() or f"part-{number}", part.get_content_type(), _bytes(part))
        for number, part in enumerate(mail.iter_attachments())
    )
    return Letter(
        name=path.stem,
        sent_at=_date(mail),
        subject=str(mail.get("Subject", "(no subject)")),
        sender=str(mail.get("From", "")),
        to=str(mail.get("To", "")),
        headers=tuple((name, str(value)) for name, value in mail.items()),
        text=_body(mail, "plain") or "",
        html=_body(mail, "html"),
        parts=parts,
    )


def _date(mail: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(str(mail.get("Date", "")))
    except (TypeError, ValueError):
        return None


def _body(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body((kind,))
    return None if part is None else _bytes(part).decode(part.get_content_charset() or "utf-8", "replace")


def _bytes(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
