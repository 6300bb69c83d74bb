"""Pictures beside texts: what is made of good ones, what is said of bad ones, and that nothing of it harms the site."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import re
import shutil
import struct
import time
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from app.publishing.library import Document, Shelf
from app.publishing.loading import Cache, load_shelf
from app.publishing.picture_making import LONGEST_SIDE, WIDTHS, look
from app.publishing.picture_names import check_pictures, without_pictures
from app.publishing.picture_store import PROGRAM, PictureStore, run_apart
from app.publishing.pictures import MOST_BYTES, Pictures
from app.publishing.problems import Unreadable
from tests.factories.pictures import as_jpeg, as_png, drawing, from_a_telephone, photograph
from tests.page_reading import read_page

CONTENT = Path(__file__).resolve().parents[3] / "content"
ARTICLE = "articles/does-sports-massage-help.md"
SLUG = Path(ARTICLE).stem


@cache
def _read_once() -> Cache:
    """The readings of the untouched content: what a test does not change need not be read again."""
    known: Cache = {}
    load_shelf(CONTENT, known)
    return known


class Desk:
    """A copy of the content that staff change, with the pictures of a site that reads it."""

    def __init__(self, folder: Path) -> None:
        self.content, self.made = folder / "content", folder / "made"
        self.content.mkdir()
        for kind in CONTENT.iterdir():
            if kind.is_dir():
                shutil.copytree(kind, self.content / kind.name)
            else:
                shutil.copy(kind, self.content)
        self.pictures = Pictures(self.content, PictureStore(self.made))
        self._cache = dict(_read_once())

    def put(self, name: str, data: bytes) -> Path:
        path = self.content / "articles" / name
        path.write_bytes(data)
        return path

    def show(self, line: str) -> None:
        """Put a line with a picture at the end of the text."""
        path = self.content / ARTICLE
        path.write_text(path.read_text() + f"\n{line}\n")

    def head(self, hero: str) -> None:
        path = self.content / ARTICLE
        path.write_text(re.sub(r"(?m)^hero: .*", f"hero: {{{hero}}}", path.read_text()))

    def read(self) -> Shelf:
        return self.pictures.illustrate(load_shelf(self.content, self._cache))

    def make(self) -> Document:
        """The document once its pictures are made."""
        self.read()
        self.pictures.make(wait=True)
        return self.read().documents["articles"][SLUG]

    def faults(self) -> list[str]:
        """What is said of the text after somebody looked into its pictures."""
        self.read()
        self.pictures.inspect()
        return [str(problem) for problem in self.read().problems if problem.path == ARTICLE]

    def file(self, picture: str) -> Image.Image:
        """A finished file by the end of its name."""
        (found,) = [path for path in self.made.iterdir() if path.name.endswith(picture)]
        return Image.open(io.BytesIO(found.read_bytes()))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_photograph_is_sent_in_three_formats_and_several_widths(desk: Desk) -> None:
    desk.put("room.jpg", as_jpeg(photograph(1700, 1275)))
    desk.show('![A room with a couch](room.jpg "Where we work")')
    assert "room.jpg" not in desk.read().documents["articles"][SLUG].html, "what is not made yet is left out"
    html = desk.make().html
    for ending, kind in (("avif", "AVIF"), ("webp", "WEBP"), ("jpg", "JPEG")):
        for width in WIDTHS:
            with desk.file(f"-{width}.{ending}") as made:
                assert (made.format, made.size) == (kind, (width, width * 3 // 4))
        assert html.count(f"-{WIDTHS[0]}.{ending} {WIDTHS[0]}w") == 1
    assert '<source type="image/avif" srcset="/pictures/' in html
    assert html.index("image/avif") < html.index("image/webp") < html.index("<img ")
    assert 'alt="A room with a couch" width="1600" height="1200"' in html
    assert "<figcaption>Where we work</figcaption>" in html
    small = sum(path.stat().st_size for path in desk.made.glob("*-800.avif"))
    assert small < desk.made.joinpath(next(desk.made.glob("*-800.jpg"))).stat().st_size


def test_nothing_that_a_camera_wrote_leaves_the_house(desk: Desk) -> None:
    data = from_a_telephone(photograph(900, 600))
    assert b"Jane Example" in data
    desk.put("room.jpg", data)
    desk.show("![A room with a couch](room.jpg)")
    desk.make()
    for path in desk.made.glob("*-*.*"):
        raw = path.read_bytes()
        for told in (b"Jane", b"Exif", b"GPS", b"Telephone", b"ICC_PROFILE"):
            assert told not in raw, (path.name, told)
        with Image.open(io.BytesIO(raw)) as made:
            assert not made.getexif()
            assert "icc_profile" not in made.info
            assert "comment" not in made.info


@pytest.mark.parametrize(("turned", "size"), [(1, (600, 400)), (3, (600, 400)), (6, (400, 600)), (8, (400, 600))])
def test_a_picture_stands_upright_however_the_telephone_was_held(
    desk: Desk, turned: int, size: tuple[int, int]
) -> None:
    upright = photograph(*size)
    # what a turned telephone stores is turned back before it is shown
    stored = {
        1: upright,
        3: upright.rotate(180),
        6: upright.rotate(90, expand=True),
        8: upright.rotate(-90, expand=True),
    }
    desk.put("room.jpg", from_a_telephone(stored[turned], turned=turned))
    desk.show("![A room with a couch](room.jpg)")
    document = desk.make()
    picture = document.pictures["room.jpg"]
    assert (picture.width, picture.height) == size
    with desk.file(f"-{size[0]}.jpg") as made:
        red, pale = made.getpixel((10, 50)), made.getpixel((size[0] - 10, 50))
    assert isinstance(red, tuple)
    assert isinstance(pale, tuple)
    assert red[0] > red[1] + 80
    assert abs(pale[0] - pale[1]) < 30


def test_a_drawing_keeps_its_lines_and_what_one_can_see_through(desk: Desk) -> None:
    desk.put("lines.png", as_png(drawing()))
    desk.show("![A line from corner to corner](lines.png)")
    html = desk.make().html
    assert 'class="on-white"' in html
    for ending in ("png", "webp", "avif"):
        with desk.file(f"-900.{ending}") as made:
            assert made.mode == "RGBA"
            assert made.getpixel((800, 10)) == (255, 255, 255, 0) or made.getpixel((800, 10))[3] == 0  # type: ignore[index]
    with desk.file("-card.jpg") as card:
        assert card.mode == "RGB"
        assert min(card.getpixel((card.width - 5, 5))) > 240  # type: ignore[arg-type, type-var]


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_photograph_in_a_png_is_sent_as_a_photograph(tmp_path: Path, mode: str) -> None:
    (tmp_path / "a.png").write_bytes(as_png(photograph(600, 400).convert(mode)))
    assert look(tmp_path / "a.png", "d", tmp_path)["fallback"] == "jpg"


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "CMYK", "RGB"])
def test_every_kind_of_picture_becomes_one_that_browsers_show(tmp_path: Path, mode: str) -> None:
    grey = Image.linear_gradient("L").resize((400, 300))
    if mode == "I;16":
        picture = Image.frombytes("I;16", (400, 300), b"".join(struct.pack("<H", v * 256) for v in grey.tobytes()))
    else:
        picture = grey.convert("RGB").convert(mode) if mode in ("P", "CMYK", "RGBA") else grey.convert(mode)
    ending, data = ("jpg", as_jpeg(picture)) if mode == "CMYK" else ("png", as_png(picture))
    (tmp_path / f"a.{ending}").write_bytes(data)
    record = look(tmp_path / f"a.{ending}", "d", tmp_path)
    assert record.get("widths") == [400], record
    with Image.open(tmp_path / "d-400.avif") as made:
        top, bottom = (made.convert("L").getpixel((200, y)) for y in (5, 295))
    assert isinstance(top, int | float)
    assert isinstance(bottom, int | float)
    assert top < 40
    assert bottom > 215


def test_only_the_first_picture_of_a_page_is_loaded_at_once(desk: Desk) -> None:
    desk.put("one.jpg", as_jpeg(photograph(600, 400)))
    desk.put("two.jpg", as_jpeg(photograph(640, 400)))
    desk.show("![A room with a couch](one.jpg)\n\n![The way in](two.jpg)")
    assert re.findall(r'loading="lazy"|fetchpriority="high"', desk.make().html) == [
        'fetchpriority="high"',
        'loading="lazy"',
    ]
    desk.head('src: one.jpg, alt: "A room with a couch", credit: "Photo: Example"')
    document = desk.make()
    assert re.findall(r'loading="lazy"|fetchpriority="high"', document.html) == ['loading="lazy"'] * 2
    assert document.head_figure is not None
    assert 'fetchpriority="high"' in document.head_figure
    assert "<figcaption>Photo: Example</figcaption>" in document.head_figure


def test_what_is_small_is_not_blown_up(desk: Desk) -> None:
    desk.put("small.jpg", as_jpeg(photograph(500, 300)))
    desk.show("![A room with a couch](small.jpg)")
    picture = desk.make().pictures["small.jpg"]
    assert picture.widths == (400, 500)
    assert picture.card is None


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
    start = time.monotonic()
    with suppress(Unreadable):
        check_pictures(text)
    without_pictures(text)
    assert time.monotonic() - start < 2


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


def png_of(width: int, height: int) -> bytes:
    """A PNG whose head promises that size, with a little data behind it."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0" * 9999)) + part(b"IEND", b"")


GOOD = as_jpeg(photograph(640, 480))
BROKEN: dict[str, tuple[str, bytes, str]] = {
    "empty": ("room.jpg", b"", "is empty; put the picture there again"),
    "cut off": ("room.jpg", GOOD[: len(GOOD) // 2], "is broken or cut off; export it again"),
    "a head alone": ("room.jpg", GOOD[:200], "is broken or cut off|is no picture"),
    "a PNG cut off": ("room.png", as_png(photograph(800, 600))[:90_000], "is broken or cut off; export it again"),
    "noise": ("room.jpg", bytes(range(256)) * 99, "is no picture, or a broken one"),
    "text": ("room.png", b"hello", "is no picture, or a broken one"),
    "another ending": ("room.png", GOOD, "is a JPEG with a name in .png; name it .jpg"),
    "the other ending": ("room.jpg", as_png(drawing()), "is a PNG with a name in .jpg; name it .png"),
    "a bomb": ("room.png", png_of(30_000, 30_000), "has 30000 x 30000 pixels; save it 2,000 pixels wide"),
    "a ribbon": ("room.png", png_of(LONGEST_SIDE + 1, 300), "has 16001 x 300 pixels; save it 2,000"),
    "a promise": ("room.png", png_of(4000, 4000), "is broken or cut off; export it again"),
    "a stamp": ("room.jpg", as_jpeg(photograph(80, 60)), "is only 80 x 60 pixels"),
    "a WebP": ("room.jpg", b"RIFF\x10\0\0\0WEBPVP8 ", "is a WebP, whatever its name says; save it as JPEG or PNG"),
    "a HEIC": ("room.jpg", b"\0\0\0\x18ftypheic" + b"\0" * 99, "is a HEIC, whatever its name says"),
    "a web page": ("room.jpg", b"<!DOCTYPE html><script>alert(1)</script>", "is a web page, whatever its name"),
    "an SVG": ("room.png", b"<svg onload='alert(1)'/>", "is a SVG, whatever its name says"),
    "a pointer": ("room.jpg", b"version https://git-lfs.github.com/spec/v1\n", "run: git lfs pull"),
    "too large": ("room.jpg", GOOD + b"\0" * MOST_BYTES, "is 15 MB large; save it 2,000 pixels wide"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_bad_picture_is_told_with_its_name_and_the_text_stands_without_it(desk: Desk, case: str) -> None:
    name, data, said = BROKEN[case]
    desk.put(name, data)
    desk.show(f"![A room with a couch]({name})")
    (fault,) = desk.faults()
    assert any(words in fault for words in said.split("|")), fault
    assert f"'{name}'" in fault
    assert fault.startswith(ARTICLE)
    document = desk.make()
    assert "<img" not in document.html
    assert "Pick one thing" in document.html
    assert not list(desk.made.glob("*.avif"))


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


def test_a_decoder_that_dies_takes_nothing_with_it(desk: Desk, tmp_path: Path) -> None:
    """Whatever kills the program that reads pictures is the fault of one picture; the next are still read."""
    good = desk.put("good.jpg", GOOD)
    # the same program, but one picture kills it
    killer = tmp_path / "killer.py"
    fatal = 'os.abort() if "bad" in path.name else None'
    begin = "    try:\n        return _look("
    source = PROGRAM.read_text()
    assert begin in source
    killer.write_text(source.replace(begin, f"    {fatal}\n{begin}"))
    wanted = {"a": good, "b": tmp_path / "bad.jpg", "c": good}
    found = dict(run_apart(wanted, None, program=killer))
    assert found["a"] == found["c"] == {"widths": [], "placed": False}
    assert found["b"]["problem"] == "needs too much time or memory"


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


def test_what_a_killed_process_left_behind_is_in_nobodys_way(desk: Desk) -> None:
    for n in range(3):
        desk.put(f"room-{n}.jpg", as_jpeg(photograph(700 + n, 500)))
    desk.show("\n\n".join(f"![A room with a couch](room-{n}.jpg)" for n in range(3)))
    worker = multiprocessing.get_context("fork").Process(target=_make, args=(desk.content, desk.made))
    worker.start()
    until = time.monotonic() + 30
    while not list(desk.made.glob("*-*.*")):
        assert time.monotonic() < until
        time.sleep(0.01)
    worker.kill()
    worker.join()
    document = desk.make()
    assert len(document.pictures) == 3
    for path in desk.made.glob("*-*.*"):
        with Image.open(io.BytesIO(path.read_bytes())) as made:
            made.load()


def test_what_was_made_once_is_not_made_again(desk: Desk) -> None:
    path = desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    before = desk.make()
    made = {entry.name: entry.stat().st_mtime_ns for entry in desk.made.glob("*-*.*")}
    path.touch()
    again = Pictures(desk.content, PictureStore(desk.made))
    shelf = again.illustrate(load_shelf(desk.content))
    assert again.waiting() == {}
    assert again.make() == 0
    assert shelf.documents["articles"][SLUG].html == before.html
    assert {entry.name: entry.stat().st_mtime_ns for entry in desk.made.glob("*-*.*")} == made


def test_a_changed_picture_gets_another_address_and_another_version(desk: Desk) -> None:
    desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    desk.make()
    first = desk.read()
    assert not desk.pictures.changed()
    desk.put("room.jpg", as_jpeg(photograph(700, 500)))
    assert desk.pictures.changed()
    second = desk.make()
    assert desk.read().version != first.version
    assert second.pictures["room.jpg"].digest != first.documents["articles"][SLUG].pictures["room.jpg"].digest
    assert len({path.name.partition("-")[0] for path in desk.made.glob("*-*.*")}) == 2
    assert desk.pictures.store.tidy(desk.pictures.digests()) == 7
    assert list(json.loads((desk.made / "known.json").read_text())["records"]) == [second.pictures["room.jpg"].digest]
    assert {path.name.partition("-")[0] for path in desk.made.glob("*-*.*")} == {second.pictures["room.jpg"].digest}


def test_a_text_without_changes_keeps_its_body(desk: Desk) -> None:
    desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    desk.make()
    shelf = load_shelf(desk.content)
    one, two = (desk.pictures.illustrate(shelf).documents["articles"][SLUG] for _ in range(2))
    assert one is two


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"recipe": "0"}', '{"recipe": "1", "records": [], "seen": {"a": 1}}']
)
def test_a_damaged_memory_is_made_anew(desk: Desk, damage: str) -> None:
    desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    html = desk.make().html
    (desk.made / "known.json").write_text(damage)
    desk.pictures = Pictures(desk.content, PictureStore(desk.made))
    assert desk.make().html == html


def test_files_that_somebody_removed_are_made_again(desk: Desk) -> None:
    desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    desk.make()
    next(desk.made.glob("*-400.webp")).unlink()
    assert desk.pictures.waiting()
    desk.make()
    assert not desk.pictures.waiting()


def test_without_a_folder_to_write_to_the_texts_stand(desk: Desk) -> None:
    desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    desk.made.write_text("a file where the folder should be")
    desk.pictures.illustrate(load_shelf(desk.content))
    with pytest.raises(OSError, match=r"exists|directory"):
        desk.pictures.make()
    assert desk.faults() == []
    desk.put("room.jpg", b"no picture")
    assert "is no picture" in desk.faults()[0], "the check says what is wrong even so"
    assert "Pick one thing" in desk.read().documents["articles"][SLUG].html


def _make(content: Path, made: Path) -> None:
    pictures = Pictures(content, PictureStore(made))
    pictures.illustrate(load_shelf(content))
    pictures.make(wait=True)


def test_several_processes_share_the_work(desk: Desk) -> None:
    for n in range(4):
        desk.put(f"room-{n}.jpg", as_jpeg(photograph(400 + n, 300)))
    desk.show("\n\n".join(f"![A room with a couch](room-{n}.jpg)" for n in range(4)))
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_make, args=(desk.content, desk.made)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    document = desk.read().documents["articles"][SLUG]
    assert len(document.pictures) == 4
    known = json.loads((desk.made / "known.json").read_text())
    assert len(known["records"]) == 4
    assert not [path for path in desk.made.iterdir() if path.name.startswith(".")]
