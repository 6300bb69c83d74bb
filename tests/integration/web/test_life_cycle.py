"""Draft, scheduled, live, expired, archived, renamed: what a reader gets at each moment, without a restart."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.db.base import db
from app.publishing import holder
from config import Settings
from tests.conftest import MovableClock
from tests.integration.web.conftest import Content

SLUG = "does-sports-massage-help"
PAGE = f"/articles/{SLUG}"


class Desk:
    """A writer at work on one article of the live site."""

    def __init__(self, folder: Path, client: FlaskClient) -> None:
        self.file = folder / "articles" / f"{SLUG}.md"
        self._first = self.file.read_text()
        self.client = client

    def write(self, *changes: tuple[str, str]) -> None:
        """Save the article with `changes` to its first text, and let the site look."""
        text = self._first
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        self.file.write_text(text)
        time.sleep(0.02)

    def get(self, path: str = PAGE) -> tuple[int, str]:
        answer = self.client.get(path)
        return answer.status_code, answer.headers.get("Location", "")

    def listed(self) -> bool:
        """Whether overview, search, sitemap and feed know it."""
        said = {PAGE in self.client.get(p).text for p in ("/articles/", "/sitemap.xml", "/feed.xml")}
        assert len(said) == 1
        return said.pop()


@pytest.fixture
def desk(
    base_settings: Settings,
    sqlite_template: Path,
    tmp_path: Path,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    monkeypatch.setattr(holder, "LOOK_EVERY_S", 0.0)
    shutil.copy(sqlite_template, tmp_path / "site.db")
    shutil.copytree(base_settings.content_dir, tmp_path / "content")
    settings = replace(
        base_settings, database_url=f"sqlite:///{tmp_path / 'site.db'}", content_dir=tmp_path / "content"
    )
    app: Flask = create_app(settings, clock=clock)
    with app.app_context():
        yield Desk(tmp_path / "content", app.test_client())
        db.session.remove()
        db.engine.dispose()


def test_a_draft_is_nobodys_to_see(desk: Desk) -> None:
    assert desk.get() == (200, "")
    for status in ("draft", "review"):
        desk.write(("status: ready", f"status: {status}"))
        assert desk.get() == (404, "")
        assert not desk.listed()


def test_what_is_taken_down_says_so(desk: Desk) -> None:
    desk.write(("status: ready", "status: archived"))
    assert desk.get() == (410, "")
    assert "taken down" in desk.client.get(PAGE).text
    assert 'href="/articles/"' in desk.client.get(PAGE).text
    assert not desk.listed()


def test_publishing_and_ending_need_nobody(desk: Desk, clock: MovableClock) -> None:
    start, end = clock.now + timedelta(hours=1), clock.now + timedelta(hours=2)
    desk.write(
        ("publish_at: ", f"expires_at: {end.isoformat()}\npublish_at: {start.isoformat()}  # was "),
    )
    for moment, status in (
        (start - timedelta(seconds=1), 404),
        (start, 200),
        (end - timedelta(seconds=1), 200),
        (end, 410),
    ):
        clock.now = moment
        assert desk.get()[0] == status
        assert desk.listed() == (status == 200)


def test_an_old_address_leads_to_the_new_one(desk: Desk) -> None:
    desk.write(
        ("status: ready", "slug: massage-and-backs\naliases: [does-sports-massage-help, old-name]\nstatus: ready")
    )
    new = "/articles/massage-and-backs"
    assert desk.get() == (301, new)
    assert desk.get("/articles/old-name") == (301, new)
    assert desk.get(new) == (200, "")


def test_an_archived_page_is_gone_under_its_old_addresses_too(desk: Desk) -> None:
    desk.write(("status: ready", "aliases: [old-name]\nstatus: archived"))
    assert desk.get("/articles/old-name") == (410, "")


@pytest.mark.parametrize("path", ["/articles/unknown", "/conditions/knee", "/treatments/gold", "/team/nobody"])
def test_what_never_was_is_not_found(desk: Desk, path: str) -> None:
    assert desk.get(path) == (404, "")


def test_a_slash_too_many_is_forgiven(desk: Desk) -> None:
    assert desk.get(PAGE + "/") == (301, PAGE)
    assert desk.get("/prices/") == (301, "/prices")
    assert desk.get("//articles/unknown/")[0] in (301, 308, 404)
    assert desk.get("/unknown/") == (404, "")


@pytest.mark.parametrize(
    "broken",
    [
        "status: sometimes",
        "status: ready\nstatus: ready",
        "titel: x\nstatus: ready",
        "status: [",
        "status: ready\n\tx: y",
    ],
)
def test_a_broken_file_keeps_its_last_good_version_and_is_named(desk: Desk, broken: str) -> None:
    assert desk.get() == (200, "")
    desk.write(("status: ready", broken))
    assert desk.get() == (200, "")
    assert f"articles/{SLUG}.md" in desk.client.get("/readyz").text
    desk.write()
    assert desk.get() == (200, "")
    assert f"articles/{SLUG}.md" not in desk.client.get("/readyz").text


def test_one_request_is_made_of_one_version(desk: Desk) -> None:
    here = desk.client.application.extensions["site"]
    with desk.client.application.test_request_context(PAGE):
        before = here.library()
        desk.write(("title: ", "title: Changed in the midst of a request. "))
        assert here.library() is before
    assert here.library().version != before.version


def test_new_and_removed_files_are_noticed(desk: Desk) -> None:
    copy = desk.file.with_name("a-new-one.md")
    copy.write_text(desk.file.read_text().replace("title: ", "title: New ", 1))
    assert desk.get("/articles/a-new-one") == (200, "")
    copy.unlink()
    assert desk.get("/articles/a-new-one") == (404, "")


def test_two_pages_cannot_claim_one_old_address(desk: Desk) -> None:
    desk.write(("status: ready", "aliases: [sports-massage-for-back-pain]\nstatus: ready"))
    desk.get()
    assert desk.get("/articles/sports-massage-for-back-pain") == (200, "")
    assert "sports-massage-for-back-pain" in desk.client.get("/readyz").text


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/conditions/lowr-back", "/conditions/lower-back"),
        ("/articles/runner-back-pain", "/articles/runner-back-pain-five-visits"),
        ("/necks", "/conditions/neck"),
    ],
)
def test_a_mistyped_address_is_answered_with_what_may_be_meant(desk: Desk, path: str, meant: str) -> None:
    answer = desk.client.get(path)
    assert answer.status_code == 404
    assert f'href="{meant}"' in answer.text


@pytest.mark.parametrize("path", ["/xyzzy", "/booking/neck", "/preview/neck", "/%00", "/" + "neck-" * 500])
def test_nothing_is_suggested_for_nonsense_and_for_secrets(desk: Desk, path: str) -> None:
    answer = desk.client.get(path)
    assert answer.status_code == 404
    if path != "/" + "neck-" * 500:
        assert "Did you mean" not in answer.text


def test_words_changed_after_a_review_are_not_passed_off_as_reviewed(
    content: Content, start: Callable[[], Flask]
) -> None:
    def says(path: str) -> bool:
        return "not reviewed again yet" in start().test_client().get(path).text

    reviewed, changed = "reviewed_at: 2026-11-02", "updated_at: 2026-11-21"
    for file, path in (
        ("conditions/neck.md", "/conditions/neck"),
        ("articles/does-sports-massage-help.md", "/articles/does-sports-massage-help"),
    ):
        assert reviewed in (content.folder / file).read_text()
        assert says(path)
        content.change(file, changed, "updated_at: 2026-11-02")
        assert not says(path)
