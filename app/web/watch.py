"""Notices changed files, so that a developer sees a new template or style without a restart."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

LOOK_EVERY_S = 1.0


class Watch:
    """The newest change in some folders, looked up once a second at most."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._stamp = self._newest()
        self._looked = time.monotonic()

    def stamp(self) -> str:
        """A text that is another one after a change."""
        if time.monotonic() - self._looked >= LOOK_EVERY_S:
            self._stamp = self._newest()
            self._looked = time.monotonic()
        return self._stamp

    def _newest(self) -> str:
        return str(max((p.stat().st_mtime_ns for f in self._folders for p in f.rglob("*") if p.is_file()), default=0))
