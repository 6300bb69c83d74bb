"""Write every drawing into the site's static folder."""

from __future__ import annotations

import sys
from pathlib import Path

from dev.figure.plates import drawings
from dev.figure.signs import icon, signs

FOLDER = Path(__file__).resolve().parents[2] / "app" / "static" / "figure"
LARGEST = 12_000


def main() -> int:
    """Write the files; the exit code is 1 when one is too large."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for name, svg in {**drawings(), **signs()}.items():
        (FOLDER / f"{name}.svg").write_text(svg)
        sizes[name] = len(svg.encode())
    (FOLDER.parent / "favicon.svg").write_text(icon())
    for name, size in sizes.items():
        print(f"{name:12} {size:6}")
    return int(max(sizes.values()) > LARGEST)


if __name__ == "__main__":
    sys.exit(main())
