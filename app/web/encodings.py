"""Bodies that are squeezed once and sent many times."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass

import brotli

#: Below this size squeezing costs more than it saves (one network packet).
SMALLEST = 1400
_ZERO = re.compile(r"q\s*=\s*0(\.0*)?\s*$")


@dataclass(frozen=True, slots=True)
class Body:
    """One body as it may travel: plain always, `gzip` and `br` where they are smaller."""

    plain: bytes
    gzip: bytes | None = None
    br: bytes | None = None

    def best(self, accepted: str) -> tuple[str | None, bytes]:
        """The smallest form that an Accept-Encoding header allows, with its Content-Encoding (None for plain)."""
        if self.br is not None and _allows(accepted, "br"):
            return "br", self.br
        if self.gzip is not None and _allows(accepted, "gzip"):
            return "gzip", self.gzip
        return None, self.plain


def squeeze(plain: bytes, *, quality: int = 10) -> Body:
    """Compress `plain` both ways. `quality` is brotli's, 0 to 11: 10 costs a quarter more than 9
    and saves a seventh, which keeps an article inside the first flight of a connection; 11 is for what is kept long."""
    if len(plain) < SMALLEST:
        return Body(plain)
    return Body(plain, gzip.compress(plain, 9, mtime=0), brotli.compress(plain, quality=quality))


def _allows(accepted: str, coding: str) -> bool:
    """Whether an Accept-Encoding header allows `coding` (RFC 9110, 12.5.3): named, or by *, and not at q=0."""
    by_star = False
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        name = name.strip()
        if name == coding:
            return not _ZERO.search(parameters)
        if name == "*":
            by_star = not _ZERO.search(parameters)
    return by_star
