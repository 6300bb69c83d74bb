"""`make bench`: pages, free times and publishing, one after the other. `python -m dev.bench pages` runs one alone."""

from __future__ import annotations

import subprocess
import sys

PARTS = ("pages", "slots", "content")


def main(wanted: list[str]) -> int:
    """Run each wanted part in a process of its own, so that none warms up another. Returns the worst exit code."""
    unknown = set(wanted) - set(PARTS)
    if unknown:
        print(f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    worst = 0
    for part in wanted or PARTS:
        print(f"\n== {part}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"dev.bench.{part}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
