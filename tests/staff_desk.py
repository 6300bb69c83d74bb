"""Someone of the practice at the staff pages, as tests drive them: reads, fills in, presses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.page_reading import Page, read_page


@dataclass
class StaffDesk:
    """A signed-in browser. Every form carries the right token."""

    client: FlaskClient

    def read(self, path: str, status: int = 200) -> Page:
        """The page at `path`."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return read_page(answer.text)

    def words(self, path: str) -> str:
        """What stands on the page, with plain spaces."""
        return plain(self.read(path))

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Post `fields`; a redirect is not followed."""
        token = self.read("/staff/content").all("input", name="csrf_token")[0].attributes["value"]
        return self.client.post(path, data={"csrf_token": token, **fields})

    def press(self, path: str, **fields: Any) -> str:
        """Post `fields`, follow the redirect that must come, and return the words of the page it leads to."""
        answer = self.send(path, **fields)
        assert answer.status_code == 303, (path, answer.status_code)
        return self.words(answer.location)

    def refused(self, path: str, **fields: Any) -> Page:
        """Post `fields` that cannot be taken: the form again, with what is wrong."""
        answer = self.send(path, **fields)
        assert answer.status_code in (200, 409, 422), (path, answer.status_code)
        return read_page(answer.text)


def plain(page: Page) -> str:
    """The words of the page's main part, each parted by one space."""
    return " ".join(page.one("main").text.split())
