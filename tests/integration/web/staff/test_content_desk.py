"""The content page: what staff read about faults, and the link that shows a text before it is live."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.db.base import db
from app.publishing import holder
from config import Settings
from tests.conftest import MovableClock
from tests.staff_desk import StaffDesk

GUIDE = "does-sports-massage-help"


@pytest.fixture
def articles(tmp_path: Path, base_settings: Settings) -> Path:
    shutil.copytree(base_settings.content_dir, tmp_path / "content")
    return tmp_path / "content" / "articles"


@pytest.fixture
def staff_app(
    base_settings: Settings,
    sqlite_template: Path,
    tmp_path: Path,
    articles: Path,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """As everywhere in the staff area, on a copy of the content that is looked at with every request."""
    monkeypatch.setattr(holder, "LOOK_EVERY_S", 0.0)
    shutil.copy(sqlite_template, tmp_path / "site.db")
    url = f"sqlite:///{tmp_path / 'site.db'}"
    app = create_app(replace(base_settings, database_url=url, content_dir=articles.parent), clock=clock)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_a_fault_is_told_with_its_line_and_what_readers_have(desk: StaffDesk, articles: Path) -> None:
    assert "No file has errors" in desk.words("/staff/content")
    file = articles / f"{GUIDE}.md"
    file.write_text(file.read_text().replace("status: ready", "status: sometimes", 1))
    page = desk.words("/staff/content")
    told = ("1 file has errors", f"articles/{GUIDE}.md", "Line 5, status", "not a choice", "Last good version shown")
    assert [words for words in told if words not in page] == []
    desk.read(f"/articles/{GUIDE}")


def test_a_preview_link_is_made_by_pressing_and_works(desk: StaffDesk, articles: Path) -> None:
    text = (articles / f"{GUIDE}.md").read_text()
    (articles / "a-new-one.md").write_text(text.replace("status: ready", "status: draft", 1))
    button = desk.read("/staff/content").one("button", name="text")
    made = desk.send("/staff/content/preview", text=button.attributes["value"])
    assert made.status_code == 303
    link = desk.read(made.location).one("input", id="link").attributes["value"]
    answer = desk.client.get(link.removeprefix("http://localhost"))
    assert (answer.status_code, answer.headers["X-Robots-Tag"]) == (200, "noindex")
    desk.read(made.location + "x", 404)


@pytest.mark.parametrize("text", ["", "articles/nothing", "pages/booking-policy", "x" * 5000])
def test_no_preview_of_what_is_not_there(desk: StaffDesk, text: str) -> None:
    assert "There is no preview" in desk.press("/staff/content/preview", text=text)


def test_long_lists_are_cut_and_paged(desk: StaffDesk, articles: Path) -> None:
    text = (articles / f"{GUIDE}.md").read_text().replace("status: ready", "status: draft", 1)
    for number in range(53):
        (articles / f"draft-{number:02}.md").write_text(text)
    assert "All 53: drafts" in desk.words("/staff/content")
    last = desk.words("/staff/content/drafts?page=2")
    assert ("draft-52.md" in last, "draft-49.md" in last) == (True, False)
    for page in ("3", "0", "-1", "x", "9" * 30):
        desk.read(f"/staff/content/drafts?page={page}", 404)
