"""What was read of the content, kept on disk: every text, what is listed of it, and its finished HTML.

One SQLite file for all processes, or a file of its own for each application that names none. Texts are found by their
digest, so that processes which have not noticed a change yet still find the old one. Whatever was written by other
code, with another key, or damaged is passed over: it is read anew from the content, which is always the truth.
"""

from __future__ import annotations

import hashlib
import hmac
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from app.publishing.reading.front_matter import read_text, split_document
from app.publishing.reading.index_file import LAYOUT, IndexFile
from app.publishing.schema.fronts import FRONT_BY_FOLDER, Front
from app.publishing.schema.problems import Unreadable

T = TypeVar("T")
#: What readings and HTML depend on besides our own code.
LIBRARIES = ("markdown", "nh3", "pydantic", "pyyaml")
CODE = Path(__file__).parents[1]
#: What nothing refers to any more goes after so long. Seconds.
KEPT_S = 24 * 3600
#: So many front matters and bodies are at hand in memory.
AT_HAND = 32
_READINGS = "SELECT path, signature, digest, rules, card, mark FROM reading WHERE code = ? AND"


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept reading. `signature` is that of its file (see `scanning`), `rules` the digest of the wording rules."""

    path: str
    signature: bytes
    digest: str
    rules: str
    card: bytes


class SourceLost(LookupError):
    """A text is neither kept nor in its file any more."""


class ContentIndex(IndexFile):
    """What is known of the content in `folder`. `secret_key` is the site's. Safe for threads and forks.

    Without a `file` nothing outlives the process.
    """

    def __init__(self, file: Path | None, folder: Path, secret_key: str = "") -> None:
        self.folder = folder
        super().__init__(file)
        self._at_hand: OrderedDict[Hashable, Any] = OrderedDict()
        written_by = [sys.version, str(LAYOUT), str(folder.resolve()), *map(version, LIBRARIES)]
        if file:
            # the text before, during and after a change of a class must not be mixed up
            sources = sorted([*CODE.rglob("*.py"), *CODE.with_name("domain").glob("*.py")])
            written_by += [source.read_text() for source in sources]
        self._key = hmac.digest(secret_key.encode(), "\n".join(written_by).encode(), hashlib.sha256)
        self._code = hmac.digest(self._key, b"name", hashlib.sha256).hex()[:16]

    def readings(self) -> Iterator[Kept]:
        """Every kept reading that can be trusted, in order of paths."""
        return self._trusted(self.ask_in_turn(f"{_READINGS} path", (self._code,)))

    def readings_of(self, paths: Sequence[str]) -> Iterator[Kept]:
        """Those of `paths` among them. A thousand paths at most."""
        return self._trusted(self.ask(f"{_READINGS} path IN ({', '.join('?' * len(paths))})", (self._code, *paths)))

    def _trusted(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Kept]:
        for *parts, mark in rows:
            one = Kept(*parts)
            if hmac.compare_digest(mark, self._mark_of(one)):
                yield one

    def keep(self, readings: Iterable[tuple[Kept, str]]) -> None:
        """Keep readings with their texts."""
        now = int(time.time())
        rows, sources = [], []
        for one, text in readings:
            rows.append((self._code, one.path, one.signature, one.digest, one.rules, one.card, self._mark_of(one), now))
            sources.append((one.digest, one.path, now, text))
        self.tell(
            ("INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?)", sources),
            ("INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows),
        )

    def keep_source(self, path: str, digest: str, text: str) -> None:
        """Keep the text of a reading that is not kept itself: a preview may show it."""
        self.tell(("INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?)", [(digest, path, int(time.time()), text)]))

    def forget(self, paths: Iterable[str]) -> None:
        """Forget the readings of files that are gone or broken; their texts stay for those who still show them."""
        self.tell(("DELETE FROM reading WHERE code = ? AND path = ?", [(self._code, path) for path in paths]))

    def tidy(self) -> None:
        """Take out what nothing has referred to for a day."""
        before = int(time.time()) - KEPT_S
        unused = "kept < ? AND digest NOT IN (SELECT digest FROM reading)"
        self.tell(
            ("DELETE FROM reading WHERE code != ? AND kept < ?", [(self._code, before)]),
            (f"DELETE FROM source WHERE {unused}", [(before,)]),  # noqa: S608
            (f"DELETE FROM made WHERE {unused}", [(before,)]),  # noqa: S608
        )

    def source_of(self, path: str, digest: str) -> str:
        """The whole file as it was read under `digest`. Raises SourceLost."""
        for (whole,) in self.ask("SELECT whole FROM source WHERE digest = ?", (digest,)):
            if isinstance(whole, str) and digest_of(path, whole) == digest:
                return whole
        try:
            whole = read_text(self.folder / path)
        except Unreadable as error:
            raise SourceLost(path) from error
        if digest_of(path, whole) != digest:
            raise SourceLost(path)
        return whole

    def front_of(self, path: str, digest: str) -> Front:
        """The front matter of the file as it was read under `digest`. Raises SourceLost."""
        model = FRONT_BY_FOLDER[path.split("/")[0]]
        return self.at_hand(
            ("front", digest), lambda: model.model_validate(split_document(self.source_of(path, digest)).data)
        )

    def at_hand(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made a moment ago for `key`, or is made now."""
        with self._lock:
            if key in self._at_hand:
                self._at_hand.move_to_end(key)
                found: T = self._at_hand[key]
                return found
        made = make()
        with self._lock:
            self._at_hand[key] = made
            while len(self._at_hand) > AT_HAND:
                self._at_hand.popitem(last=False)
        return made

    def made(self, digest: str, what: str, make: Callable[[], bytes]) -> bytes:
        """What was made once of the text that was read under `digest`, or is made now."""
        rows = self.ask(
            "SELECT data, mark FROM made WHERE code = ? AND digest = ? AND what = ?", (self._code, digest, what)
        )
        for data, mark in rows:
            if hmac.compare_digest(mark, self._mark(digest, what, data)):
                return bytes(data)
        data = make()
        row = (self._code, digest, what, int(time.time()), self._mark(digest, what, data), data)
        self.tell(("INSERT OR REPLACE INTO made VALUES (?, ?, ?, ?, ?, ?)", [row]))
        return data

    def _mark_of(self, one: Kept) -> bytes:
        return self._mark(one.path, one.signature, one.digest, one.rules, one.card)

    def _mark(self, *parts: str | bytes) -> bytes:
        whole = b"\0".join([part.encode() if isinstance(part, str) else part for part in parts])
        return hmac.digest(self._key, whole, "sha256")


def digest_of(path: str, text: str) -> str:
    """What tells one content of a file from another."""
    return hashlib.sha256(f"{path}\n{text}".encode()).hexdigest()[:32]
