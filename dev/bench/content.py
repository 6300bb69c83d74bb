"""Publishing with many articles: starts, a change, memory, search and the check.

    python -m dev.bench.content [--articles 10000]

Starts and checks are processes of their own. Times are of the processor; memory is what two gunicorn workers and their
master hold, for each worker.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from app.jobs.steps import READING_S
from app.publishing import holder
from app.publishing.reading.index import ContentIndex
from app.publishing.search import SearchIndex
from config import DEVELOPMENT_SECRET
from dev.bench.serving import serve

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ROOT / "content"
SYLLABLES = ("ba", "co", "di", "fe", "gu", "la", "mo", "ne", "pi", "ro", "sa", "te", "vu", "wi")
QUERIES = ("back pain", "knee", "shoulder tension", "b", "the and", "runer", "massage for", "sleep", "evidence trial")
GOALS = {
    "first start, s": 3.0,
    "start with index, s": 0.7,
    "change live, ms": 100.0,
    "memory of a worker, MiB": 110.0,
    "search, slowest, ms": 10.0,
    "check again, s": 2.0,
}


def make_articles(folder: Path, count: int) -> None:
    """Copy the practice's content to `folder`, with `count` articles more: its own in turn, each with other words."""
    shutil.copytree(CONTENT, folder)
    models = [path.read_text() for path in sorted((CONTENT / "articles").glob("*.md"))]
    models = [re.sub(r"^programme:.*\n(?:  .*\n)*", "", text, flags=re.MULTILINE) for text in models]  # sold once
    chance = random.Random(1)
    for number in range(count):
        own = models[number % len(models)].replace("title: ", f"title: Number {number}. ", 1)
        words = ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(60)]
        text = ". ".join(" ".join(words[n : n + 8]).capitalize() for n in range(0, 60, 8))
        (folder / f"articles/made-{number}.md").write_text(f"{own}\n{text}.\n")


def start(folder: Path, file: Path) -> dict[str, float]:
    """Start once, as a worker does; then change one article, and search."""
    holder.LOOK_EVERY_S = 0.0  # look at each call, and do not wait until nobody writes any more
    began = time.process_time()
    index = ContentIndex(file, folder, DEVELOPMENT_SECRET)
    held = holder.LibraryHolder(folder, lambda: datetime.now(UTC), index)
    held.current()
    cost = time.process_time() - began
    found = {"start": cost, "with imports": time.process_time(), "waiting": held.current().shelf.unread}
    began = time.process_time()
    while held.read_on(READING_S):
        pass
    found["read on"] = time.process_time() - began
    changes = []
    for number in range(5):
        changed = folder / f"articles/made-{number}.md"
        before = held.current().version
        changed.write_text(changed.read_text() + "\nOne more line.\n")
        began = time.process_time()
        assert held.current().version != before
        changes.append((time.process_time() - began) * 1000)
    search = SearchIndex(held.current())
    began = time.process_time()
    search.fill()
    found |= {"change": statistics.median(changes), "fill": time.process_time() - began}
    began = time.process_time()
    search.find(QUERIES[1])  # the first misspelt word after a change lists all words once
    found["first mended"] = (time.process_time() - began) * 1000
    times = []
    for query in QUERIES * 5:
        began = time.process_time()
        search.find(query)
        times.append((time.process_time() - began) * 1000)
    return found | {"search": statistics.median(times), "slowest": max(times)}


def apart(folder: Path, file: Path) -> dict[str, float]:
    """`start` in a process of its own."""
    command = [sys.executable, "-m", "dev.bench.content", "--start", str(folder), str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=dict(os.environ))
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def memory(environment: dict[str, str]) -> float:
    """MiB for each of two workers that have answered lists, articles and a search."""
    with serve("wsgi:app", "/articles/", environment, workers=2) as server:
        pages = ["/", "/articles/", "/sitemap.xml", *(f"/articles/made-{n}" for n in range(20)), "/search?q=back"]
        for path in pages * 4:  # so that each worker is asked
            with urllib.request.urlopen(server.base + path, timeout=60) as answer:
                answer.read()
        return server.memory_mib()


def check(environment: dict[str, str]) -> float:
    """Processor seconds of the whole command that writers run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "content", "check"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(place: Path, count: int) -> Iterator[tuple[str, float]]:
    """Every figure at `count` articles, as it is found."""
    folder, file = place / "content", place / "content.index"
    make_articles(folder, count)
    first = apart(folder, file)
    again = apart(folder, file)
    yield "first start, s", first["start"]
    yield "imports and first start, s", first["with imports"]
    yield "articles to be read after it", first["waiting"]
    yield "reading them, s", first["read on"]
    yield "start with index, s", again["start"]
    yield "change live, ms", again["change"]
    yield "search, median, ms", again["search"]
    yield "search, slowest, ms", again["slowest"]
    yield "search, first misspelt word, ms", again["first mended"]
    yield "search made ready, s", first["fill"]
    environment = {"CONTENT_DIR": str(folder), "CONTENT_INDEX": str(file), "DATABASE_URL": f"sqlite:///{place}/site.db"}
    yield "memory of a worker, MiB", memory(environment)
    yield "check once, s", check(environment)
    yield "check again, s", check(environment)
    yield "index on disk, MiB", file.stat().st_size / 2**20


def main() -> int:
    """Make the articles, measure, and print. Returns 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--start", nargs=2, type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.start:
        print(json.dumps(start(*wanted.start)))
        return 0
    missed = 0
    for count in wanted.articles:
        with tempfile.TemporaryDirectory() as place:
            print(f"{count} articles", flush=True)
            for name, value in measure(Path(place), count):
                goal = GOALS.get(name)
                print(f"  {name:<26}{value:>9.2f}" + (f"   goal {goal:g}" if goal else ""), flush=True)
                missed += goal is not None and value > goal
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
