"""How a text names its pictures: the name, the words for people who do not see it, and what is said of bad ones."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app.publishing.pictures.names import picture_faults, without_pictures
from app.publishing.schema.problems import Unreadable
from tests.factories.pictures import as_jpeg, from_a_telephone, photograph
from tests.page_reading import read_page
from tests.unit.publishing.picture_desk import ARTICLE, GOOD, Desk


def test_a_picture_that_only_adorns_has_no_words(desk: Desk) -> None:
    desk.put("leaf.jpg", as_jpeg(photograph(400, 300)))
    desk.show("![decorative](leaf.jpg)")
    desk.head("src: leaf.jpg, decorative: true")
    document = desk.make()
    assert 'alt=""' in document.html
    assert document.head_figure is not None
    assert 'alt=""' in document.head_figure


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("![](room.jpg)", "does not say what the picture shows"),
        ("![  ](room.jpg)", "does not say what the picture shows"),
        ("![IMG_1234](room.jpg)", "'IMG_1234' does not say"),
        ("![room.jpg](room.jpg)", "'room.jpg' does not say"),
        ("![a photo](room.jpg)", "'a photo' does not say"),
        ("![" + "x" * 301 + "](room.jpg)", "in 301 characters"),
        ("![A room](room.heic)", "on an iPhone choose Settings"),
        ("![A room](room.gif)", "is no JPEG or PNG"),
        ("![A room](room)", "is no JPEG or PNG"),
        ("![A room](pictures/room.jpg)", "is not beside this file"),
        ("![A room](../../../etc/room.jpg)", "is not beside this file"),
        ("![A room](https://else.example/room.jpg)", "shows a picture from elsewhere"),
        ("![A room](//else.example/room.jpg)", "shows a picture from elsewhere"),
        ("![A room](my room.jpg)", "not written in full"),
        ("![A room](z%20immer.jpg)", "makes no good address"),
        ("![A room][room]", "not written in full"),
        ("Look: ![A room](room.jpg)", "amid other text"),
        ("![A room](room.jpg)\nwhere we work", "amid other text"),
    ],
    ids=range(18),
)  # fmt: skip
def test_a_text_that_names_a_picture_badly_is_told_with_the_line(desk: Desk, line: str, said: str) -> None:
    desk.put("room.jpg", as_jpeg(photograph(400, 300)))
    desk.show("\n" + line)
    (fault,) = desk.faults()
    assert said in fault
    number = int(fault.split(":")[1])
    assert (desk.content / ARTICLE).read_text().split("\n")[number - 1] == line.split("\n")[0]


@pytest.mark.parametrize(
    "text",
    [
        "![a](" + " " * 400_000,
        "![" * 200_000,
        "![a](b " * 70_000,
        "![" + "a" * 450_000,
        '![a](b "' * 60_000,
        "!\\[" * 100_000,
    ],
    ids=range(6),
)
def test_no_line_takes_long(text: str) -> None:
    start = time.process_time()  # a busy machine has other work too
    with suppress(Unreadable):
        tuple(picture_faults(text))
    without_pictures(text)
    assert time.process_time() - start < 2


def test_words_about_a_picture_stay_words(desk: Desk) -> None:
    desk.put("room.jpg", as_jpeg(photograph(400, 300)))
    desk.show("""![A "couch" & 5 > 3, onerror=alert(1)](room.jpg "Said: 'a & b' > c")""")
    desk.head("""src: room.jpg, alt: 'A "couch" onload=x', credit: 'By "A" & B'""")
    document = desk.make()
    page = read_page(document.html + (document.head_figure or ""))
    assert [image.attributes["alt"] for image in page.all("img")] == [
        "A “couch” & 5 > 3, onerror=alert(1)",
        "A “couch” onload=x",
    ]
    assert [words.text for words in page.all("figcaption")] == ["Said: ‘a & b’ > c", "By “A” & B"]
    assert not any(name.startswith("on") for image in page.all("img") for name in image.attributes)


@pytest.mark.parametrize(
    ("hero", "said"),
    [
        ("src: room.jpg", "alt is missing; say what the picture shows, or write decorative: true"),
        ("src: room.jpg, alt: DSC0001", "'DSC0001' does not say what the picture shows"),
        ("src: room.jpg, alt: A room, decorative: true", "keep alt when the picture says something"),
        ("src: room.tiff, alt: A room", "is no JPEG or PNG"),
        ("src: ../room.jpg, alt: A room", "is not beside this file"),
        ("region: neck, alt: A neck", "belong to a src"),
    ],
)
def test_a_hero_needs_its_words_too(desk: Desk, hero: str, said: str) -> None:
    desk.put("room.jpg", as_jpeg(photograph(400, 300)))
    desk.head(hero)
    (fault,) = desk.faults()
    assert said in fault
    assert ": hero" in fault


def test_pictures_that_are_not_there_or_lead_elsewhere(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(GOOD)
    articles = desk.content / "articles"
    desk.put("Room.JPG", GOOD)
    (articles / "leak.jpg").symlink_to(secret)
    (articles / "circle.jpg").symlink_to("circle.jpg")
    (articles / "folder.jpg").mkdir()
    os.mkfifo(articles / "pipe.jpg")
    said = {
        "room.jpg": "is not beside this file; did you mean 'Room.JPG'?",
        "nothing.png": "is not beside this file; upload it to content/articles/",
        "leak.jpg": "leads out of the content folder",
        "circle.jpg": "cannot be read",
        "folder.jpg": "is no file",
        "pipe.jpg": "is no file",
    }
    desk.show("\n\n".join(f"![A room with a couch]({name})" for name in said))
    faults = desk.faults()
    assert len(faults) == len(said)
    for name, words in said.items():
        assert any(f"'{name}' {words}" in fault for fault in faults), (name, faults)
    desk.make()
    assert not list(desk.made.glob("*.avif"))


def test_names_of_any_case_are_fine_when_written_as_they_are(desk: Desk) -> None:
    desk.put("IMG_0815.JPG", GOOD)
    desk.show("![A room with a couch](IMG_0815.JPG)")
    assert "IMG_0815.JPG" in desk.make().pictures


def test_the_check_remarks_on_places_and_on_pictures_that_nobody_shows(desk: Desk) -> None:
    desk.put("home.jpg", from_a_telephone(photograph(400, 300)))
    desk.put("clean.jpg", as_jpeg(photograph(420, 300)))
    desk.put("forgotten.JPG", GOOD)
    desk.show("![A room with a couch](home.jpg)\n\n![The way in](clean.jpg)")
    (remark,) = desk.faults()
    assert "warning: 'home.jpg' says where it was taken; the site takes that out" in remark
    assert [problem.path for problem in desk.pictures.unused()] == ["articles/forgotten.JPG"]
    assert set(desk.make().pictures) == {"home.jpg", "clean.jpg"}, "a remark is in nobody's way"
    assert desk.faults() == [remark]
