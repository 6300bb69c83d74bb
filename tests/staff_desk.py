"""Someone of the practice at the staff pages, as tests drive them: reads, fills in, presses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.db.tables import StaffRow
from app.db.unit_of_work import unit_of_work
from app.domain.staff import Role
from app.services.staff.sittings import Place, open_sitting
from tests.page_reading import Page, read_page


@dataclass
class StaffDesk:
    """A signed-in browser. Every form carries the right token."""

    client: FlaskClient

    def read(self, path: str, status: int = 200) -> Page:
        """The page at `path`."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return sound(answer.text)

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
        return sound(answer.text)


def sound(html: str) -> Page:
    """The page, which must leave no level of heading out and give no two parts one name, whatever it is filled with."""
    page = read_page(html)
    levels = page.heading_levels  # above the h1 there may be a list of errors
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert len(page.ids) == len(set(page.ids))
    return page


def plain(page: Page) -> str:
    """The words of the page's main part, each parted by one space."""
    return " ".join(page.one("main").text.split())


def sign_in(app: Flask, role: Role, now: datetime, name: str = "Sam Example") -> FlaskClient:
    """A browser in which somebody of the practice has signed in `now`, without the pages that do it."""
    client, first = app.test_client(), name.split()[0].lower()
    with app.app_context(), unit_of_work() as session:
        row = StaffRow(email=f"{first}@practice.example", name=name, role=role, created_at=now)
        session.add(row)
        session.flush()
        keys = app.extensions["site"].staff_keys
        client.set_cookie("staff", open_sitting(session, keys, row, "full", Place(None, "Tests"), now=now).token)
    return client


def sit_again(app: Flask, desk: StaffDesk, now: datetime) -> None:
    """The person of `sign_in` signs in once more in this browser."""
    with app.app_context(), unit_of_work() as session:
        row = session.scalars(select(StaffRow).where(StaffRow.email == "sam@practice.example")).one()
        keys = app.extensions["site"].staff_keys
        desk.client.set_cookie("staff", open_sitting(session, keys, row, "full", Place(None, "Tests"), now=now).token)
