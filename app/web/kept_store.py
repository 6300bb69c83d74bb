"""What was drawn once and is shown to many, as long as there is room for it."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Drawn = TypeVar("Drawn")


class Store(Generic[Drawn]):
    """Drawn parts or pages by what they were drawn for. `room` is in the unit of the sizes. Threads share it."""

    def __init__(self, room: int) -> None:
        self._room, self._used = room, 0
        self._drawn: dict[Hashable, tuple[Drawn, int]] = {}
        self._lock = Lock()

    def find(self, key: Hashable) -> Drawn | None:
        """What is kept under `key`, if anything."""
        found = self._drawn.get(key)
        return None if found is None else found[0]

    def keep(self, key: Hashable, drawn: Drawn, size: int) -> None:
        """Keep `drawn` under `key`. Where there is no room for all, what was drawn first goes first."""
        with self._lock:
            self._used += size - self._drawn.pop(key, (drawn, 0))[1]
            self._drawn[key] = (drawn, size)
            while self._used > self._room:
                self._used -= self._drawn.pop(next(iter(self._drawn)))[1]
