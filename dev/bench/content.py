"""Publishing with many articles: first start, start with a ready index, one change, memory.

    python -m dev.bench.content [--articles 10000]

Each start is a process of its own; times are of its processor, and memory is the most it held.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from app.publishing.holder import LibraryHolder, live_library
from app.publishing.index import ContentIndex
from app.publishing.loading import load_shelf

CONTENT = Path(__file__).resolve().parents[2] / "content"
MODEL = "articles/sports-massage-for-back-pain.md"


def make_articles(folder: Path, count: int) -> None:
    """Copy the practice's content to `folder`, with `count` articles more, each with words of its own."""
    shutil.copytree(CONTENT, folder)
    text = (CONTENT / MODEL).read_text()
    for number in range(count):
        own = text.replace("title: ", f"title: Number {number}. ", 1)
        (folder / f"articles/made-{number}.md").write_text(f"{own}\nThis is text number {number}.\n")


def start(folder: Path, index: Path) -> None:
    """Start once, as a worker does, and say what it cost; then change one article and look again."""
    began = time.process_time()
    holder = LibraryHolder(folder, lambda: datetime.now(UTC), ContentIndex(index, folder, "bench"))
    cost = time.process_time() - began
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    count = len(holder.current().articles)
    cache = ContentIndex(index, folder, "bench").read()
    changed = folder / "articles/made-0.md"
    changed.write_text(changed.read_text() + "\nOne more line.\n")
    began = time.perf_counter()
    live_library(load_shelf(folder, cache), datetime.now(UTC))
    change = (time.perf_counter() - began) * 1000
    print(f"{count} articles: start {cost:.2f} s of processor, {held:.0f} MiB, a change is live in {change:.0f} ms")


def main() -> int:
    """Make the articles, then start twice. Returns the worst exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--start", nargs=2, type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.start:
        start(*wanted.start)
        return 0
    worst = 0
    with tempfile.TemporaryDirectory() as place:
        folder, index = Path(place) / "content", Path(place) / "content.index"
        make_articles(folder, wanted.articles)
        for what in ("nothing kept", "index ready"):
            print(f"{what}: ", end="", flush=True)
            command = [sys.executable, "-m", "dev.bench.content", "--start", str(folder), str(index)]
            worst = max(worst, subprocess.run(command, check=False, env=dict(os.environ)).returncode)
        print(f"index on disk: {index.stat().st_size / 1024 / 1024:.1f} MiB")
    return worst


if __name__ == "__main__":
    sys.exit(main())
