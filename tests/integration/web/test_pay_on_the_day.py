"""Practices that take no deposit, or the whole price at once: no page may speak of a deposit that nobody pays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.db.base import db
from config import Settings
from tests.booking_visitor import BookingVisitor
from tests.conftest import MovableClock

DEPOSIT = "  kind: lower_of\n  amount_minor: 1500\n  percent: 20"
SAYS = {"none": "You pay on the day.", "full": "You pay when you book."}


@pytest.fixture(params=list(SAYS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(
    base_settings: Settings, sqlite_template: Path, kind: str, tmp_path: Path, clock: MovableClock
) -> Iterator[Flask]:
    shutil.copy(sqlite_template, tmp_path / "site.db")
    content = Path(shutil.copytree(base_settings.content_dir, tmp_path / "content"))
    practice = content / "practice.yml"
    assert DEPOSIT in practice.read_text()
    practice.write_text(practice.read_text().replace(DEPOSIT, f"  kind: {kind}"))
    app = create_app(
        replace(base_settings, database_url=f"sqlite:///{tmp_path / 'site.db'}", content_dir=content), clock=clock
    )
    yield app
    with app.app_context():
        db.engine.dispose()


def test_a_deposit_that_nobody_pays_is_not_spoken_of(site: Flask, kind: str) -> None:
    visitor = BookingVisitor(site.test_client())
    for path in ("/", "/treatments/", "/prices"):
        visitor.get(path)
        assert SAYS[kind] in visitor.page.all("main")[0].text
    told = ("/treatments/first-visit", "/articles/runner-back-pain-five-visits", "/policies/booking", "/book")
    for path in ("/", "/treatments/", "/prices", *told):
        visitor.get(path)
        assert "deposit" not in visitor.page.all("main")[0].text.lower(), path
    visitor.get("/book")
    assert ("You pay on the day." if kind == "none" else "You pay at the end.") in visitor.page.all("main")[0].text
    visitor.pass_reason()
    visitor.pass_gate()
    visitor.get("/book/treatment")
    assert SAYS[kind] in visitor.page.all("main")[0].text
    assert "deposit" not in visitor.page.all("main")[0].text.lower()
    visitor.reach_check()
    visitor.get("/book/details")
    assert "deposit" not in visitor.page.all("main")[0].text.lower()
    visitor.get("/book/check")
    assert "There is nothing to pay." not in visitor.page.all("main")[0].text, "the price is paid on the day"
    if kind == "none":
        visitor.send("/book/check")
        while visitor.status == 303:
            visitor.get(visitor.place)
        words = visitor.page.one("main").text
        assert "ou can move this visit." in words
        assert "what you paid" not in words
