"""The drawings of the back, put into pages as markup so that they take the page's colours."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask, g
from markupsafe import Markup

_IDS = re.compile(r'(id="|href="#|url\(#)')


class Drawings:
    """Every SVG file of a folder, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.read()

    def read(self) -> None:
        """Read the folder anew."""
        self._svg = {
            path.stem: path.read_text().strip().replace(' xmlns="http://www.w3.org/2000/svg"', "")
            for path in self._folder.glob("*.svg")
        }

    def copy(self, name: str, prefix: str) -> Markup:
        """The drawing `name` with its ids behind `prefix`, so that a page may hold several. Raises KeyError."""
        return Markup(_IDS.sub(rf"\g<1>{prefix}", self._svg[name]))  # noqa: S704 - our own files


def serve_drawings(app: Flask) -> None:
    """Give templates `drawing(name)`: a copy whose ids no other drawing of the page has."""
    drawings = Drawings(Path(app.static_folder or "") / "figure")
    if app.config["TEMPLATES_AUTO_RELOAD"]:
        app.before_request(drawings.read)

    def drawing(name: str) -> Markup:
        g.drawings = g.get("drawings", 0) + 1
        return drawings.copy(name, f"d{g.drawings}")

    app.jinja_env.globals["drawing"] = drawing
