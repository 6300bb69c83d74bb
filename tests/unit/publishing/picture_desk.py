"""A writer with pictures: a copy of the content to change, and what the site makes of it."""

from __future__ import annotations

import io
import re
import shutil
from functools import cache
from pathlib import Path

from PIL import Image

from app.publishing.library import Document, Shelf
from app.publishing.pictures.folder import Pictures
from app.publishing.pictures.store import PictureStore
from app.publishing.reading.loading import Cache, load_shelf
from tests.factories.pictures import as_jpeg, photograph

CONTENT = Path(__file__).resolve().parents[3] / "content"
ARTICLE = "articles/does-sports-massage-help.md"
SLUG = Path(ARTICLE).stem
#: A picture with which nothing is wrong.
GOOD = as_jpeg(photograph(640, 480))


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
        return [
            str(problem) for problem in self.read().problems if problem.path == ARTICLE and problem.severity != "waived"
        ]

    def file(self, picture: str) -> Image.Image:
        """A finished file by the end of its name."""
        (found,) = [path for path in self.made.iterdir() if path.name.endswith(picture)]
        return Image.open(io.BytesIO(found.read_bytes()))
