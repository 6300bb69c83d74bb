"""Files that are no good pictures: each is told with its name, and harms neither its text nor the next."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from app.publishing.pictures.folder import MOST_BYTES
from app.publishing.pictures.making import LONGEST_SIDE
from app.publishing.pictures.store import PROGRAM, run_apart
from tests.factories.pictures import as_jpeg, as_png, drawing, photograph
from tests.unit.publishing.picture_desk import ARTICLE, GOOD, Desk


def png_of(width: int, height: int) -> bytes:
    """A PNG whose head promises that size, with a little data behind it."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0" * 9999)) + part(b"IEND", b"")


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
