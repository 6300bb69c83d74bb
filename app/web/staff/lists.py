"""Long lists, fifty to a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import abort, request

Row = TypeVar("Row")
A_PAGE = 50
#: The converter of numbers in addresses: no larger than a database can hold.
NUMBER = "int(max=9007199254740991)"


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """One page of a list of `total` rows. Pages count from 1."""

    rows: Sequence[Row]
    total: int
    page: int
    pages: int

    def page_href(self, page: int) -> str:
        """The address of another page of the same list."""
        return request.path + (f"?page={page}" if page > 1 else "")


def wanted_page() -> int:
    """The page that the address asks for. 404 for what is no page number."""
    given = request.args.get("page", "1")
    if not (given.isascii() and given.isdigit() and len(given) < 6 and int(given)):
        abort(404)
    return int(given)


def one_page(rows: Sequence[Row], page: int) -> Paged[Row]:
    """That page of all `rows`. 404 for a page that is not there."""
    return paged(rows[(page - 1) * A_PAGE : page * A_PAGE], len(rows), page)


def paged(rows: Sequence[Row], total: int, page: int) -> Paged[Row]:
    """A page whose `rows` were read alone. 404 for a page that is not there."""
    pages = max(1, -(-total // A_PAGE))
    if page > pages:
        abort(404)
    return Paged(rows, total, page, pages)
