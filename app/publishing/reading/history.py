"""On which days a text changed, asked of Git where the content lies in a repository. Never needed: then no days."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from app.publishing.library import Commit, Document, Shelf

log = logging.getLogger(__name__)

#: How far back is looked, in commits; what lies further back tells no reader anything.
MOST_COMMITS = 1000
MOST_DAYS = 12
MOST_BYTES = 32 * 1024 * 1024
PATIENCE_S = 5.0
#: An older lock was left behind by a Git that was killed.
FORGOTTEN_LOCK_S = 60.0
#: Before each commit: no text, name or path has it.
_MARK = b"\x01"


def git_is_writing(folder: Path) -> bool:
    """Whether Git is changing files of the repository around `folder`: it keeps a lock beside its index meanwhile."""
    for place in (folder.resolve(), *folder.resolve().parents):
        repository = place / ".git"
        try:
            if repository.is_file():  # a work tree of its own says where its repository is
                repository = place / repository.read_text("utf-8").removeprefix("gitdir:").strip()
            if repository.is_dir():
                age = time.time() - (repository / "index.lock").stat().st_mtime
                return age < FORGOTTEN_LOCK_S
        except (OSError, UnicodeDecodeError):
            return False
    return False


class History:
    """The days of change of the content in `folder`. `begin` and `dated` belong together: Git works in between."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._head: str | None = None
        self._newest: Commit | None = None
        self._days: dict[str, tuple[date, ...]] = {}
        self._asked: subprocess.Popen[bytes] | None = None
        self._dated: dict[str, Document] = {}

    def begin(self) -> None:
        """Ask Git for what is new since it was asked last, and do not wait for the answer."""
        since = [f"^{self._head}"] if self._head else []
        command = [
            "git", "-c", "log.showSignature=false", "log", "--format=%x01%H %ct %D", "--name-only", "-z",
            "--no-renames", "--relative", "--decorate=full", f"--max-count={MOST_COMMITS}", *since, "HEAD", "--", ".",
        ]  # fmt: skip
        # whoever runs the check from a hook has Git's own settings around them
        around = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        try:
            self._asked = subprocess.Popen(  # noqa: S603 - fixed words and a digest that Git gave us
                command,
                cwd=self._folder,
                env={**around, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:  # no Git on this machine, or no such folder
            self._asked = None

    def dated(self, shelf: Shelf) -> Shelf:
        """The shelf with the days of change in its documents. The same objects as before where nothing is new."""
        self._hear()
        if not self._days:
            return shelf if self._newest is None else replace(shelf, commit=self._newest)
        before, self._dated = self._dated, {}
        documents = {
            kind: {slug: self._of(document, before) for slug, document in of.items()}
            for kind, of in shelf.documents.items()
        }
        return replace(shelf, documents=documents, commit=self._newest)

    def stop(self) -> None:
        """Ask no more, when nobody came for the answer."""
        program, self._asked = self._asked, None
        if program is not None:
            program.kill()
            with program:
                pass

    def _hear(self) -> None:
        program, self._asked = self._asked, None
        if program is None:
            return
        assert program.stdout is not None
        late = threading.Timer(PATIENCE_S, program.kill)
        late.start()
        with program:
            answer = program.stdout.read(MOST_BYTES)
        late.cancel()
        status = program.returncode
        if status != 0 and self._head is not None:
            self._head = None  # what we knew is no longer part of its history: ask for all of it the next time
        elif status == 0:
            self._learn(answer)

    def _learn(self, answer: bytes) -> None:
        found: dict[str, list[date]] = {}
        newest: Commit | None = None
        for commit, names in _commits(answer):
            newest, day = newest or commit, commit.at.date()
            for name in names:
                found.setdefault(name, []).append(day)
        if newest is not None:
            self._head, self._newest = newest.digest, newest
        alike: dict[tuple[date, ...], tuple[date, ...]] = {}  # thousands of files came on the same days
        for name, days in found.items():
            known = tuple(sorted({*days, *self._days.get(name, ())}, reverse=True)[:MOST_DAYS])
            self._days[name] = alike.setdefault(known, known)

    def _of(self, document: Document, before: Mapping[str, Document]) -> Document:
        path = document.path
        days = self._days.get(path)
        if days is None or document.changes == days:
            return document
        known = before.get(path)
        if known is None or known.meta is not document.meta or known.changes is not days:
            known = replace(document, changes=days)
        self._dated[path] = known
        return known


def _commits(answer: bytes) -> Iterator[tuple[Commit, list[str]]]:
    """Each commit with its files, the newest first.

    Where a shallow copy begins, all files look changed: that commit tells nothing.
    """
    for part in answer.split(_MARK)[1:]:
        head, *names = part.split(b"\0")
        digest, seconds, marks = head.decode("ascii", "replace").split(" ", 2)
        commit = Commit(digest, datetime.fromtimestamp(int(seconds), UTC))
        files = [name.strip(b"\n").decode("utf-8", "replace") for name in names]
        yield commit, [] if "grafted" in marks.split(", ") else [name for name in files if name.endswith(".md")]
