"""Sizes, names, the single commit, and words that must not stand in the repository."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys

from tests.house.rules import EMPTY_NAMES, LONGEST_FUNCTION, LONGEST_MODULE
from tests.house.source import ROOT, functions, modules


def test_modules_stay_small() -> None:
    long = [f"{m.name}: {n}" for m in modules() if (n := len(m.text.splitlines())) > LONGEST_MODULE]
    assert not long, f"longer than {LONGEST_MODULE} lines: {long}"


def test_functions_stay_small() -> None:
    long = [
        f"{m.name}.{f.name}: {n}"
        for m in modules()
        for f in functions(m.tree)
        if (n := (f.end_lineno or f.lineno) - f.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long, f"longer than {LONGEST_FUNCTION} lines: {long}"


def test_no_dumping_ground() -> None:
    named = [p for p in ROOT.glob("app/**/*") if p.stem in EMPTY_NAMES]
    assert not named


def test_every_room_says_what_it_is_for() -> None:
    for module in modules():
        if module.path.name == "__init__.py":
            assert ast.get_docstring(module.tree), f"{module.name} has no docstring"


def test_public_functions_have_a_docstring() -> None:
    silent = [
        f"{module.name}.{node.name}"
        for module in modules()
        if module.room in {"domain", "services", "gateways", "publishing"}
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not silent, silent


def test_one_place_commits() -> None:
    committing = {
        module.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    }
    assert committing == {"app.db.unit_of_work"}


def test_nothing_unfinished_is_left() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    left = [f"{m.name}:{i}" for m in modules() for i, line in enumerate(m.text.splitlines(), 1) if marks.search(line)]
    assert not left


def test_journeys_click_by_their_visit() -> None:
    """A bare click does not wait for the page that it leads to: `Visit.follow` and `Visit.press` do."""
    bare = [path.name for path in (ROOT / "tests/functional").glob("test_*.py") if ".click()" in path.read_text()]
    assert not bare


def test_the_sandbox_cannot_be_loaded_in_production() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import dev.stripe_sandbox"],
        cwd=ROOT,
        env={**os.environ, "APP_ENV": "production"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "production" in done.stderr
