"""Which files the content folder holds, and when each was changed: looked at every few seconds, so it is quick."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from struct import Struct

from app.publishing.reading.parsing import DATA_FILES, Signature
from app.publishing.schema.fronts import FRONT_BY_FOLDER

Signatures = Mapping[str, Signature]
#: When it was changed (ns), its size and its number: packed, as every process holds thousands of them.
_PACKED = Struct("=qqQ")


def signature_of(stat: os.stat_result) -> Signature:
    """What tells a file that was changed, or replaced by another, from what it was."""
    return _PACKED.pack(stat.st_mtime_ns, stat.st_size, stat.st_ino)


def scan(folder: Path) -> dict[str, Signature]:
    """Every content file with its signature, by path relative to `folder`."""
    found: dict[str, Signature] = {}
    root = folder.resolve()
    for name in DATA_FILES:
        path = folder / name
        # a link that leads out of the folder could publish any file of the machine
        if path.is_file() and path.resolve().is_relative_to(root):
            found[name] = signature_of(path.stat())
    with uncollected():
        for kind in FRONT_BY_FOLDER:
            if (folder / kind).is_dir() and (folder / kind).resolve().is_relative_to(root):
                _scan_kind(folder / kind, kind, root, found)
    return found


def stamp(folder: Path) -> tuple[int, ...]:
    """When the content's folders were changed (ns): Git never writes into a file, it puts another one in its place."""
    places = (folder, *(folder / kind for kind in FRONT_BY_FOLDER))
    return tuple(place.stat().st_mtime_ns if place.is_dir() else 0 for place in places)


def touched_at(folder: Path, paths: Iterable[str]) -> float:
    """When one of these files or a folder of the content was last touched, in seconds of the machine's clock.

    By the time that no program can set. What is gone meanwhile counts as touched just now.
    """
    places = [place for place in (folder, *(folder / kind for kind in FRONT_BY_FOLDER)) if place.is_dir()]
    try:
        touched = [place.stat().st_ctime for place in (*places, *(folder / path for path in paths))]
    except OSError:
        touched = []
    return max(touched, default=time.time())


def _scan_kind(place: Path, kind: str, root: Path, found: dict[str, Signature]) -> None:
    try:
        opened = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # gone meanwhile, or not for us to read
        return
    try:
        # in an open folder each file is found faster than by its whole path
        for entry in os.scandir(opened):
            name = entry.name
            if not name.endswith(".md"):
                continue
            try:
                if entry.is_symlink() and not (place / name).resolve(strict=True).is_relative_to(root):
                    continue
                if entry.is_file():
                    found[f"{kind}/{name}"] = signature_of(entry.stat())
            except (OSError, RuntimeError):  # gone meanwhile, or a link that leads in a circle
                continue
    finally:
        os.close(opened)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collector: it would go through all that was read again and again, and find nothing to drop."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
