"""Does a test notice when a guard of the money is gone? `python -m dev.mutations [--write] [name]`.

Each guard of `dev/guards.py` is taken out of a copy of the tree, and one narrow test is run there: it must fail. Where
the simulation must notice too, it gets SEEDS schedules to do so. Before that, the tests must pass as things are.
`--write` puts what was found into docs/guards.md. Exit 1 when a guard can go unnoticed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.guards import GUARD_LIST, Guard

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "guards.md"
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "instance", "artefacts", "__pycache__", ".*_cache", ".hypothesis")
#: Seconds for one test with its database, and for one simulation: nothing here can hang.
TEST_S, SIMULATION_S = 180, 600
#: Schedules in which a missing guard must show.
SEEDS = 500
BEGINNING = f"""# Guards of the money

This page is written by `python -m dev.mutations --write`. It removes each guard of `dev/guards.py` from a copy of
the tree, one at a time, and runs one narrow test there, which must fail. Where the simulation notices as well, the
last column has the seed of a schedule, counted from 0 and below {SEEDS}, that came out wrong without the guard. The
simulation cannot notice row locks (it runs on SQLite, where whoever writes is alone), forged messages, a guard
behind which another one stands, or what takes thousands of days to happen by chance.

| guard | taken out of | noticed by | in the simulation |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a tree without one guard. `seed`: the first schedule that failed, None where nobody asked."""

    guard: Guard
    problem: str | None
    seed: int | None = None

    def row(self) -> str:
        """One line of the table."""
        path = ", ".join(f"`{path}`" for path in dict.fromkeys(edit.path for edit in self.guard.edits))
        test = self.guard.test.rpartition("::")[2]
        seen = "" if self.seed is None else f"seed {self.seed}"
        return f"| {self.guard.name} | {path} | `{test}` | {self.problem or seen} |\n"


def main(words: Sequence[str]) -> int:
    """Try every guard, or those whose name holds the given word."""
    parser = argparse.ArgumentParser(prog="python -m dev.mutations", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the findings into docs/guards.md")
    parser.add_argument("name", nargs="?", default="")
    asked = parser.parse_args(words)
    chosen = [guard for guard in GUARD_LIST if asked.name in guard.name]
    if not chosen:
        parser.error(f"no guard has that in its name. There are: {', '.join(guard.name for guard in GUARD_LIST)}")
    if _run_tests(ROOT, *sorted({guard.test for guard in chosen})) != 0:
        print("A test fails as things are, with every guard in its place.")
        return 1
    findings = []
    for guard in chosen:
        findings.append(_try(guard))
        print(findings[-1].row(), end="", flush=True)
    unnoticed = sum(finding.problem is not None for finding in findings)
    print(f"{len(chosen) - unnoticed} of {len(chosen)} guards cannot go unnoticed.")
    if asked.write:
        _write({finding.guard.name: finding.row() for finding in findings})
    return int(unnoticed > 0)


def _write(tried: Mapping[str, str]) -> None:
    """Put the new rows in place of the old ones; guards that were not tried now keep what was found before."""
    lines = PAGE.read_text(encoding="utf-8").splitlines(keepends=True) if PAGE.exists() else []
    before = {line.split("|")[1].strip(): line for line in lines if line.startswith("| ")}
    rows = [tried.get(guard.name) or before.get(guard.name, "") for guard in GUARD_LIST]
    PAGE.write_text(BEGINNING + "".join(rows), encoding="utf-8")


def _try(guard: Guard) -> Finding:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        for edit in guard.edits:
            file = copy / edit.path
            text = file.read_text(encoding="utf-8")
            if text.count(edit.old) != 1:
                return Finding(guard, f"no longer there to take out: {edit.old.strip().splitlines()[0]}")
            file.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
        # 1: a test failed. Anything else (not collected, crashed) proves nothing
        if _run_tests(copy, guard.test) != 1:
            return Finding(guard, "NOT noticed by the test")
        if not guard.simulated:
            return Finding(guard, None)
        seed = _simulate(copy)
        return Finding(guard, "NOT noticed by the simulation" if seed is None else None, seed)


def _run_tests(tree: Path, *tests: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True, timeout=TEST_S * len(tests), check=False)
    except subprocess.TimeoutExpired:
        return -1
    return done.returncode


def _simulate(tree: Path) -> int | None:
    """The seed that failed, None when all held."""
    command = [sys.executable, "-m", "tests.simulation", "--seeds", str(SEEDS), "--brief"]
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=SIMULATION_S, check=False)
    except subprocess.TimeoutExpired:
        return None
    found = re.search(r"seed (\d+) fails", done.stdout)
    return int(found[1]) if found else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
