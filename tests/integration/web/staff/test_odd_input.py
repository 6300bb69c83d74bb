"""What a database cannot even be asked for: signs and numbers that PostgreSQL or SQLite refuse."""

from __future__ import annotations

from flask import Flask

from tests.conftest import MovableClock
from tests.page_reading import read_page
from tests.staff_desk import StaffDesk, sign_in


def test_what_no_database_takes_is_told_as_any_other_slip(app: Flask, clock: MovableClock) -> None:
    stranger = app.test_client()
    token = read_page(stranger.get("/staff/sign-in").text).all("input", name="csrf_token")[0].attributes["value"]
    form = {"csrf_token": token, "email": "a\0b@practice.example", "password": "x"}
    answer = stranger.post("/staff/sign-in", data=form)
    assert (answer.status_code, "Remove hidden characters" in answer.text) == (200, True)
    desk = StaffDesk(sign_in(app, "therapist", clock.now))
    for number in (2**63, 10**30):
        assert desk.send(f"/staff/account/places/{number}/end").status_code == 404
    page = desk.read("/staff/money/papers?paper=receipt&reference=A%00B")
    assert "No booking has the reference" in page.one("p", id="reference-e").text
    assert desk.client.get("/staff/visits/A%00B").status_code == 404
