"""A month of the books at the desk, and the papers of a booking."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from app.domain.checkout import Movement
from app.services.money.month import store_movements
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed
from tests.staff_desk import StaffDesk, plain


def moved(id_: str, kind: str, amount: int, fee: int, at: datetime) -> Movement:
    return Movement(
        id=id_, at=at, kind=kind, amount_minor=amount, fee_minor=fee, currency="gbp", source_id=f"src_{id_}"
    )


def test_a_month_is_that_of_the_practices_clock(staff_app: Flask, desk: StaffDesk) -> None:
    last_of_june = datetime(2026, 6, 30, 22, 59, tzinfo=UTC)
    first_of_july = datetime(2026, 6, 30, 23, 0, tzinfo=UTC)
    with staff_app.app_context():
        store_movements(
            [
                moved("a", "charge", 1200, 38, last_of_june),
                moved("b", "charge", 1500, 43, first_of_july),
                moved("c", "charge", 1500, 43, first_of_july),
                moved("d", "refund", -1500, 0, first_of_july),
            ]
        )
    page = desk.read("/staff/money/2026-07")
    assert page.one("h1").text == "July 2026"
    rows = " ".join(one.text.replace("\N{NO-BREAK SPACE}", " ") for one in page.elements if one.tag in ("th", "td"))
    assert "Payment2 times £30.00 £0.86 £29.14" in rows
    assert "Refund1 time -£15.00 £0.00 -£15.00" in rows
    assert "£12.00" not in plain(page)
    sheet = desk.client.get("/staff/money/2026-07.csv")
    assert sheet.headers["Content-Disposition"] == 'attachment; filename="2026-07.csv"'
    assert len(sheet.text.splitlines()) == 4
    assert "Nothing moved" in desk.words("/staff/money/2026-08")
    assert desk.client.get("/staff/money").location == "/staff/money/2026-11"


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "0001-01", "1999-12", "x", "2026-07.pdf", "2026-12", "9999-12"])
def test_months_that_are_none(desk: StaffDesk, month: str) -> None:
    page = desk.read(f"/staff/money/{month}", 404)
    assert f"You asked for “{month}”" in plain(page)
    assert "/staff/money" in page.links
    assert desk.client.get(f"/staff/money/{month}.csv").status_code == 404


def test_no_way_leads_out_of_the_books(desk: StaffDesk) -> None:
    first, last = desk.read("/staff/money/2000-01"), desk.read("/staff/money/2026-11")
    assert [rel.attributes["rel"] for rel in first.all("a") if "rel" in rel.attributes] == ["next"]
    assert [rel.attributes["rel"] for rel in last.all("a") if "rel" in rel.attributes] == ["prev"]


def test_papers_of_a_booking_are_kept_as_a_file(staff_app: Flask, desk: StaffDesk, clock: MovableClock) -> None:
    with staff_app.app_context():
        booking = make_confirmed(now=clock.now, starts_at=datetime(2026, 11, 25, 10, tzinfo=UTC))
    for paper, title in (("evidence", "Evidence for booking"), ("receipt", "Receipt for booking")):
        answer = desk.client.get(f"/staff/money/papers?paper={paper}&reference={booking.reference.lower()}")
        assert f"{title} {booking.reference}" in answer.text
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{paper}-{booking.reference}.html"'
        assert answer.headers["Cache-Control"] == "no-store"
    page = desk.read('/staff/money/papers?paper=receipt&reference=<"nothing')
    assert 'No booking has the reference <"NOTHING' in page.one("p", id="reference-e").text
    assert page.one("input", id="reference").attributes["value"] == '<"NOTHING'
    desk.read(f"/staff/money/papers?paper=story&reference={booking.reference}", 404)
