"""Files in the content folder that no reader will ever see: told when content is checked, for nothing else tells.

A text without `.md` at its end, one in a folder of its own, a link out of the folder: each would be passed over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from app.publishing.reading.parsing import DATA_FILES
from app.publishing.schema.fronts import FRONT_BY_FOLDER
from app.publishing.schema.problems import Problem

#: What is told of by those who look after pictures.
PICTURES = (".jpg", ".jpeg", ".png", ".heic", ".heif", ".webp", ".gif", ".avif", ".svg", ".tif", ".tiff")
MOST_TOLD = 100


def strays(folder: Path) -> Iterator[Problem]:
    """Each file and folder that is passed over, with the reason. Folders are not followed out of `folder`."""
    known = {*DATA_FILES, *FRONT_BY_FOLDER, *(name.split("/")[0] for name in DATA_FILES)}
    for entry in _entries(folder)[:MOST_TOLD]:
        if entry.name not in known:
            where = f"put texts into {', '.join(sorted(FRONT_BY_FOLDER))}, and take anything else out"
            yield Problem(entry.name, 1, "file", "lies where nothing is read", where)
    for kind in FRONT_BY_FOLDER:
        faults = ((entry.name, _fault_of(folder, kind, entry)) for entry in _entries(folder / kind))
        for name, fault in islice(((name, fault) for name, fault in faults if fault), MOST_TOLD):
            yield Problem(f"{kind}/{name}", 1, "file", *fault)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted((e for e in entries if not e.name.startswith(".")), key=lambda entry: entry.name)
    except OSError:  # gone meanwhile, or no folder: told by those who need it
        return []


def _fault_of(folder: Path, kind: str, entry: os.DirEntry[str]) -> tuple[str, str] | None:
    if entry.is_symlink():
        try:
            inside = Path(entry.path).resolve(strict=True).is_relative_to(folder.resolve())
        except (OSError, RuntimeError):
            return "is a link that leads nowhere", "put the file itself there"
        if not inside:
            return "is a link that leads out of the content folder", "put the file itself there"
    if entry.is_dir():
        return "is a folder, and texts in it are not read", f"put them into {kind}/ itself"
    if not entry.is_file():
        return "is no file", "put the text itself there"
    if entry.name.endswith(".md") or entry.name.lower().endswith(PICTURES):
        return None
    return "is neither a text nor a picture", "let the name of a text end in .md"
