"""Parts of pages that are drawn once and shown to many: `{% kept %}` ... `{% endkept %}` in a template.

    {% kept %}{{ frame.short_head() }}{% endkept %}
    {% kept name, slots %}...{% endkept %}

The words between are kept for one version of the content and for the values that stand in the tag, compared as values.
So nothing grows stale: whoever has other values gets another part. What stands between may depend on nothing else, and
never on who asks: no form token, nothing a visitor chose or typed (tests/house/test_kept_parts.py looks).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context

from app.publishing.library import Library
from app.web.kept_store import Store
from app.web.site import site

#: Letters of all parts of one process. The ones drawn first go first.
ROOM = 500_000


class KeptParts(Extension):
    """The tag `kept`, and what it keeps. One for each application; threads share it."""

    tags = {"kept"}  # noqa: RUF012 - as its base class has it

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._parts = Store[str](ROOM)
        self._places = 0

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """The tag as a look for the part, and as a call of `_keep` where there is none: with the place of the tag in
        the templates, and the values it names.
        """
        line = next(parser.stream).lineno
        given: list[nodes.Expr] = []
        while not parser.stream.current.test("block_end"):
            if given:
                parser.stream.expect("comma")
            given.append(parser.parse_expression())
        body = parser.parse_statements(("name:endkept",), drop_needle=True)
        self._places += 1
        named: list[nodes.Expr] = [nodes.ContextReference(), nodes.Const(self._places), *given]
        part = parser.free_identifier(line)
        draw = nodes.CallBlock(self.call_method("_keep", named), [], [], body)
        found = nodes.Assign(part, self.call_method("_find", named))
        shown: nodes.Node = nodes.If(part, [nodes.Output([part])], [], [draw])
        return [found.set_lineno(line), shown.set_lineno(line)]

    def _find(self, context: Context, place: int, *given: Hashable) -> str | None:
        return self._parts.find((place, _version(context), *given))

    def _keep(self, context: Context, place: int, *given: Hashable, caller: Callable[[], str]) -> str:
        part = caller()
        if not self.environment.auto_reload:  # a developer's templates change under the same content
            self._parts.keep((place, _version(context), *given), part, len(part))
        return part


def _version(context: Context) -> str:
    library: Library = context.get("library") or site().library()  # a macro may have been imported without context
    return library.version
