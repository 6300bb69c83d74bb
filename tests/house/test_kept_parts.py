"""What is drawn once and shown to many depends on nothing but what its tag names, and never on who asks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from app import create_app
from app.web.kept_pages import OUT_OF_REACH
from app.web.kept_parts import KeptParts
from config import Settings

WEB = Path(__file__).resolve().parents[2] / "app" / "web"

#: The same for every visitor of one version of the content.
OF_THE_SITE = {"practice", "library", "base_url", "url_for", "asset", "range", "loop"}
#: A visitor's own.
PERSONAL = {"csrf", "csrf_token", "form_token", "session", "request", "g", "config", "form"}


@pytest.fixture(scope="module")
def templates(base_settings: Settings) -> Environment:
    return create_app(base_settings).jinja_env


def parsed(templates: Environment, name: str) -> nodes.Template:
    assert templates.loader is not None
    return templates.parse(templates.loader.get_source(templates, name)[0], name)


def kept_parts(tree: nodes.Template) -> Iterator[tuple[list[nodes.Expr], list[nodes.Node]]]:
    """The values that each `kept` of a template names, and what stands in it."""
    for block in tree.find_all(nodes.CallBlock):
        if isinstance(block.call.node, nodes.ExtensionAttribute):
            assert block.call.node.identifier == KeptParts.identifier
            yield block.call.args[2:], block.body


def names(parts: list[nodes.Node] | list[nodes.Expr], ctx: str = "load") -> set[str]:
    return {
        name.name
        for part in parts
        for name in ([part] if isinstance(part, nodes.Name) else []) + list(part.find_all(nodes.Name))
        if name.ctx in (ctx, "param" if ctx == "store" else ctx)
    }


def imports(parts: list[nodes.Node]) -> dict[str, str]:
    """Names of imported macros, and the templates they come from."""
    found = {}
    for part in parts:
        for line in ([part] if isinstance(part, nodes.FromImport) else []) + list(part.find_all(nodes.FromImport)):
            assert isinstance(line.template, nodes.Const)
            found |= {name if isinstance(name, str) else name[1]: line.template.value for name in line.names}
    return found


def test_a_kept_part_names_all_it_depends_on(templates: Environment) -> None:
    seen = 0
    for name in templates.list_templates(extensions=["html"]):
        tree = parsed(templates, name)
        macros = {macro.name for macro in tree.find_all(nodes.Macro)} | set(imports(tree.body))
        for given, body in kept_parts(tree):
            seen += 1
            allowed = names(given) | names(body, "store") | set(imports(body)) | macros | OF_THE_SITE
            assert not names(body) - allowed, f"{name}: name it in the tag: {sorted(names(body) - allowed)}"
    assert seen > 5


def names_behind_macros(templates: Environment, template: str, body: list[nodes.Node]) -> set[str]:
    """The names in `body`, which stands in `template`, and those behind the macros it uses, through all they call."""

    @cache
    def macro_names(template: str, macro: str) -> frozenset[str]:
        tree = parsed(templates, template)
        (found,) = [one for one in tree.find_all(nodes.Macro) if one.name == macro]
        return frozenset(behind(template, tree, found.body) - {argument.name for argument in found.args})

    def behind(template: str, tree: nodes.Template, body: list[nodes.Node]) -> set[str]:
        macros = {one.name: template for one in tree.find_all(nodes.Macro)} | imports(tree.body) | imports(body)
        used = names(body)
        return used.union(*(macro_names(macros[name], name) for name in used & set(macros)))

    return behind(template, parsed(templates, template), body)


def test_nothing_of_one_visitor_stands_in_a_kept_part(templates: Environment) -> None:
    for template in templates.list_templates(extensions=["html"]):
        for _, body in kept_parts(parsed(templates, template)):
            personal = names_behind_macros(templates, template, body) & PERSONAL
            assert not personal, f"{template}: {sorted(personal)}"


def kept_pages() -> set[str]:
    """The templates that are drawn as pages for many."""
    calls = [
        call
        for path in WEB.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "kept_page"
    ]
    assert all(isinstance(call.args[0], ast.Constant) for call in calls)
    return {call.args[0].value for call in calls}  # type: ignore[attr-defined]


def with_its_frame(templates: Environment, template: str) -> list[str]:
    """The template and what it extends or includes, all the way."""
    found, waiting = [], [template]
    while waiting:
        found.append(waiting.pop())
        for part in parsed(templates, found[-1]).find_all((nodes.Extends, nodes.Include)):
            assert isinstance(part.template, nodes.Const)  # type: ignore[attr-defined]
            waiting.append(part.template.value)  # type: ignore[attr-defined]
    return found


def test_no_macro_of_a_kept_page_reaches_the_request(templates: Environment) -> None:
    """The page itself cannot; a macro that was imported without context would still see Flask's own names."""
    pages = kept_pages()
    assert pages
    for page in pages:
        for template in with_its_frame(templates, page):
            used = names_behind_macros(templates, template, parsed(templates, template).body)
            assert not used & set(OUT_OF_REACH), f"{template}, for {page}: {sorted(used & set(OUT_OF_REACH))}"
