"""What is made of a good picture: formats, widths, upright, and without what the camera wrote into it."""

from __future__ import annotations

import io
import re
import struct
from pathlib import Path

import pytest
from PIL import Image

from app.publishing.pictures.making import WIDTHS, look
from tests.factories.pictures import as_jpeg, as_png, drawing, from_a_telephone, photograph
from tests.unit.publishing.picture_desk import SLUG, Desk


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
