"""Pages, feeds and search while articles wait to be read: the same as after, and no word that nobody checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from PIL import Image

from app.publishing import holder
from app.publishing.previews import PreviewLinks
from config import Settings

if TYPE_CHECKING:
    from tests.integration.web.conftest import Content

GUIDE = "articles/does-sports-massage-help.md"
SLUG = "refused-one"
TITLE = b"A title to look for"
#: Addresses whose answer is made of articles, beside the pages of the sitemap.
LISTS = (
    "/feed.xml", "/sitemap.xml", "/articles/?kind=guide", "/articles/?condition=neck",
    "/social/articles/elbow-guide.png",
)  # fmt: skip


@pytest.fixture(scope="session")
def base_settings(base_settings: Settings) -> Settings:
    """Each site with an index of its own."""
    return replace(base_settings, content_index=None)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Says whether sites that start from here on only glimpse at articles; none is read until somebody asks for it."""
    monkeypatch.setattr(holder, "LOOK_EVERY_S", 3600.0)
    return lambda wanted: monkeypatch.setattr(holder, "MOST_AT_ONCE", 0 if wanted else 200)


@pytest.fixture
def folder(content: Content) -> Content:
    """Content with one more guide, that nothing is wrong with."""
    text = (content.folder / GUIDE).read_text().replace("title: ", "title: About elbows. ", 1)
    (content.folder / "articles/elbow-guide.md").write_text(text)
    return content


def refuse(folder: Content) -> None:
    """One more guide, the newest, that says what may not be said."""
    text = (folder.folder / GUIDE).read_text().replace("publish_at: 2026-11-04", "publish_at: 2026-11-20")
    text = re.sub("^title: .*", f"title: {TITLE.decode()}", text, flags=re.MULTILINE)
    (folder.folder / f"articles/{SLUG}.md").write_text(f"{text}\nThis cures back pain.\n")


def waiting(site: Flask) -> int:
    found = site.test_client().get("/readyz").json["content"]["waiting_to_be_read"]  # type: ignore[index]
    assert isinstance(found, int)
    return found


def addresses(site: Flask) -> list[str]:
    named = re.findall(r"<loc>http://localhost([^<]+)</loc>", site.test_client().get("/sitemap.xml").text)
    assert "/articles/elbow-guide" in named
    one_of_each = {address.rpartition("/")[0]: address for address in named}.values()
    return [*one_of_each, "/", "/articles/", "/articles/elbow-guide", *LISTS]


def test_every_page_is_the_same_before_and_after(
    folder: Content, start: Callable[[], Flask], unread: Callable[[bool], None]
) -> None:
    unread(False)
    whole = start()
    unread(True)
    assert addresses(whole) == addresses(start())
    for address in addresses(whole):
        fresh = start()  # so that no other page read a text for it
        assert waiting(fresh) >= 2, address
        before, after = fresh.test_client().get(address), whole.test_client().get(address)
        assert before.status_code == after.status_code == 200, address
        assert before.data == after.data, address


def test_what_is_refused_shows_nowhere_and_leaves_at_its_turn(
    folder: Content, start: Callable[[], Flask], unread: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(folder)
    unread(True)
    site = start()
    client = site.test_client()
    for address in (*addresses(site), "/search?q=title"):
        answer = client.get(address)
        gone = answer.status_code == 404 and SLUG in address
        assert gone or (answer.status_code == 200 and TITLE not in answer.data and b"cures" not in answer.data), address
    assert client.get(f"/articles/{SLUG}").status_code == 404
    assert client.get(f"/social/articles/{SLUG}.png").status_code == 404
    assert f"/articles/{SLUG}<" in client.get("/sitemap.xml").text  # an address says nothing
    monkeypatch.setattr(holder, "LOOK_EVERY_S", 0.0)
    site = start()
    client = site.test_client()
    while waiting(site):
        pass
    assert SLUG not in client.get("/sitemap.xml").text
    assert any(SLUG in problem for problem in client.get("/readyz").json["content"]["problems"])  # type: ignore[index]


def test_a_refused_text_is_shown_behind_its_link_with_the_reason(
    folder: Content, start: Callable[[], Flask], unread: Callable[[bool], None]
) -> None:
    refuse(folder)
    unread(True)
    site = start()
    previews: PreviewLinks = site.extensions["site"].previews
    document = site.extensions["site"].library().shelf.documents["articles"][SLUG]
    shown = site.test_client().get(f"/preview/{previews.token_for(document)}")
    assert shown.status_code == 200
    assert TITLE in shown.data
    assert "says &#39;cures&#39;" in shown.text or "says 'cures'" in shown.text


def test_a_text_with_a_picture_is_shown_before_its_picture_is_found(
    folder: Content, start: Callable[[], Flask], unread: Callable[[bool], None]
) -> None:
    Image.new("RGB", (900, 600), "teal").save(folder.folder / "articles/elbow.jpg")
    folder.add("articles/elbow-guide.md", "\n![An elbow at rest](elbow.jpg)\n")
    unread(True)
    answer = start().test_client().get("/articles/elbow-guide")
    assert answer.status_code == 200
    assert int(re.findall(r"max-age=(\d+)", answer.headers["Cache-Control"])[0]) <= 5
