"""One printable page for a dispute, and a receipt: true, complete, in one file, and without a word about health."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.domain.booking import Booking
from app.services.manage.changes import cancel_booking, mark_visit
from app.services.money.story import read_story
from dev.stripe_sandbox import disputes
from tests.integration.payments.conftest import SLOT, Desk


@pytest.fixture
def booking(desk: Desk) -> Booking:
    """Paid and confirmed, its mail sent, beside another one with a mail of its own."""
    found = []
    for name, hours in (("ann", 0), ("ben", 2)):
        one = desk.hold(name, SLOT + timedelta(hours=hours))
        desk.open(one)
        desk.pay(one)
        desk.deliver()
        found.append(one)
    return found[0]


def send_mails(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["worker", "--once"])
    assert result.exit_code == 0, result.output


def paper(app: Flask, tmp_path: Path, kind: str, reference: str) -> str:
    path = tmp_path / "page.html"
    result = app.test_cli_runner().invoke(args=["money", kind, reference.lower(), "--out", str(path)])
    assert result.output.strip() == f"Written: {path}"
    return path.read_text(encoding="utf-8")


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_the_evidence_is_one_page_with_everything_a_bank_asks_for(
    desk: Desk, app: Flask, booking: Booking, tmp_path: Path
) -> None:
    send_mails(app)
    desk.clock.now = SLOT + timedelta(hours=1)
    mark_visit(booking.id, "no_show", now=desk.clock.now)
    [deposit] = desk.deposits(booking)
    desk.bench.act(disputes.open_dispute, deposit.charge_id)
    desk.deliver()
    page = paper(app, tmp_path, "evidence", booking.reference)
    said = words(page)
    for fact in (
        booking.reference, "Robin Example", "Wednesday 25 November 2026, 10:00 to 11:00", "£12.00",
        deposit.pi_id or "?", deposit.charge_id or "?", "accepted by pressing it on Monday 23 November 2026, 07:00",
        "Cancel 24 hours or more before", "Confirmation, with the rules for cancelling and moving",
        "The client did not come and did not cancel.", "the client's bank took £12.00 back for now",
    ):  # fmt: skip
        assert fact in said, fact
    order = ["time held", "deposit paid", "booking confirmed", "e-mail sent: confirmed", "client did not come"]
    places = [said.rindex(what) for what in order]
    assert places == sorted(places)


def test_it_needs_nothing_else_to_be_read_and_printed(app: Flask, booking: Booking, tmp_path: Path) -> None:
    page = paper(app, tmp_path, "evidence", booking.reference)
    assert not re.search(r"<(script|link|img|style)|src=|url\(|https?://", page)
    assert 'style="' in page


@pytest.mark.parametrize("kind", ["evidence", "receipt"])
def test_it_says_nothing_of_health_and_nothing_for_staff(
    desk: Desk, app: Flask, booking: Booking, tmp_path: Path, kind: str
) -> None:
    page = paper(app, tmp_path, kind, booking.reference).lower()
    for private in ("lower-back", "less stiff", "since monday", "safety lists", "for staff", "runner"):
        assert private not in page


def test_the_story_reads_the_mails_of_its_own_booking_alone(desk: Desk, app: Flask, booking: Booking) -> None:
    send_mails(app)
    letters = [entry for entry in read_story(booking.reference).entries if entry.what.startswith("e-mail")]
    assert [entry.reference for entry in letters] == [f"mail:confirmed:{booking.id}"]


def test_a_receipt_says_what_was_paid_and_what_went_back(
    desk: Desk, app: Flask, booking: Booking, tmp_path: Path
) -> None:
    said = words(paper(app, tmp_path, "receipt", booking.reference))
    assert "Paid by card £12.00" in said
    assert "Paid or due at the practice £48.00" in said
    cancel_booking(booking.id, 1, now=desk.clock.now)
    desk.poll()
    said = words(paper(app, tmp_path, "receipt", booking.reference))
    assert "Back to the card -£12.00" in said
    assert "Paid towards the visit £0.00" in said


@pytest.mark.parametrize("kind", ["evidence", "receipt"])
def test_what_cannot_be_written(app: Flask, booking: Booking, tmp_path: Path, kind: str) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["money", kind, "NOTHING1"]).exit_code == 2
    missing = str(tmp_path / "no" / "such" / "folder.html")
    assert "cannot be written" in run(args=["money", kind, booking.reference, "--out", missing]).output
