"""Files in the content folder that no reader will ever see: told when content is checked, for nothing else tells.

A text without `.md` at its end, one in a folder of its own, a link out of the folder: each would be passed over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from app.publishing.parsing import DATA_FILES
from app.publishing.problems import Problem
from app.publishing.schema import FRONT_BY_FOLDER

#: What is told of by those who look after pictures.
PICTURES = (".jpg", ".jpeg", ".png", ".heic", ".heif", ".webp", ".gif", ".avif", ".svg", ".tif", ".tiff")
MOST_TOLD = 100


def strays(folder: Path) -> Iterator[Problem]:
    """Each file and folder that is passed over, with the reason. Folders are not followed out of `folder`."""
    known = {*DATA_FILES, *FRONT_BY_FOLDER, *(name.split("/")[0] for name in DATA_FILES)}
    for name in _names(folder)[:MOST_TOLD]:
        if name not in known:
            where = f"put texts into {', '.join(sorted(FRONT_BY_FOLDER))}, and take anything else out"
            yield Problem(name, 1, "file", "lies where nothing is read", where)
    for kind in FRONT_BY_FOLDER:
        for name in _names(folder / kind)[:MOST_TOLD]:
            fault = _fault_of(folder, kind, name)
            if fault:
                yield Problem(f"{kind}/{name}", 1, "file", *fault)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError:  # gone meanwhile, or no folder: told by those who need it
        return []


def _fault_of(folder: Path, kind: str, name: str) -> tuple[str, str] | None:
    path = folder / kind / name
    try:
        mode = path.stat().st_mode
        if not path.resolve(strict=True).is_relative_to(folder.resolve()):
            return "is a link that leads out of the content folder", "put the file itself there"
    except (OSError, RuntimeError):
        return "is a link that leads nowhere", "put the file itself there"
    if S_ISDIR(mode):
        return "is a folder, and texts in it are not read", f"put them into {kind}/ itself"
    if not S_ISREG(mode):
        return "is no file", "put the text itself there"
    if name.endswith(".md") or name.lower().endswith(PICTURES):
        return None
    return "is neither a text nor a picture", "let the name of a text end in .md"
