"""A visitor as tests play one over HTTP: reads forms as they stand on the page, fills them in and sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.page_reading import Page, read_page

DETAILS = {
    "name": "Robin Example",
    "email": "robin@client.example",
    "phone": "07700 900123",
    "returning": "no",
    "note": "",
}


@dataclass
class BookingVisitor:
    """One browser without script. `answer` is the last answer, `page` what it says."""

    client: FlaskClient
    answer: TestResponse | None = None
    seen: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        assert self.answer is not None
        return read_page(self.answer.text)

    @property
    def status(self) -> int:
        assert self.answer is not None
        return self.answer.status_code

    @property
    def heading(self) -> str:
        return self.page.all("h1")[0].text.strip()

    @property
    def place(self) -> str:
        """Where the last answer leads, or where it is."""
        assert self.answer is not None
        return str(self.answer.headers.get("Location", self.answer.request.path))

    def get(self, path: str) -> TestResponse:
        self.answer = self.client.get(path)
        self.seen.append(path)
        return self.answer

    def token(self) -> str:
        """The CSRF token of a form of this visitor."""
        page = read_page(self.client.get("/book").text)
        return page.all("input", name="csrf_token")[0].attributes["value"]

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Post `fields` with a right token; a redirect is not followed."""
        self.answer = self.client.post(path, data={"csrf_token": self.token(), **fields})
        return self.answer

    def pass_reason(self, condition: str = "neck", **more: Any) -> None:
        self.send("/book", condition=condition, **more)

    def pass_gate(self) -> None:
        for path in ("/book/safety", "/book/cautions"):
            self.send(path, answer="none")

    def reach_times(self, treatment: str = "60-minute-visit", practitioner: str = "anyone") -> list[str]:
        """The times of the first free day, as the page offers them."""
        self.pass_reason()
        self.pass_gate()
        self.send("/book/treatment", treatment=treatment, practitioner=practitioner)
        return self.times()

    def times(self, query: str = "") -> list[str]:
        self.get(f"/book/time{query}")
        return [option.attributes["value"] for option in self.page.all("input", name="time")]

    def reach_details(self, treatment: str = "60-minute-visit") -> str:
        """Hold the first time; which one."""
        time = self.reach_times(treatment)[0]
        self.send("/book/time", time=time)
        assert self.place == "/book/details"
        return time

    def reach_check(self, treatment: str = "60-minute-visit", **details: str) -> str:
        """Everything up to the pay button."""
        time = self.reach_details(treatment)
        self.send("/book/details", **{**DETAILS, **details})
        assert self.place == "/book/check", self.errors()
        return time

    def errors(self) -> dict[str, str]:
        """The words of the error summary, by the id of the field they lead to."""
        links = [e for e in self.page.all("a") if e.attributes.get("href", "").startswith("#")]
        return {e.attributes["href"][1:]: e.text for e in links if e.attributes.get("href") != "#main"}
