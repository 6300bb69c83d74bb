"""Sends e-mail: to an SMTP server, or into a folder of .eml files for development.

Failures leave as MailError, whose words never hold an address: they are kept and logged.
"""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import idna

from app.domain.mail import Attachment, Mailer, MailError, MailSettingWrong, Message

TIMEOUT_S = 20
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

#: Aware UTC.
Clock = Callable[[], datetime]


def open_mailer(mail_url: str, sender: str, clock: Clock) -> Mailer:
    """The mailer that `mail_url` names: `file:FOLDER`, `smtp://user:password@host:587` or `smtps://...:465`.

    `smtp://` starts TLS before anything is said; `?tls=none` leaves it out and is allowed on this machine only.
    `sender` is `Name <address>`. Raises MailSettingWrong when either makes no sense.
    """
    name, address = parseaddr(sender)
    try:
        envelope = Envelope(Address(name, addr_spec=_with_domain(address)), clock)
    except (ValueError, IndexError, MessageError):  # the library reports a malformed address in several ways
        words = "MAIL_FROM: must be an address, or a name and an address in angle brackets"
        raise MailSettingWrong(words) from None
    if mail_url.startswith("file:"):
        folder = mail_url.removeprefix("file:")
        if not folder:
            raise MailSettingWrong("MAIL_URL: file: needs a folder")
        return FileMailer(Path(folder), envelope)
    return SmtpMailer(_read_server(mail_url), envelope)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends, and when. Makes a message ready for the wire."""

    sender: Address
    clock: Clock

    def wrap(self, message: Message) -> EmailMessage:
        """The whole e-mail: text, HTML beside it, attachments. Raises MailError (permanent) for a bad address."""
        wire = EmailMessage(policy=SMTP)
        try:
            wire["From"] = self.sender
            wire["To"] = _recipient(message.to)
            wire["Subject"] = message.subject
            if message.reply_to:
                wire["Reply-To"] = _recipient(message.reply_to)
        except (ValueError, IndexError, MessageError):
            # the library reports a malformed address in several ways, and may repeat it: say less
            raise MailError("the address or the subject cannot be written in a header", permanent=True) from None
        wire["Date"] = format_datetime(self.clock())
        wire["Message-ID"] = self.message_id(message.key)
        wire["Auto-Submitted"] = "auto-generated"
        wire.set_content(message.text)
        wire.add_alternative(message.html, subtype="html")
        for attachment in message.attachments:
            _attach(wire, attachment)
        return wire

    def message_id(self, key: str) -> str:
        """The same for the same cause, so that a mailbox can tell a repeat."""
        return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{self.sender.domain}>"


def _recipient(address: str) -> Address:
    return Address(addr_spec=_with_domain(address))


def _with_domain(address: str) -> str:
    """The address with its domain as mail servers know it. Raises ValueError for what is not an address."""
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise ValueError("no address")
    # not Python's own codec: by its older rules straße.example is strasse.example, which is somebody else's
    return f"{local}@{idna.encode(domain, uts46=True).decode()}"


def _attach(wire: EmailMessage, attachment: Attachment) -> None:
    kind, *given = attachment.mime.split(";")
    main, _, sub = kind.strip().partition("/")
    parameters = {name.strip(): value.strip().strip('"') for name, _, value in (one.partition("=") for one in given)}
    if main == "text":
        parameters.setdefault("charset", "utf-8")
    wire.add_attachment(attachment.body, maintype=main, subtype=sub, filename=attachment.name, params=parameters)


class FileMailer:
    """Writes each message as one .eml file, whole or not at all. For development and tests."""

    def __init__(self, folder: Path, envelope: Envelope) -> None:
        self._folder = folder
        self._envelope = envelope

    def send(self, message: Message) -> None:
        """Write the message. Raises MailError: temporary when the folder cannot be written."""
        wire = self._envelope.wrap(message)
        moment = self._envelope.clock().strftime("%Y%m%dT%H%M%S%fZ")
        digest = hashlib.sha256(message.key.encode()).hexdigest()[:12]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
                part.write(wire.as_bytes())
            os.replace(part.name, self._free_name(f"{moment}-{digest}"))
        except OSError as error:
            raise MailError(f"file: {type(error).__name__}") from error

    def _free_name(self, stem: str) -> Path:
        path, number = self._folder / f"{stem}.eml", 1
        while path.exists():  # a second message for one cause must stay visible
            number += 1
            path = self._folder / f"{stem}-{number}.eml"
        return path


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over, and how."""

    host: str
    port: int
    user: str
    password: str
    tls: str  # "implicit", "starttls" or "none"


def _read_server(mail_url: str) -> Server:
    try:
        parts = urlsplit(mail_url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise MailSettingWrong("MAIL_URL: must be file:FOLDER, smtp://HOST or smtps://HOST")
    implicit = parts.scheme == "smtps"
    wish = parse_qs(parts.query).get("tls", ["starttls"])[-1]
    if wish not in {"starttls", "none"}:
        raise MailSettingWrong("MAIL_URL: tls must be starttls or none")
    if wish == "none" and not implicit and parts.hostname not in LOOPBACK:
        raise MailSettingWrong("MAIL_URL: mail without TLS may only go to this machine")
    try:
        port = parts.port or (465 if implicit else 587)
    except ValueError:
        raise MailSettingWrong("MAIL_URL: the port must be a number") from None
    tls = "implicit" if implicit else wish
    return Server(parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), tls)


class SmtpMailer:
    """Hands each message to an SMTP server over a connection of its own."""

    def __init__(self, server: Server, envelope: Envelope) -> None:
        self._server = server
        self._envelope = envelope

    def send(self, message: Message) -> None:
        """Hand over the message. Raises MailError: permanent for a 5xx about this message, else temporary."""
        wire = self._envelope.wrap(message)
        try:
            connection = self._connect()
        except smtplib.SMTPResponseException as error:
            # our own trouble with the server, not the message's: it can be mended while the message waits
            raise MailError(f"SMTP {error.smtp_code}: {type(error).__name__} while connecting") from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailError(f"SMTP: {type(error).__name__} while connecting") from None
        try:
            connection.send_message(wire)
        except smtplib.SMTPRecipientsRefused as error:
            code = max((code for code, _ in error.recipients.values()), default=0)
            raise MailError(f"SMTP {code}: the address was refused", permanent=code >= 500) from None
        except smtplib.SMTPResponseException as error:
            raise MailError(f"SMTP {error.smtp_code}: refused", permanent=error.smtp_code >= 500) from None
        except smtplib.SMTPNotSupportedError:
            raise MailError("SMTP: the server cannot take this kind of address", permanent=True) from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailError(f"SMTP: {type(error).__name__}") from None
        finally:
            with suppress(smtplib.SMTPException, OSError):  # a bad goodbye does not unsend the message
                connection.quit()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.tls == "implicit":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_S, context=ssl.create_default_context()
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        try:
            if server.tls == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection
