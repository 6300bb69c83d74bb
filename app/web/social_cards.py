"""The picture that a shared link shows: the page's title beside the drawing of its region, drawn by the site itself."""

from __future__ import annotations

import io
import textwrap
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app

from app.publishing.library import Document
from app.web.lookup import get_or_404, live_library

social_pages = Blueprint("social", __name__, url_prefix="/social")

KINDS = ("articles", "conditions")
#: Letters in a line, lines at most, and their size in pixels: for short titles and for long ones.
SETTINGS = ((16, 4, 68), (21, 6, 52), (26, 7, 44))
INK, MUTED = "#14231f", "#43534d"
#: Width and height in pixels; the backgrounds in static/social have them too.
CARD = (1200, 630)
KEPT_S = 24 * 3600


@social_pages.get("/<any(articles, conditions):kind>/<slug>.png")
def card(kind: str, slug: str) -> Response:
    """1200 by 630, PNG. Answers 404 and 410 as the page itself does."""
    document = get_or_404(kind, slug)
    picture = draw_card(_background(document), document.title, live_library().practice.name)
    return _kept(picture)


@social_pages.get("/home.png")
def home_card() -> Response:
    """The card of every page that has none of its own: what the practice says of itself. 1200 by 630, PNG."""
    practice = live_library().practice
    background = Path(current_app.static_folder or "") / "social" / "home.png"
    return _kept(draw_card(background, practice.tagline, practice.name))


def _kept(picture: bytes) -> Response:
    answer = Response(picture, mimetype="image/png")
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    answer.add_etag()
    return answer


def _background(document: Document) -> Path:
    region = document.meta.region if document.kind == "conditions" else document.meta.regions[0]
    return Path(current_app.static_folder or "") / "social" / f"{region}.png"


@lru_cache(maxsize=256)
def draw_card(background: Path, title: str, practice: str) -> bytes:
    """The card as PNG. A title that is too long for the smallest letters ends in an ellipsis."""
    from PIL import Image, ImageDraw, ImageFont  # lazy: only the first visitor of a card needs it

    with Image.open(background) as drawing:
        card = drawing.convert("RGB")
    pen = ImageDraw.Draw(card)
    lines, size = fit(title)
    pen.multiline_text((64, 96), "\n".join(lines), INK, ImageFont.load_default(size), spacing=size // 4)
    pen.text((64, 520), practice, MUTED, ImageFont.load_default(34))
    kept = io.BytesIO()
    card.quantize(96).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def fit(title: str) -> tuple[list[str], int]:
    """The title in lines of like length, and the size of its letters in pixels: as large as it can stand beside the
    drawing.
    """
    for letters, most, size in SETTINGS:
        lines = textwrap.wrap(title, letters)
        if len(lines) <= most:
            return _balanced(title, lines, letters), size
    letters, most, size = SETTINGS[-1]
    return textwrap.wrap(title, letters, max_lines=most, placeholder=" …"), size


def _balanced(title: str, lines: list[str], letters: int) -> list[str]:
    """As many lines, none longer than it must be."""
    for narrower in range(letters - 1, max(map(len, title.split()), default=letters) - 1, -1):
        again = textwrap.wrap(title, narrower)
        if len(again) > len(lines):
            break
        lines = again
    return lines
