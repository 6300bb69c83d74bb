"""One-way flow: rooms import only what the rule table allows, in no circle, and nothing in hiding."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.house.rules import MAY_IMPORT, ONLY_IN, WITHOUT_FLASK
from tests.house.source import Module, functions, imported_names, modules


def where(module: Module, line: int, words: str) -> str:
    return f"{module.path.name}:{line} ({module.name}): {words}"


def test_every_room_stands_in_the_rule_table() -> None:
    assert {m.room for m in modules()} - {""} == set(MAY_IMPORT)


def test_rooms_import_only_what_they_may() -> None:
    faults = []
    for module in modules():
        if not module.room:
            continue
        allowed = MAY_IMPORT[module.room] | {module.room}
        for name, line in imported_names(module.tree):
            parts = name.split(".")
            other_room = parts[0] == "app" and len(parts) > 1 and parts[1] not in allowed
            if other_room or name in {"app", "config"} or parts[0] in {"dev", "tests"}:
                faults.append(where(module, line, f"must not import {name}"))
    assert not faults, "\n".join(faults)


def test_the_domain_imports_the_standard_library_only() -> None:
    faults = [
        where(module, line, name)
        for module in modules()
        if module.room == "domain"
        for name, line in imported_names(module.tree)
        if name.split(".")[0] not in sys.stdlib_module_names | {"app"}
    ]
    assert not faults, "\n".join(faults)


def test_outside_packages_stay_in_their_room() -> None:
    faults = []
    for module in modules():
        for name, line in imported_names(module.tree):
            package = name.split(".")[0]
            rooms = ONLY_IN.get(package)
            if module.room and rooms is not None and module.room not in rooms:
                faults.append(where(module, line, f"{package} belongs to {', '.join(sorted(rooms))}"))
            if package.startswith("flask") and module.room in WITHOUT_FLASK and package not in ONLY_IN:
                faults.append(where(module, line, f"{module.room} must not know Flask"))
    assert not faults, "\n".join(faults)


def test_no_import_hides_in_a_function_unless_it_says_why() -> None:
    faults = []
    for module in modules():
        lines = module.text.splitlines()
        for function in functions(module.tree):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom) and "# lazy: " not in lines[node.lineno - 1]:
                    faults.append(where(module, node.lineno, "imports inside a function without '# lazy: why'"))
    assert not faults, "\n".join(sorted(set(faults)))


def test_no_circle_of_imports() -> None:
    names = {m.name for m in modules()}
    graph = {m.name: {n for n, _ in imported_names(m.tree) if n in names and n != m.name} for m in modules() if m.room}
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            pytest.fail("circle of imports: " + " -> ".join([*path[path.index(name) :], name]))
        if name in done:
            return
        for target in sorted(graph.get(name, ())):
            # a package and its own modules are one thing: the package only gathers them
            if not name.startswith(target + "."):
                walk(target, (*path, name))
        done.add(name)

    for name in sorted(graph):
        walk(name, ())
