"""How a finished picture stands on a page: its files in three formats and several widths, its words, its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape, unescape
from itertools import count

from app.publishing.pictures.names import DECORATIVE
from app.publishing.schema.fields import typographic

#: How wide a picture is shown: in the text as wide as its lines, at the head beside the title, small in a list.
IN_TEXT = "(min-width: 44rem) 40rem, 92vw"
AT_HEAD = "(min-width: 60rem) 37rem, 92vw"
AS_THUMB = "6rem"
_IMG = re.compile(r"(?P<begin><p>\s*)?<img (?P<given>[^>]*)>(?P<end>\s*</p>)?")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture whose files are made. `width` and `height` are those of the largest, in pixels.

    `card` is the size of the file for shared links, None when the picture is too small for one.
    """

    name: str
    digest: str
    width: int
    height: int
    widths: tuple[int, ...]
    fallback: str
    card: tuple[int, int] | None = None

    def url(self, width: int | None = None, ending: str | None = None) -> str:
        """The address of one file; the largest fallback when nothing is said."""
        return f"/pictures/{self.digest}-{width or self.width}.{ending or self.fallback}"

    def file_names(self) -> frozenset[str]:
        """The names of all its files."""
        names = {f"{self.digest}-{w}.{ending}" for w in self.widths for ending in ("avif", "webp", self.fallback)}
        return frozenset(names | ({f"{self.digest}-card.jpg"} if self.card else set()))

    @property
    def card_url(self) -> str:
        """The address of the file for shared links."""
        return f"/pictures/{self.digest}-card.jpg"

    def element(self, alt: str, sizes: str, *, first: bool = False) -> str:
        """The <picture>. `first` is loaded at once, all others when they come near the window."""
        sources = "".join(
            f'<source type="image/{ending}" srcset="{self._srcset(ending)}" sizes="{sizes}">'
            for ending in ("avif", "webp")
        )
        loading = 'fetchpriority="high"' if first else 'loading="lazy" decoding="async"'
        middle = self.widths[min(1, len(self.widths) - 1)]
        # what one can see through was drawn for white paper
        paper = ' class="on-white"' if self.fallback == "png" else ""
        return (
            f'<picture>{sources}<img{paper} src="{self.url(middle)}" srcset="{self._srcset(self.fallback)}" '
            f'sizes="{sizes}" alt="{escape(alt)}" width="{self.width}" height="{self.height}" {loading}></picture>'
        )

    def _srcset(self, ending: str) -> str:
        return ", ".join(f"{self.url(width, ending)} {width}w" for width in self.widths)


def figure(picture: Picture, alt: str, sizes: str, *, caption: str = "", credit: str = "", first: bool = False) -> str:
    """The picture with what is said under it. Words are plain text."""
    words = " ".join(escape(typographic(part)) for part in (caption, credit) if part)
    under = f"<figcaption>{words}</figcaption>" if words else ""
    return f'<figure class="photo">{picture.element(typographic(alt), sizes, first=first)}{under}</figure>'


def place_pictures(html: str, pictures: Mapping[str, Picture], *, first: bool) -> str:
    """The body with finished pictures in place of the plain <img> that Markdown makes; others are left out.

    `first` says that no picture stands above the body.
    """
    shown = count()

    def replaced(match: re.Match[str]) -> str:
        given = {name: unescape(value) for name, value in _ATTRIBUTE.findall(match["given"])}
        picture = pictures.get(given.get("src", ""))
        begin, end = match["begin"] or "", match["end"] or ""
        if picture is None:
            return "" if begin and end else begin + end
        alt = "" if given.get("alt") == DECORATIVE else given.get("alt", "")
        at_once = first and next(shown) == 0
        if not (begin and end):
            return begin + picture.element(typographic(alt), IN_TEXT, first=at_once) + end
        return figure(picture, alt, IN_TEXT, caption=given.get("title", ""), first=at_once)

    return _IMG.sub(replaced, html)
