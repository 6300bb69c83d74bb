"""Reading pages against a Flask hello-world on the same server in one run.

    python -m dev.bench.pages [--rounds 7] [--seconds 2]

One gthread worker each, pinned to one core; wrk on the other; contenders take turns, so that a busy machine troubles
all alike. Ratios are medians over the rounds: answers a second, and CPU time for each answer, which is steadier.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask_migrate import upgrade

from app import create_app
from app.db.base import db
from config import load_settings
from dev.bench.serving import Round, Server, load, serve
from dev.bench.visitor import SLOTS, WEEK, visitor_at_slots

PAGES = {
    "article": "/articles/runner-back-pain-five-visits",
    "condition": "/conditions/lower-back",
    "home": "/",
    "style sheet": "/static/site.css",
    "booking start": "/book",
}
FREE_TIMES = {"free times": SLOTS, "free week": WEEK}
#: By CPU, what an article must reach against hello, and what free times must; and how much memory a worker may take
#: above hello's own.
GOAL_ARTICLE, GOAL_FREE_TIMES, GOAL_MEMORY_MIB = 1.2, 0.3, 55


@contextmanager
def fresh_site() -> Iterator[dict[str, str]]:
    """The environment of a production-like site on an empty database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "APP_ENV": "test",
            "SECRET_KEY": "bench-secret-key-of-32-characters",
            "DATABASE_URL": f"sqlite:///{Path(folder) / 'site.db'}",
            "MAIL_URL": f"file:{Path(folder) / 'mail'}",
        }
        app = create_app(load_settings(environment))
        with app.app_context():
            upgrade()
            db.engine.dispose()
        yield environment


def measure(hello: Server, site: Server, rounds: int, seconds: int) -> dict[str, list[Round]]:
    """Rounds of every contender, taken in turns after one warm-up each."""
    contenders = {"hello": (hello, "/", ""), **{name: (site, path, "") for name, path in PAGES.items()}}
    visitor = visitor_at_slots(site.base)
    contenders |= {name: (site, path, visitor) for name, path in FREE_TIMES.items()}
    for server, path, cookie in contenders.values():
        load(server, path, 1, cookie=cookie)
    found: dict[str, list[Round]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, (server, path, cookie) in contenders.items():
            found[name].append(load(server, path, seconds, cookie=cookie))
    return found


def measure_memory(environment: dict[str, str]) -> dict[str, float]:
    """MiB a worker of hello and of the site, each with two workers that have answered every page."""
    found = {}
    for name, target, paths in (("hello", "dev.bench.hello:app", ["/"]), ("site", "wsgi:app", list(PAGES.values()))):
        with serve(target, "/", environment, workers=2) as server:
            for path in paths:
                load(server, path, 1, connections=16)
            found[name] = server.memory_mib()
    return found


def report(found: dict[str, list[Round]], memory: dict[str, float]) -> bool:
    """Print the table. True when every goal is reached."""
    hello = found["hello"]
    print(f"{'page':<15}{'answers/s':>11}{'x hello':>9}{'CPU us':>9}{'x by CPU':>10}")
    ratios = {}
    for name, rounds in found.items():
        rate = statistics.median(r.rate / h.rate for r, h in zip(rounds, hello, strict=True))
        by_cpu = statistics.median(h.cpu_us / r.cpu_us for r, h in zip(rounds, hello, strict=True))
        ratios[name] = by_cpu
        print(
            f"{name:<15}{statistics.median(r.rate for r in rounds):>11,.0f}{rate:>9.2f}"
            f"{statistics.median(r.cpu_us for r in rounds):>9.0f}{by_cpu:>10.2f}"
        )
    above = memory["site"] - memory["hello"]
    print(
        f"memory for each of two workers: {memory['site']:.0f} MiB, {above:.0f} above hello (goal: {GOAL_MEMORY_MIB})"
    )
    goals = {"article": GOAL_ARTICLE, **dict.fromkeys(FREE_TIMES, GOAL_FREE_TIMES)}
    for name, goal in goals.items():
        print(f"{name}, by CPU: {ratios[name]:.2f} x hello (goal: {goal})")
    return above <= GOAL_MEMORY_MIB and all(ratios[name] >= goal for name, goal in goals.items())


def main() -> int:
    """Run the benchmark. The exit code is 1 when a goal is missed, 2 without wrk."""
    parser = argparse.ArgumentParser(description="Reading pages against a Flask hello-world.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    wanted = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not installed: apt-get install wrk", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        environment = stack.enter_context(fresh_site())
        hello = stack.enter_context(serve("dev.bench.hello:app", "/", {}))
        site = stack.enter_context(serve("wsgi:app", "/", environment))
        found = measure(hello, site, wanted.rounds, wanted.seconds)
        reached = report(found, measure_memory(environment))
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
