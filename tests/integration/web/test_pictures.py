"""Pictures on the running site: nobody waits for them, their addresses never change, and they go with their text."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app import create_app
from app.db.base import db
from app.jobs.steps import STEPS
from app.jobs.tools import Tools
from app.publishing import holder
from app.publishing.holder import LibraryHolder
from app.publishing.pictures.folder import Pictures
from app.publishing.pictures.store import PictureStore
from config import Settings
from tests.conftest import START, MovableClock
from tests.factories.pictures import as_jpeg, from_a_telephone, photograph
from tests.page_reading import Page, read_page

SLUG = "does-sports-massage-help"
PAGE = f"/articles/{SLUG}"


@dataclass
class PictureSite:
    """A site whose staff have a copy of the content."""

    app: Flask
    visitor: FlaskClient
    content: Path
    made: Path

    def write(self, text: str, **front: str) -> None:
        """Add to the article's body, and give keys of its front matter other values."""
        path = self.content / "articles" / f"{SLUG}.md"
        words = path.read_text()
        for key, value in front.items():
            line = f"{key}: {value}"
            words, found = re.subn(rf"(?m)^{key}: .*", line, words)
            words = words if found else words.replace("\nstatus:", f"\n{line}\nstatus:", 1)
        path.write_text(words + text)

    def make(self) -> str:
        done = self.app.test_cli_runner().invoke(args=["content", "build-images"])
        assert done.exit_code == 0, done.output
        return done.output

    def see(self, path: str = PAGE) -> Page:
        answer = self.visitor.get(path)
        assert answer.status_code == 200, answer.status
        return read_page(answer.text)


@pytest.fixture
def site(
    base_settings: Settings, sqlite_template: Path, tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PictureSite]:
    monkeypatch.setattr(holder, "LOOK_EVERY_S", 0.0)
    shutil.copy(sqlite_template, tmp_path / "site.db")
    shutil.copytree(base_settings.content_dir, tmp_path / "content")
    (tmp_path / "content" / "articles" / "room.jpg").write_bytes(from_a_telephone(photograph(640, 480)))
    settings = replace(
        base_settings,
        database_url=f"sqlite:///{tmp_path / 'site.db'}",
        content_dir=tmp_path / "content",
        pictures_dir=tmp_path / "pictures",
    )
    app = create_app(settings, clock=clock)
    yield PictureSite(app, app.test_client(), tmp_path / "content", tmp_path / "pictures")
    with app.app_context():
        db.engine.dispose()


def test_a_text_stands_until_its_picture_is_made_and_then_shows_it(site: PictureSite) -> None:
    site.write('\n![A room with a couch](room.jpg "Where we work")\n')
    answer = site.visitor.get(PAGE)
    assert answer.status_code == 200
    assert "<img" not in answer.text
    assert answer.headers["Cache-Control"] == "public, max-age=5", "nobody may keep the page without its picture"
    assert site.visitor.get("/readyz").get_json()["content"]["waiting_for_pictures"] == [f"articles/{SLUG}.md"]
    site.make()
    answer = site.visitor.get(PAGE)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    page = read_page(answer.text)
    assert not page.unclosed
    (image,) = page.all("img")
    assert image.attributes["alt"] == "A room with a couch"
    assert "Where we work" in [caption.text for caption in page.all("figcaption")]
    assert site.visitor.get("/readyz").get_json()["content"]["waiting_for_pictures"] == []
    addresses = {part.split()[0] for e in page.all("source") for part in e.attributes["srcset"].split(", ")}
    addresses |= {part.split()[0] for part in image.attributes["srcset"].split(", ")} | {image.attributes["src"]}
    assert len(addresses) == 6
    for address in addresses:
        answer = site.visitor.get(address)
        ending = address.rpartition(".")[2]
        assert answer.status_code == 200
        assert answer.content_type == {"jpg": "image/jpeg"}.get(ending, f"image/{ending}")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        with Image.open(BytesIO(answer.data)) as picture:
            assert f"-{picture.width}." in address
        assert b"Jane Example" not in answer.data


def test_the_worker_makes_what_nobody_made_yet(site: PictureSite, clock: MovableClock) -> None:
    site.write("\n![A room with a couch](room.jpg)\n")
    assert site.see().all("img") == []
    (step,) = [step for step in STEPS if step.name == "pictures"]
    tools = Tools(**{name: None for name in Tools.__slots__} | _looking_at(site))  # type: ignore[arg-type]
    with site.app.app_context():
        assert step.run(tools, clock.now, step.limit) == 1
        assert step.run(tools, clock.now, step.limit) == 0
    assert len(site.see().all("img")) == 1


def _looking_at(site: PictureSite) -> dict[str, object]:
    """A worker's own eyes: another process would have them."""
    pictures = Pictures(site.content, PictureStore(site.made))
    library = LibraryHolder(site.content, lambda: START, pictures=pictures)
    return {"pictures": pictures, "library": library.current}


def test_a_hero_stands_at_the_head_on_the_card_and_in_what_machines_read(site: PictureSite) -> None:
    site.write("", hero='{src: room.jpg, alt: "A room with a couch", credit: "Photo: Example Studio"}')
    (site.content / "articles" / "room.jpg").write_bytes(as_jpeg(photograph(1300, 700)))
    before = site.see()
    assert before.one("meta", property="og:image").attributes["content"].endswith(f"/social{PAGE}.png")
    site.make()
    page = site.see()
    (image,) = page.all("img")
    assert image.attributes["fetchpriority"] == "high"
    assert "loading" not in image.attributes
    assert "Photo: Example Studio" in page.one("main").text
    shared = page.one("meta", property="og:image").attributes["content"]
    card = site.visitor.get(shared.removeprefix("http://localhost"))
    assert card.content_type == "image/jpeg"
    with Image.open(BytesIO(card.data)) as picture:
        size = [page.one("meta", property=f"og:image:{side}").attributes["content"] for side in ("width", "height")]
        assert [str(side) for side in picture.size] == size == ["1200", "630"]
    assert page.one("meta", property="og:image:alt").attributes["content"] == "A room with a couch"
    article = next(node for node in page.graph if node["@type"] == "Article")
    assert article["image"]["@type"] == "ImageObject"
    assert article["image"]["caption"] == "A room with a couch"
    assert site.visitor.get(article["image"]["url"].removeprefix("http://localhost")).status_code == 200


def test_someone_of_the_team_may_have_a_photo(site: PictureSite) -> None:
    path = site.content / "team" / "example-therapist-a.md"
    shutil.copy(site.content / "articles" / "room.jpg", path.with_name("me.jpg"))
    path.write_text(path.read_text().replace("\nrole:", "\nphoto: {src: me.jpg, alt: An empty chair}\nrole:", 1))
    site.make()
    page = site.see("/team/example-therapist-a")
    assert page.one("img").attributes["alt"] == "An empty chair"
    (small,) = site.see("/team/").all("img")
    assert (small.attributes["alt"], small.attributes["sizes"]) == ("", "6rem")
    assert next(node for node in page.graph if node["@type"] == "Person")["image"]["@type"] == "ImageObject"


def test_a_bad_picture_harms_nothing_and_is_told_where_staff_look(site: PictureSite) -> None:
    (site.content / "articles" / "room.jpg").write_bytes(as_jpeg(photograph(800, 600))[:9000])
    site.write("\n![A room with a couch](room.jpg)\n\n![The way in](way.png)\n")
    done = site.app.test_cli_runner().invoke(args=["content", "build-images"])
    assert done.exit_code == 1
    assert "'room.jpg' is broken or cut off" in done.output
    assert "'way.png' is not beside this file" in done.output
    assert site.see().all("img") == []
    told = site.visitor.get("/readyz").get_json()["content"]
    assert len(told["problems"]) == 2
    assert told["waiting_for_pictures"] == []
    checked = site.app.test_cli_runner().invoke(args=["content", "check"])
    assert checked.exit_code == 1
    assert f"content/articles/{SLUG}.md:" in checked.output
    assert "'room.jpg' is broken or cut off; export it again" in checked.output


def test_the_check_finds_a_broken_picture_before_anything_is_made(site: PictureSite) -> None:
    site.write("\n![A room with a couch](room.jpg)\n")
    assert site.app.test_cli_runner().invoke(args=["content", "check"]).exit_code == 0
    assert not list(site.made.glob("*.avif"))
    (site.content / "articles" / "room.jpg").write_bytes(b"no picture")
    assert "is no picture" in site.app.test_cli_runner().invoke(args=["content", "check"]).output


@pytest.mark.parametrize(
    "name",
    ["known.json", "making.lock", "..%2Fknown.json", "%2e%2e/site.db", "0" * 20 + "-400.jpg", "x", "%00", "a" * 2000],
)
def test_nothing_else_of_the_folder_is_given_out(site: PictureSite, name: str) -> None:
    site.write("\n![A room with a couch](room.jpg)\n")
    site.make()
    assert site.visitor.get(f"/pictures/{name}").status_code == 404


def test_only_widths_and_formats_that_exist(site: PictureSite) -> None:
    site.write("\n![A room with a couch](room.jpg)\n")
    site.make()
    address = site.see().one("img").attributes["src"]
    for other in (address.replace("-640", "-639"), address.replace(".jpg", ".png"), address.replace(".jpg", ".svg")):
        assert site.visitor.get(other).status_code == 404


def test_when_a_text_is_taken_down_its_pictures_go_too(site: PictureSite, clock: MovableClock) -> None:
    site.write("\n![A room with a couch](room.jpg)\n", expires_at=clock.advance(hours=0).replace(hour=9).isoformat())
    site.make()
    address = site.see().one("img").attributes["src"]
    assert site.visitor.get(address).status_code == 200
    clock.advance(hours=3)
    assert site.visitor.get(PAGE).status_code == 410
    assert site.visitor.get(address).status_code == 410


def test_a_preview_shows_the_pictures_of_a_draft(site: PictureSite) -> None:
    site.write("\n![A room with a couch](room.jpg)\n", status="draft")
    site.make()
    link = site.app.test_cli_runner().invoke(args=["content", "preview-link", SLUG]).output.strip()
    page = site.see(link.removeprefix("http://localhost"))
    assert "'room.jpg' says where it was taken" in page.with_class("preview")[0].text
    assert site.visitor.get(page.one("img").attributes["src"]).status_code == 200
    assert site.visitor.get(PAGE).status_code == 404
