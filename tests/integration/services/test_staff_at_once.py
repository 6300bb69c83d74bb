"""Many tries to sign in at the same moment: a code, a link and a free try are each used up once."""

from __future__ import annotations

from datetime import datetime

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import StaffLinkRow, StaffRow, StaffSittingRow, StaffTryRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.staff import FREE_TRIES
from app.services.staff.keys import StaffKeys
from app.services.staff.links import choose_password
from app.services.staff.people import add_staff
from app.services.staff.second_factor import check_code
from app.services.staff.sign_in import check_password
from app.services.staff.sittings import Place, open_sitting
from app.services.staff.tries import Counter, begin_try, forget_tries
from tests.conftest import MovableClock
from tests.integration.services.test_concurrency import at_once

EMAIL, PASSWORD = "robin@practice.example", "blue kettle waltz"
HERE = Place("network", "A browser")


@pytest.fixture
def keys(app: Flask) -> StaffKeys:
    keys: StaffKeys = app.extensions["site"].staff_keys
    return keys


@pytest.fixture
def link(app: Flask, keys: StaffKeys, clock: MovableClock) -> str:
    """What was mailed to somebody new."""
    add_staff(EMAIL, "Robin Example", "therapist", now=clock.now)
    with reading() as session:
        row = session.scalars(select(StaffLinkRow)).one()
        return keys.link_token(row.id, row.created_at)


def test_a_link_is_used_once(app: Flask, keys: StaffKeys, link: str, clock: MovableClock) -> None:
    outcomes = at_once(app, 8, lambda n: choose_password(keys, link, f"{PASSWORD} {n}", HERE, now=clock.now))
    assert outcomes == {"Opened": 1, "StaffLinkGone": 7}


def test_a_code_is_used_once(app: Flask, keys: StaffKeys, link: str, clock: MovableClock) -> None:
    secret, sittings = _half_way(keys, clock.now)
    code = pyotp.TOTP(secret).at(clock.now)
    outcomes = at_once(app, 4, lambda n: check_code(keys, 1, sittings[n], code, HERE, now=clock.now))
    assert outcomes == {"Opened": 1, "NoneType": 3}


def _half_way(keys: StaffKeys, now: datetime) -> tuple[str, list[int]]:
    """The secret of a second factor, and four sittings that wait for its code."""
    with unit_of_work() as session:
        staff = session.scalars(select(StaffRow)).one()
        staff.factor, staff.factor_at = pyotp.random_base32(), now
        for _ in range(4):
            open_sitting(session, keys, staff, "code", HERE, now=now)
        session.flush()
        return str(staff.factor), list(session.scalars(select(StaffSittingRow.id)))


def test_no_more_than_the_free_tries_are_looked_at(app: Flask, keys: StaffKeys, clock: MovableClock) -> None:
    outcomes = at_once(
        app, 20, lambda n: check_password(keys, EMAIL, f"guess {n}", HERE, examples=False, now=clock.now)
    )
    assert outcomes == {"NoneType": FREE_TRIES, "datetime": 20 - FREE_TRIES}


def test_each_of_many_tries_at_once_is_counted(app: Flask, clock: MovableClock) -> None:
    shared = (Counter("account", free=100), Counter("network", free=100))

    def wrong(n: int) -> None:
        with unit_of_work() as session:
            begin_try(session, shared if n % 2 else shared[::-1], now=clock.now)

    assert at_once(app, 16, wrong) == {"NoneType": 16}
    with reading() as session:
        assert list(session.scalars(select(StaffTryRow.wrong))) == [16, 16]

    def wrong_or_right(n: int) -> None:
        if n % 4 == 0:
            with unit_of_work() as session:
                forget_tries(session, shared[:: 1 if n % 8 else -1])
        else:
            wrong(n)

    assert at_once(app, 16, wrong_or_right) == {"NoneType": 16}, "nobody falls over a count that is taken away"


def test_right_passwords_at_once_do_not_stand_in_each_others_way(
    app: Flask, keys: StaffKeys, link: str, clock: MovableClock
) -> None:
    choose_password(keys, link, PASSWORD, HERE, now=clock.now)
    outcomes = at_once(
        app, FREE_TRIES, lambda _: check_password(keys, EMAIL, PASSWORD, HERE, examples=False, now=clock.now)
    )
    assert outcomes == {"Opened": FREE_TRIES}
