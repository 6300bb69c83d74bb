"""Booking a visit for a client at the desk: on the telephone, at the door, and again after a visit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.queries.bookings import get_locked
from app.db.tables import BookingRow, OutboxRow
from app.db.unit_of_work import reading, unit_of_work
from app.services.booking.bookings import read_reference
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed
from tests.staff_desk import StaffDesk, plain, sign_in, sit_again

A = "example-therapist-a"
#: A Friday on which both work from 9 to 13; it is ten to ten.
FRIDAY = datetime(2026, 11, 27, tzinfo=UTC)
NOW = FRIDAY + timedelta(hours=9, minutes=50)
WHAT = {"visit": "60-minute-visit", "who": A, "been": "yes"}
WHO = {"name": "Robin Example", "phone": "07700 900123", "email": "robin@client.example", "safety": "asked"}
CLIENT = "/staff/book/client"


@pytest.fixture(autouse=True)
def friday(staff_app: Flask, clock: MovableClock) -> None:
    clock.now = NOW


def query(**more: str) -> str:
    return "&".join(f"{name}={value}" for name, value in {**WHAT, **more}.items())


def asked(desk: StaffDesk, time: str, **more: str) -> dict[str, str]:
    """The form of a chosen time, filled in."""
    page = desk.read(f"{CLIENT}?{query(time=time)}")
    return {**WHAT, **WHO, "time": time, "key": page.one("input", name="key").attributes["value"], **more}


def rows(app: Flask) -> list[BookingRow]:
    with app.app_context(), reading() as session:
        found = list(session.scalars(select(BookingRow).order_by(BookingRow.id)))
        session.expunge_all()
        return found


def test_someone_at_the_door_has_the_next_time_and_a_mail(desk: StaffDesk, staff_app: Flask) -> None:
    day = desk.read("/staff/day/2026-11-27")
    free = day.all("a", href="/staff/book?who=example-therapist-a&day=2026-11-27")
    assert free, "from the free time itself"
    assert "Choose a visit" in desk.words(f"/staff/book/time?who={A}&been=yes")
    times = desk.read(f"/staff/book/time?{query()}&day=2026-11-27")
    assert times.all("input", name="time")[0].attributes["value"] == "2026-11-27T10:00Z", (
        "within the lead time of clients"
    )
    fields = asked(desk, "2026-11-27T10:00Z")
    done = desk.press(CLIENT, **fields)
    assert "Booked. The confirmation goes to robin@client.example." in done
    assert "Friday 27 November, 10:00 to 11:00" in done
    assert desk.press(CLIENT, **fields) == done, "pressed twice"
    (row,) = rows(staff_app)
    assert (row.state, row.deposit_minor, row.client_returning, row.hold_until) == ("confirmed", 0, True, None)
    assert row.gate_passed_at == NOW
    told = plain(desk.refused(f"/staff/visits/{row.reference}/answers"))
    assert "asked at the desk at" in told
    assert "None of these fit me" not in told, "they did not say that"
    assert row.policy["cancel"], "the rules of this moment count for it"
    with staff_app.app_context(), reading() as session:
        assert session.scalars(select(OutboxRow.kind)).all().count("mail.confirmed") == 1


def test_who_answers_the_lists_by_the_link_is_told_of_until_they_did(desk: StaffDesk, staff_app: Flask) -> None:
    desk.press(CLIENT, **asked(desk, "2026-11-27T12:00Z", safety="link"))
    (row,) = rows(staff_app)
    assert row.gate_passed_at is None
    assert "The safety lists are not answered yet" in desk.words("/staff/day/2026-11-27")
    with staff_app.app_context():
        token = staff_app.extensions["site"].links.token_for(read_reference(row.reference))
    own = staff_app.test_client().get(f"/booking/{token}").text
    assert "Answer the safety questions" in own
    assert "You were given this visit" not in own


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_lost(desk: StaffDesk, staff_app: Flask) -> None:
    fields = asked(desk, "2026-11-27T10:00Z", email="robin", safety="", phone="12")
    page = desk.refused(CLIENT, **fields)
    words = plain(page)
    for fault in (
        "Enter an email address like",
        "Enter a mobile number like",
        "Say how the safety questions are asked",
    ):
        assert fault in words
    assert page.one("input", name="name").attributes["value"] == "Robin Example"
    assert "new to us" in desk.words(f"/staff/book/time?{query(visit='first-visit')}")
    assert "Choose a time" in desk.words(f"/staff/book/time?{query(who='anyone')}")
    for wrong in ({"visit": "nothing"}, {"who": "nobody"}, {"been": "perhaps"}):
        assert "There is a problem" in desk.words(f"/staff/book/time?{query(**wrong)}")
    for time in ("", "soon", "9999-12-31T10:00Z"):
        assert "Choose a time" in desk.press(CLIENT, **{**fields, "time": time})
    assert not rows(staff_app)


def test_a_time_that_has_gone_offers_others_and_keeps_what_was_typed(desk: StaffDesk, staff_app: Flask) -> None:
    fields = asked(desk, "2026-11-27T10:00Z")
    with staff_app.app_context():
        catalogue = staff_app.extensions["site"].library().catalogue
        make_confirmed(
            now=NOW - timedelta(days=3), starts_at=FRIDAY + timedelta(hours=10), practitioner=A, catalogue=catalogue
        )
    page = desk.refused(CLIENT, **fields)
    assert "That time has just gone" in plain(page)
    assert page.one("input", name="name").attributes["value"] == "Robin Example"
    others = [one.attributes["value"] for one in page.all("input", name="time")]
    assert "2026-11-27T10:00Z" not in others
    unchosen = {name: value for name, value in fields.items() if name != "time"}
    again = desk.refused(CLIENT, **unchosen, near="2026-11-27T10:00Z")
    assert again.one("input", name="name").attributes["value"] == "Robin Example"
    assert "Booked" in desk.press(CLIENT, **{**fields, "time": others[0]})
    assert "09:00" not in others[0], "over already"
    assert len(rows(staff_app)) == 2


def test_the_next_visit_of_a_client_needs_no_typing_and_asks_for_no_prepayment(
    desk: StaffDesk, staff_app: Flask
) -> None:
    with staff_app.app_context():
        catalogue = staff_app.extensions["site"].library().catalogue
        before = make_confirmed(
            now=NOW - timedelta(days=9), starts_at=FRIDAY + timedelta(hours=9), practitioner=A, catalogue=catalogue
        )
        with unit_of_work() as session:
            row = get_locked(session, before.id)
            assert row is not None
            row.policy = {**row.policy, "no_show": {"repeats": 1, "months": 12, "then": "phone"}}
            row.state = "no_show"
    page = desk.read(f"/staff/visits/{before.reference}")
    (link,) = page.all("a", href=f"/staff/book?for={before.reference}")
    what = desk.read(link.attributes["href"])
    checked = {one.attributes["value"] for one in what.all("input") if "checked" in one.attributes}
    assert checked == {"60-minute-visit", A, "yes"}
    form = desk.read(f"{CLIENT}?{query(time='2026-12-04T10:00Z')}&for={before.reference}")
    typed = {name: form.one("input", name=name).attributes["value"] for name in ("name", "email", "phone", "key")}
    assert typed["email"] == "robin@example.org"
    assert "Booked" in desk.press(CLIENT, **WHAT, **typed, time="2026-12-04T10:00Z", safety="asked")
    assert rows(staff_app)[1].deposit_minor == 0


def test_whoever_was_signed_out_meanwhile_finds_the_form_filled_in(staff_app: Flask, clock: MovableClock) -> None:
    desk = StaffDesk(sign_in(staff_app, "desk", clock.now))
    fields = asked(desk, "2026-12-04T10:00Z", email="robin")
    token = desk.read("/staff/content").all("input", name="csrf_token")[0].attributes["value"]
    clock.advance(hours=3)
    away = desk.client.post(CLIENT, data={"csrf_token": token, **fields})
    assert away.location.endswith("next=/staff/book/client")
    sit_again(staff_app, desk, clock.now)
    page = desk.read(CLIENT)
    assert page.one("input", name="name").attributes["value"] == "Robin Example"
    assert "Nothing was done with it yet" in plain(page)
    typed = {one.attributes["name"]: one.attributes["value"] for one in page.all("input", type="hidden")}
    assert "Booked" in desk.press(CLIENT, **typed, **{**WHO, "email": "robin@client.example"})
    assert len(rows(staff_app)) == 1
