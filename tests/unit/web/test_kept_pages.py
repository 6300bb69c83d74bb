"""Pages that are drawn once for all who ask the same: each visitor's own is their form token, and nothing else."""

from __future__ import annotations

from collections.abc import Hashable
from types import SimpleNamespace

import pytest
from flask import Flask, session
from flask_wtf import CSRFProtect
from jinja2 import DictLoader, StrictUndefined, UndefinedError

from app.web.kept_pages import OUT_OF_REACH, kept_page, set_up_kept_pages
from app.web.sessions import form_token

FORM = '<p>{{ who }} {{ number }} {{ draw() }}</p><form><input value="{{ form_token() }}"></form>'


class World:
    """A site with a few templates; `drawn` counts how often one was drawn."""

    def __init__(self, *, development: bool = False) -> None:
        self.version, self.drawn = "one", 0
        self.app = Flask("kept")
        self.app.config |= {"SECRET_KEY": "x" * 32, "WTF_CSRF_TIME_LIMIT": None, "TEMPLATES_AUTO_RELOAD": development}
        library = SimpleNamespace(version="", practice=SimpleNamespace(name="The practice"))
        self.app.extensions["site"] = SimpleNamespace(library=lambda: library, base_url="https://example.test")
        self.library = library
        CSRFProtect(self.app)
        self.app.jinja_env.undefined = StrictUndefined
        self.app.jinja_env.globals |= {"draw": self.count, "form_token": form_token}
        personal = {f"{name}.html": "{{ " + name + " }}" for name in OUT_OF_REACH}
        self.app.jinja_env.loader = DictLoader({"form.html": FORM, "plain.html": "{{ practice.name }}", **personal})
        set_up_kept_pages(self.app)

    def count(self) -> int:
        self.drawn += 1
        return self.drawn

    def show(self, template: str = "form.html", *, visitor: str = "a" * 40, **given: Hashable) -> str:
        """The page as a visitor sees it whose session has `visitor` as its number for forms."""
        with self.app.test_request_context("/?secret=1"):
            session["csrf_token"] = visitor
            session["visitor"] = "somebody"
            return kept_page(template, **given).decode()

    def token(self, visitor: str) -> str:
        with self.app.test_request_context():
            session["csrf_token"] = visitor
            return form_token()


def test_the_same_is_drawn_once_and_every_visitor_gets_their_own_token() -> None:
    world, one, other = World(), "a" * 40, "b" * 40
    pages = [world.show(who="x", number=1, visitor=visitor) for visitor in (one, other, one)]
    assert world.drawn == 1
    assert pages[0] == pages[2] == f'<p>x 1 1</p><form><input value="{world.token(one)}"></form>'
    assert pages[1] == pages[0].replace(world.token(one), world.token(other)) != pages[0]


def test_what_is_kept_has_no_token_in_it() -> None:
    world = World()
    world.show(who="x", number=1)
    (pieces,) = [drawn for drawn, _ in world.app.extensions["kept_pages"]._drawn.values()]
    assert pieces == (b'<p>x 1 1</p><form><input value="', b'"></form>')


def test_no_token_stands_in_a_page_while_it_is_drawn() -> None:
    """So even a page that was cut in the wrong place could not show one visitor's token to the next."""
    world, seen = World(), []
    world.app.jinja_env.globals["form_token"] = lambda: seen.append(form_token()) or seen[-1]
    page = world.show(who="x", number=1)
    assert len(seen) == 1
    assert world.token("a" * 40) in page
    assert world.token("a" * 40) not in seen


def test_another_value_or_version_or_template_is_another_page() -> None:
    world = World()
    shown = {world.show(who="x", number=1), world.show(who="x", number=2)}
    world.library.version = "two"
    shown |= {world.show(who="x", number=1), world.show("plain.html", who="x", number=1)}
    assert len(shown) == 4


def test_the_same_values_under_other_names_are_another_page() -> None:
    world = World()
    first = world.show(who=1, number=2)
    assert world.show(number=1, who=2) != first


def test_values_are_escaped_and_kept_so() -> None:
    world = World()
    pages = [world.show(who="<i>ü</i>", number=1) for _ in range(2)]
    assert world.drawn == 1
    assert pages[0] == pages[1]
    assert "<p>&lt;i&gt;ü&lt;/i&gt; 1 1</p>" in pages[0]


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_nothing_of_the_request_can_be_reached(name: str) -> None:
    with pytest.raises(UndefinedError):
        World().show(f"{name}.html")


def test_a_page_without_a_form_is_kept_too() -> None:
    world = World()
    assert [world.show("plain.html") for _ in range(2)] == ["The practice"] * 2


def test_a_developer_sees_every_change() -> None:
    world = World(development=True)
    assert world.show(who="x", number=1) != world.show(who="x", number=1)
