"""Parts of pages that are drawn once: for one version of the content and for the values named, by many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from markupsafe import Markup

from app.web import kept_parts
from app.web.kept_parts import KeptParts

PART = "{% kept who, number %}<b>{{ who }} {{ number }} {{ draw() }}</b>{% endkept %}"


class World:
    """A site with one template; `drawn` counts how often its part was."""

    def __init__(self, *, development: bool = False) -> None:
        self.version, self.drawn = "one", 0
        self.app = Flask("kept")
        self.app.config["TEMPLATES_AUTO_RELOAD"] = development
        self.app.extensions["site"] = SimpleNamespace(library=lambda: SimpleNamespace(version=self.version))
        self.app.jinja_env.add_extension(KeptParts)
        self.template = cache(self.app.jinja_env.from_string)

    def count(self) -> int:
        self.drawn += 1
        return self.drawn

    def show(self, text: str = PART, **values: Any) -> str:
        with self.app.app_context():
            return self.template(text).render(draw=self.count, **values)


def test_the_same_values_are_drawn_once() -> None:
    world = World()
    first = world.show(who="a", number=1)
    assert first == "<b>a 1 1</b>"
    assert [world.show(who="a", number=1) for _ in range(3)] == [first] * 3


def test_another_value_or_version_is_another_part() -> None:
    world = World()
    assert world.show(who="a", number=1) != world.show(who="a", number=2)
    before = world.show(who="a", number=1)
    world.version = "two"
    assert world.show(who="a", number=1) != before


def test_two_parts_of_one_page_do_not_mix() -> None:
    text = "{% kept %}x{{ draw() }}{% endkept %}{% kept %}y{{ draw() }}{% endkept %}"
    world = World()
    assert [world.show(text), world.show(text)] == ["x1y2"] * 2


def test_what_is_kept_was_escaped_and_is_not_escaped_again() -> None:
    world = World()
    expected = "<b>&lt;i&gt; 1 1</b>"
    assert [world.show(who="<i>", number=1) for _ in range(2)] == [expected] * 2
    outer = "{% set part %}" + PART + "{% endset %}{{ part }}"
    assert world.show(outer, who=Markup("<i>"), number=3).startswith("<b><i> 3")


def test_a_developer_sees_every_change() -> None:
    world = World(development=True)
    assert world.show(who="a", number=1) != world.show(who="a", number=1)


def test_the_room_is_bounded_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_parts, "ROOM", 4 * len("<b>a 0 1</b>"))
    world = World()
    first = world.show(who="a", number=0)
    for number in (1, 2, 3):
        world.show(who="a", number=number)
    assert world.show(who="a", number=0) == first
    world.show(who="a", number=4)
    assert world.show(who="a", number=0) != first


def test_threads_that_fill_the_room_get_each_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_parts, "ROOM", 2000)
    world = World()

    def ask(number: int) -> bool:
        return world.show(who="a", number=number % 600).startswith(f"<b>a {number % 600} ")

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, range(3000)))
