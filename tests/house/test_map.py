"""The map in docs/architecture.md is the house: no use case is missing from it, and nothing on it has moved away."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAP = (ROOT / "docs" / "architecture.md").read_text()


def listed(column: int) -> list[str]:
    """The modules that one column of the table of themes names."""
    table = MAP.split("| theme |", 1)[1].split("\n\n", 1)[0]
    cells = [line.split("|")[column] for line in table.splitlines()[2:]]
    return [name.rstrip("/") for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def modules(room: str) -> set[str]:
    return {path.stem for path in (ROOT / "app" / room).glob("*.py")} - {"__init__"}


def test_every_group_of_use_cases_is_on_the_map_once() -> None:
    groups = {path.parent.name for path in (ROOT / "app" / "services").glob("*/__init__.py")}
    assert Counter(name for name in listed(3) if "/" not in name) == Counter(groups)
    assert modules("services") == set(), "a use case belongs to a group"


def test_what_the_map_names_is_there() -> None:
    for column, room in ((2, "web"), (3, "services"), (4, "domain")):
        for name in listed(column):
            place = ROOT / "app" / room / name
            assert place.is_dir() or place.with_suffix(".py").is_file(), f"{room}/{name}"


def test_decisions_are_numbered_in_order() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
