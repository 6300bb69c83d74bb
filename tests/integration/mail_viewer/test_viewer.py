"""The mail viewer shows what was sent and lets a message do nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.domain.mail import Attachment, Message
from app.gateways.mailer import open_mailer
from dev.mail_viewer.server import create_viewer


@pytest.fixture
def viewer(tmp_path: Path) -> FlaskClient:
    return create_viewer(tmp_path).test_client()


@pytest.fixture
def name(tmp_path: Path) -> str:
    mailer = open_mailer(
        f"file:{tmp_path}",
        "Example practice <bookings@practice.example>",
        lambda: datetime(2026, 11, 23, 9, tzinfo=UTC),
    )
    mailer.send(
        Message(
            key="mail:confirmed:7",
            to="sam@client.example",
            subject="Booked: <Tuesday> – 09:30",
            text="Plain & simple <b>",
            html="<h1>Booked</h1><script>alert(1)</script>",
            attachments=(Attachment("appointment.ics", "text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\r\n"),),
        )
    )
    return next(tmp_path.glob("*.eml")).stem


def test_an_empty_folder_says_so(viewer: FlaskClient) -> None:
    assert "No mail yet" in viewer.get("/").text


def test_the_list_names_subject_recipient_and_attachment(viewer: FlaskClient, name: str) -> None:
    page = viewer.get("/").text
    assert "Booked: &lt;Tuesday&gt; – 09:30" in page
    assert "sam@client.example" in page
    assert "appointment.ics" in page
    assert f"/{name}/" in page


def test_a_message_shows_text_headers_and_a_frame_that_may_do_nothing(viewer: FlaskClient, name: str) -> None:
    page = viewer.get(f"/{name}/").text
    assert "Plain &amp; simple &lt;b&gt;" in page
    assert "Message-ID" in page
    assert f'src="/{name}/html"' in page
    assert "alert(1)" not in page
    frame = viewer.get(f"/{name}/html")
    assert "<h1>Booked</h1>" in frame.text
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


def test_the_calendar_file_can_be_downloaded(viewer: FlaskClient, name: str) -> None:
    answer = viewer.get(f"/{name}/0")
    assert answer.data == b"BEGIN:VCALENDAR\r\n"
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert viewer.get(f"/{name}/1").status_code == 404


@pytest.mark.parametrize(
    "path", ["/nothing/", "/..%2fsecret/", "/..%2f..%2fetc%2fpasswd/html", "/%2e%2e/", "/x/source"]
)
def test_only_messages_of_the_folder_are_shown(path: str, viewer: FlaskClient, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.eml").write_text("Subject: secret\n\nsecret")
    answer = viewer.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe\x00", b"Subject: =?utf-8?B?!!!?=\nDate: yesterday\n\n\xff", b"no headers at all"]
)
def test_a_broken_file_is_still_listed(raw: bytes, viewer: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "broken.eml").write_bytes(raw)
    assert viewer.get("/").status_code == 200
    assert viewer.get("/broken/").status_code == 200


def test_foreign_host_names_are_refused(viewer: FlaskClient) -> None:
    assert viewer.get("/", headers={"Host": "evil.example"}).status_code == 403
