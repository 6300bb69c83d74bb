"""Someone of the practice who signs in over HTTP, as tests play them: from the mailed link to the code of the app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.db.tables import StaffLinkRow
from app.db.unit_of_work import reading
from app.services.staff.keys import StaffKeys
from app.services.staff.people import add_staff
from tests.conftest import MovableClock
from tests.page_reading import Page, read_page

EMAIL, PASSWORD = "robin@practice.example", "blue kettle waltz"


@dataclass
class Newcomer:
    """One browser at the address `network`. `key` is what their app knows; `page` what the last answer says."""

    app: Flask
    clock: MovableClock
    network: str = "203.0.113.7"
    key: str = ""
    client: FlaskClient = field(init=False)
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    @property
    def keys(self) -> StaffKeys:
        keys: StaffKeys = self.app.extensions["site"].staff_keys
        return keys

    def get(self, path: str) -> TestResponse:
        return self._keep(self.client.get(path, environ_base={"REMOTE_ADDR": self.network}))

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Post `fields` with the token of this browser; a redirect is not followed."""
        page = read_page(self.client.get("/ask").text)
        token = page.all("input", name="csrf_token")[0].attributes["value"]
        data = {"csrf_token": token, **fields}
        return self._keep(self.client.post(path, data=data, environ_base={"REMOTE_ADDR": self.network}))

    def _keep(self, answer: TestResponse) -> TestResponse:
        self.page = read_page(answer.text)
        return answer

    @property
    def told(self) -> str:
        """The words of the error summary."""
        return " ".join(element.text.strip() for element in self.page.with_class("problem"))

    def is_in(self) -> bool:
        return self.get("/staff/account").status_code == 200

    def link(self) -> str:
        """The newest link that was mailed to anybody."""
        with self.app.app_context(), reading() as session:
            row = session.scalars(select(StaffLinkRow).order_by(StaffLinkRow.id.desc())).first()
            assert row is not None
            return f"/staff/welcome/{self.keys.link_token(row.id, row.created_at)}"

    def code(self) -> str:
        """What their app shows now."""
        return pyotp.TOTP(self.key.replace(" ", "")).at(self.clock.now)

    def next_code(self) -> str:
        """Half a minute later: a code that was not used yet."""
        self.clock.advance(seconds=30)
        return self.code()

    def join(self, email: str = EMAIL, name: str = "Robin Example") -> list[str]:
        """Be added, follow the link, choose a password, connect an app; the recovery codes."""
        with self.app.app_context():
            add_staff(email, name, "therapist", now=self.clock.now)
        assert self.choose(PASSWORD).location == "/staff/second-factor"
        self.get("/staff/second-factor")
        self.key = self.page.with_class("key")[0].text
        assert self.send("/staff/second-factor", code=self.code()).location == "/staff/recovery-codes"
        self.get("/staff/recovery-codes")
        return [element.text for element in self.page.all("code")]

    def choose(self, password: str) -> TestResponse:
        """Follow the newest link and choose a password."""
        return self.send(self.link(), password=password, again=password)

    def give_password(self, password: str = PASSWORD, email: str = EMAIL, **more: str) -> TestResponse:
        return self.send("/staff/sign-in", email=email, password=password, **more)

    def give_code(self, code: str | None = None, **more: str) -> TestResponse:
        return self.send("/staff/sign-in/code", code=code or self.next_code(), **more)

    def sign_in(self) -> None:
        """Both steps, as they should go."""
        assert self.give_password().location.startswith("/staff/sign-in/code")
        assert self.give_code().location == "/staff/"
