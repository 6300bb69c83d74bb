"""Files to begin with, in `blanks/`: front matter with a comment at each key, and FILL IN where somebody must write.

What is not filled in is told of a draft and refused of a text that is ready: no example may pass for the truth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from app.publishing.schema.fields import SLUG
from app.publishing.schema.problems import Problem

#: Stands wherever a blank needs words of its own.
FILL_IN = "FILL IN"
BLANKS = Path(__file__).parent / "blanks"
#: By the name that is typed: the folder the text goes to.
FOLDERS = {"case-study": "articles", "guide": "articles", "technique": "techniques", "page": "pages"}


class CannotWrite(Exception):
    """Why no file was written, in words for whoever asked."""


def write_template(folder: Path, kind: str, slug: str, *, today: date) -> Path:
    """Write the beginning of a text of that kind, dated `today`, and return its path. Raises CannotWrite."""
    if not re.fullmatch(SLUG, slug):
        raise CannotWrite(
            f"'{slug}' makes no good address: use small letters, digits and single hyphens, like sore-neck"
        )
    path = folder / FOLDERS[kind] / f"{slug}.md"
    due = today.replace(year=today.year + 1, day=min(today.day, 28))
    text = (BLANKS / f"{kind}.md").read_text(encoding="utf-8")
    for blank, day in (("the day they did", today), ("a day within a year of it", due), ("the day they agreed", today)):
        text = text.replace(f"{FILL_IN} {blank}", day.isoformat())
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CannotWrite(f"{path} is already there; choose another name") from None
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written ({error.strerror})") from None
    return path


def unfilled(path: str, text: str, *, ready: bool) -> Iterator[Problem]:
    """Each line that still waits for words: an error in a text that is ready, else a remark."""
    if FILL_IN not in text:
        return
    mend = f"write your own words in place of {FILL_IN} and what follows it, or take the line out"
    for number, line in enumerate(text.split("\n"), 1):
        if FILL_IN in line:
            yield Problem(path, number, "text", "is not filled in yet", mend, "error" if ready else "warning")
