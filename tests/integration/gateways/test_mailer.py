"""Mail leaves whole, says who it is, and fails in words that can be kept."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as SmtpProtocol
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from app.domain.mail import Attachment, MailError, MailSettingWrong, Message
from app.gateways.mailer import open_mailer

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SENDER = "Example practice <bookings@practice.example>"
CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n"


def clock() -> datetime:
    return NOW


def a_message(**changes: Any) -> Message:
    values: dict[str, Any] = {
        "key": "mail:confirmed:7",
        "to": "sam@client.example",
        "subject": "Booked: Tuesday 24 November, 09:30",
        "text": "Your time is booked.\n\n£12.00 paid, £48.00 on the day.",
        "html": "<p>Your time is booked.</p>",
        "attachments": (Attachment("appointment.ics", "text/calendar; method=PUBLISH", CALENDAR),),
        "reply_to": "hello@practice.example",
    }
    return Message(**{**values, **changes})


def read(path: Path) -> EmailMessage:
    parsed = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_file_holds_the_whole_message(tmp_path: Path) -> None:
    open_mailer(f"file:{tmp_path}", SENDER, clock).send(a_message())
    (path,) = tmp_path.iterdir()
    mail = read(path)
    assert mail["From"] == SENDER
    assert mail["To"] == "sam@client.example"
    assert mail["Subject"] == "Booked: Tuesday 24 November, 09:30"
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "£48.00 on the day" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "<p>Your time is booked.</p>" in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    (calendar,) = mail.iter_attachments()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar["Content-Type"].params["method"] == "PUBLISH"
    assert calendar.get_filename() == "appointment.ics"
    assert calendar.get_payload(decode=True) == CALENDAR


def test_one_cause_has_one_message_id_and_a_repeat_stays_visible(tmp_path: Path) -> None:
    mailer = open_mailer(f"file:{tmp_path}", SENDER, clock)
    mailer.send(a_message())
    mailer.send(a_message())
    mailer.send(a_message(key="mail:confirmed:8"))
    ids = sorted(read(path)["Message-ID"] for path in tmp_path.glob("*.eml"))
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert all(one.endswith("@practice.example>") for one in ids)


def test_nothing_half_written_is_left_when_the_folder_fails(tmp_path: Path) -> None:
    blocked = tmp_path / "not-a-folder"
    blocked.write_text("in the way")
    with pytest.raises(MailError) as caught:
        open_mailer(f"file:{blocked}", SENDER, clock).send(a_message())
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "bad",
    [
        {"to": "nobody"},
        {"to": "sam@client.example\r\nBcc: all@client.example"},
        {"to": "a b@client.example"},
        {"to": "sam@" + "x" * 80 + ".example"},
        {"to": ""},
        {"subject": "Booked\r\nBcc: all@client.example"},
    ],
)
def test_words_that_would_break_a_header_are_refused_for_good(tmp_path: Path, bad: dict[str, str]) -> None:
    with pytest.raises(MailError) as caught:
        open_mailer(f"file:{tmp_path}", SENDER, clock).send(a_message(**bad))
    assert caught.value.permanent
    assert "client.example" not in str(caught.value)
    assert not list(tmp_path.glob("*.eml"))


@pytest.mark.parametrize(
    ("domain", "written"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),  # strasse.example belongs to somebody else
        ("Post.Example", "post.example"),
    ],
)
def test_a_foreign_domain_is_written_in_ascii_and_stays_the_same_domain(
    tmp_path: Path, domain: str, written: str
) -> None:
    open_mailer(f"file:{tmp_path}", SENDER, clock).send(a_message(to=f"sam@{domain}"))
    (path,) = tmp_path.glob("*.eml")
    assert read(path)["To"] == f"sam@{written}"


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("ftp://host", SENDER),
        ("smtp://", SENDER),
        ("file:", SENDER),
        ("smtp://mail.example?tls=none", SENDER),
        ("smtp://mail.example?tls=maybe", SENDER),
        ("smtp://mail.example:port", SENDER),
        ("smtp://[mail.example", SENDER),
        ("file:/tmp/x", "nobody"),
        ("file:/tmp/x", "two@places@practice.example,"),
    ],
)
def test_unusable_settings_are_refused_at_the_start(url: str, sender: str) -> None:
    with pytest.raises(MailSettingWrong, match=r"MAIL_(URL|FROM): "):
        open_mailer(url, sender, clock)


class Inbox:
    """A mail server that keeps what it gets, or refuses as it is told."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []
        self.answer_rcpt = "250 OK"
        self.answer_data = "250 OK"

    async def handle_RCPT(
        self, _server: SmtpProtocol, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answer_rcpt

    async def handle_DATA(self, _server: SmtpProtocol, _session: Session, envelope: Envelope) -> str:
        if self.answer_data.startswith("250"):
            self.received.append(envelope)
        return self.answer_data


def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"practice", b"p@ss/word")
    return AuthResult(success=right, handled=False)


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def inbox(unused_port: int) -> Iterator[tuple[Inbox, int]]:
    handler = Inbox()
    server = Controller(handler, "127.0.0.1", unused_port, authenticator=authenticate, auth_require_tls=False)
    server.start()
    yield handler, unused_port
    server.stop()


def test_smtp_hands_over_the_message(inbox: tuple[Inbox, int]) -> None:
    handler, port = inbox
    url = f"smtp://practice:p%40ss%2Fword@127.0.0.1:{port}?tls=none"
    open_mailer(url, SENDER, clock).send(a_message())
    (envelope,) = handler.received
    assert envelope.mail_from == "bookings@practice.example"
    assert envelope.rcpt_tos == ["sam@client.example"]
    assert b"Booked: Tuesday 24 November, 09:30" in (envelope.content or b"")


@pytest.mark.parametrize(
    ("rcpt", "data", "permanent"),
    [
        ("550 no such user sam@client.example", "250 OK", True),
        ("451 try later", "250 OK", False),
        ("250 OK", "554 refused", True),
        ("250 OK", "452 full", False),
    ],
)
def test_smtp_tells_lasting_from_passing_refusals(
    inbox: tuple[Inbox, int], rcpt: str, data: str, *, permanent: bool
) -> None:
    handler, port = inbox
    handler.answer_rcpt, handler.answer_data = rcpt, data
    with pytest.raises(MailError) as caught:
        open_mailer(f"smtp://127.0.0.1:{port}?tls=none", SENDER, clock).send(a_message())
    assert caught.value.permanent is permanent
    assert "sam" not in str(caught.value)


@pytest.mark.parametrize("start", ["smtp://practice:wrong@127.0.0.1:{}?tls=none", "smtp://127.0.0.1:{}"])
def test_a_wrong_password_or_a_server_without_tls_is_not_the_messages_fault(
    inbox: tuple[Inbox, int], start: str
) -> None:
    _, port = inbox
    with pytest.raises(MailError) as caught:
        open_mailer(start.format(port), SENDER, clock).send(a_message())
    assert not caught.value.permanent
    assert "wrong" not in str(caught.value)


def test_no_server_at_all_is_temporary(unused_port: int) -> None:
    with pytest.raises(MailError) as caught:
        open_mailer(f"smtp://127.0.0.1:{unused_port}?tls=none", SENDER, clock).send(a_message())
    assert not caught.value.permanent
