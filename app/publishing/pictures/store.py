"""The finished pictures of the site on disk, and what is known of each picture that was looked at.

Files are named by the content they were made of, so that several processes, versions and sites may share a folder.
`known.json` is written whole, by one process at a time; everyone else only reads.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.publishing.pictures import making as picture_making
from app.publishing.pictures.making import RECIPE, Record

log = logging.getLogger(__name__)

FILE_NAME = re.compile(r"([0-9a-f]{20})-(?:\d{1,4}|card)\.(?:avif|webp|jpg|png)")
MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}
PROGRAM = Path(picture_making.__file__)
#: Pictures that one run of the program is given.
A_RUN = 50
CRASHED = {"problem": "needs too much time or memory", "mend": "save it as a JPEG, 2,000 pixels wide", "crashed": True}

Signature = tuple[int, int, int]


@dataclass(frozen=True)
class Known:
    """What is known: of each picture by digest, and the digest of each file (by full path) that was read."""

    records: Mapping[str, Record] = field(default_factory=dict)
    seen: Mapping[str, tuple[Signature, str]] = field(default_factory=dict)


def signature_of(stat: os.stat_result) -> Signature:
    """What changes when a file does: modified (ns), size, inode."""
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


class PictureStore:
    """The folder of finished pictures. It need not exist before something is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = folder / "known.json"
        self._known, self._stamp = Known(), -1
        self._digests: dict[str, tuple[Signature, str]] = {}
        self._not_kept: dict[str, Record] = {}

    def stamp(self) -> int:
        """Changes whenever more is known."""
        try:
            return self._index.stat().st_mtime_ns
        except OSError:
            return 0

    def known(self) -> Known:
        """What is known now. A torn or foreign file means: nothing."""
        stamp = self.stamp()
        if stamp != self._stamp:
            self._known, self._stamp = _read(self._index), stamp
        if self._not_kept:
            return replace(self._known, records={**self._not_kept, **self._known.records})
        return self._known

    def digest_of(self, path: Path, stat: os.stat_result) -> str:
        """The digest of a picture's content; a file is read only when it changed. Raises OSError."""
        place, signature = str(path), signature_of(stat)
        for seen in (self._digests, self.known().seen):
            if place in seen and seen[place][0] == signature:
                return seen[place][1]
        digest = hashlib.sha256(RECIPE.encode() + path.read_bytes()).hexdigest()[:20]
        self._digests[place] = (signature, digest)
        return digest

    def files(self) -> frozenset[str]:
        """The names of all finished files."""
        try:
            return frozenset(entry.name for entry in os.scandir(self.folder) if FILE_NAME.fullmatch(entry.name))
        except OSError:
            return frozenset()

    def make(self, wanted: Mapping[str, Path], *, wait: bool) -> int:
        """Make the files of pictures (by digest), and remember. Returns how many were handled; 0 if another makes some.

        Raises OSError when the folder cannot be written to.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone(wait) as alone:
            if not alone:
                return 0
            for digest, record in run_apart(wanted, self.folder):
                self._remember({digest: record})  # so that a page can show it while the next is made
            return len(wanted)

    def inspect(self, wanted: Mapping[str, Path]) -> None:
        """Look at pictures without making anything. What was found is remembered where the folder can be written to."""
        found = dict(run_apart(wanted, None))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._alone(wait=True):
                self._remember(found)
        except OSError as error:
            log.warning("what was found out about pictures is not kept: %s", error)
            self._not_kept.update(found)

    def tidy(self, digests: frozenset[str]) -> int:
        """Forget all other pictures. Returns how many files went. Raises OSError when the folder is read-only."""
        gone = [name for name in self.files() if name.partition("-")[0] not in digests]
        for name in gone:
            (self.folder / name).unlink(missing_ok=True)
        if self.folder.is_dir():
            with self._alone(wait=True):
                known = _read(self._index)
                records = {digest: record for digest, record in known.records.items() if digest in digests}
                self._write(records, {place: seen for place, seen in known.seen.items() if seen[1] in digests})
        return len(gone)

    def _remember(self, found: Mapping[str, Record]) -> None:
        known = _read(self._index)
        # a look must not undo what was made
        made = {d for d, record in found.items() if not record.get("widths") and known.records.get(d, {}).get("widths")}
        records = {**known.records, **{digest: record for digest, record in found.items() if digest not in made}}
        self._write(records, {**known.seen, **self._digests})

    def _write(self, records: Mapping[str, Record], seen: Mapping[str, tuple[Signature, str]]) -> None:
        data = {"recipe": RECIPE, "records": records, "seen": {k: [*v[0], v[1]] for k, v in seen.items()}}
        with tempfile.NamedTemporaryFile("w", dir=self.folder, prefix=".", delete=False) as file:
            json.dump(data, file)
            os.fchmod(file.fileno(), 0o644)  # made by one user at deployment, read by another who serves
        Path(file.name).replace(self._index)

    @contextmanager
    def _alone(self, wait: bool) -> Iterator[bool]:
        """Whether no other process makes pictures here; the lock ends with the process, however it ends."""
        with (self.folder / "making.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True


def _read(index: Path) -> Known:
    try:
        data = json.loads(index.read_bytes())
        if data["recipe"] != RECIPE:
            return Known()
        seen = {place: ((int(a), int(b), int(c)), str(d)) for place, (a, b, c, d) in data["seen"].items()}
        return Known({str(digest): dict(record) for digest, record in data["records"].items()}, seen)
    except FileNotFoundError:
        return Known()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("what is known of pictures cannot be read, and is found out anew: %s", type(error).__name__)
        return Known()


def run_apart(
    wanted: Mapping[str, Path], folder: Path | None, *, program: Path = PROGRAM
) -> Iterator[tuple[str, Record]]:
    """Look at pictures in a process of their own; what kills it is the fault of the picture it was at."""
    left = dict(wanted)
    while left:
        batch = dict(list(left.items())[:A_RUN])
        answered = 0
        try:
            for digest, record in _one_run(program, batch, folder):
                if left.pop(digest, None) is not None:
                    answered += 1
                    yield digest, record
        except InterruptedError:
            return
        if answered < len(batch):
            culprit = next(iter(left))
            log.warning("a picture stopped the program that reads pictures: %s", left.pop(culprit).name)
            yield culprit, dict(CRASHED)


def _one_run(script: Path, batch: Mapping[str, Path], folder: Path | None) -> Iterator[tuple[str, Record]]:
    """Answers of one process. Raises InterruptedError when it was told to stop, which is no picture's fault."""
    command = [sys.executable, "-I", str(script), *([str(folder)] if folder else [])]
    jobs = "".join(json.dumps({"digest": d, "path": str(path)}) + "\n" for d, path in batch.items())
    with subprocess.Popen(  # noqa: S603 - our own program; names of files go in as data
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # a worker that is told to stop lets it finish its picture
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        try:
            program.stdin.write(jobs)
            program.stdin.close()
        except BrokenPipeError:
            return
        for line in program.stdout:
            record: dict[str, Any] = json.loads(line)
            yield record.pop("digest"), record
    if program.returncode in (-signal.SIGTERM, -signal.SIGINT):
        raise InterruptedError
