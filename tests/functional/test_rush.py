"""Fifty people press the same time at once, over the whole application: one holds it, all get a page, none an error."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter

from flask import Flask
from flask.testing import FlaskClient

from app.domain.draft import Draft
from app.services.booking.drafts import read_draft, save_draft
from app.services.booking.holds import find_hold
from app.services.diary.free_times import find_next_free
from app.web.booking.visitor import KEY
from app.web.site import Site
from tests.conftest import MovableClock
from tests.diary_checks import diary_faults

CLIENTS = 50
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """Someone who has answered everything up to the choice of a time."""

    def __init__(self, app: Flask, number: int, treatment: str, clock: MovableClock) -> None:
        site: Site = app.extensions["site"]
        token = f"visitor-{number}"
        self.digest = hashlib.sha256(token.encode()).hexdigest()
        self.draft = Draft(
            condition="neck",
            gate_version=site.library().safety.version,
            gate_passed_at=clock.now,
            treatment=treatment,
            returning=True,
        )
        with app.app_context():
            save_draft(self.digest, self.draft, now=clock.now)
        self.client: FlaskClient = app.test_client()
        with self.client.session_transaction() as session:
            session[KEY] = token
        page = self.client.get("/book/time")
        found = TOKEN.search(page.text)
        assert page.status_code == 200
        assert found
        self.csrf = found[1]

    def choose(self, time: str) -> int:
        answer = self.client.post("/book/time", data={"csrf_token": self.csrf, "time": time})
        return answer.status_code


def test_fifty_clients_want_one_time(app: Flask, clock: MovableClock) -> None:
    site: Site = app.extensions["site"]
    catalogue = site.library().catalogue
    treatment = "60-minute-visit"
    slot = find_next_free(catalogue, treatment, now=clock.now, returning=True)
    assert slot is not None
    people = len(catalogue.offering(treatment))
    gate = threading.Barrier(CLIENTS)
    visitors: list[Visitor] = []
    answers: Counter[int] = Counter()

    def press(number: int) -> None:
        visitor = Visitor(app, number, treatment, clock)
        visitors.append(visitor)
        gate.wait()
        answers[visitor.choose(f"{slot.starts_at:%Y-%m-%dT%H:%MZ}")] += 1

    threads = [threading.Thread(target=press, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {303, 409}
    assert 1 <= answers[303] <= people
    winners = [visitor for visitor in visitors if find_hold(visitor.digest, now=clock.now)]
    assert len(winners) == answers[303]
    assert diary_faults() == []
    loser = next(visitor for visitor in visitors if visitor not in winners)
    assert read_draft(loser.digest) == loser.draft, "the answers are kept"
