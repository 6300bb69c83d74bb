"""Signing in: the way in for whoever works here, and nobody else."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import StaffRow, StaffSittingRow
from app.db.unit_of_work import reading
from app.services.staff.links import ask_for_link
from app.services.staff.people import add_staff, forget_old_traces, remove_staff
from tests.conftest import MovableClock
from tests.staff_newcomer import EMAIL, PASSWORD, Newcomer

NOT_RIGHT = "The email address or the password is not right"
WAIT = "too many wrong tries"


@pytest.fixture
def robin(staff_app: Flask, clock: MovableClock) -> Newcomer:
    return Newcomer(staff_app, clock)


@pytest.fixture
def other(staff_app: Flask, clock: MovableClock) -> Newcomer:
    """Another browser, elsewhere."""
    return Newcomer(staff_app, clock, network="198.51.100.9")


def test_from_the_mailed_link_to_the_page_that_was_asked_for(
    robin: Newcomer, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = robin.join()
    assert len(codes) == len(set(codes)) == 8
    assert robin.send("/staff/second-factor", code=robin.code()).location == "/staff/recovery-codes", "pressed twice"
    assert robin.get("/staff/sign-in").location == "/staff/recovery-codes"
    assert robin.send("/staff/recovery-codes").location == "/staff/"
    assert robin.get("/staff/recovery-codes").location == "/staff/account", "shown until they are on paper, not longer"
    first = robin.client.get_cookie("staff")
    assert robin.send("/staff/sign-out").location == "/staff/sign-in"
    assert not robin.is_in()
    assert robin.get("/staff/tasks?page=1").location == "/staff/sign-in?next=/staff/tasks?page%3D1"
    robin.get("/staff/sign-in?next=/staff/tasks?page%3D1")
    asked = robin.page.one("input", name="next").attributes["value"]
    step = robin.give_password(next=asked)
    half = robin.client.get_cookie("staff")
    assert not robin.is_in(), "a password alone lets nobody in"
    robin.get(step.location)
    done = robin.give_code(next=robin.page.all("input", name="next")[0].attributes["value"])
    assert done.location == "/staff/tasks?page=1"
    assert robin.is_in()
    last = robin.client.get_cookie("staff")
    assert first is not None
    assert half is not None
    assert last is not None
    assert len({first.value, half.value, last.value}) == 3, "each step has a token of its own"
    told = capsys.readouterr()
    for secret in (PASSWORD, robin.key, robin.key.replace(" ", ""), first.value, last.value, *codes):
        assert secret not in told.out + told.err


def test_a_link_works_once_and_opening_it_changes_nothing(robin: Newcomer, clock: MovableClock) -> None:
    with robin.app.app_context():
        add_staff(EMAIL, "Robin Example", "desk", now=clock.now)
    link = robin.link()
    for _ in range(2):
        assert robin.get(link).status_code == 200
    assert robin.send(link, password="password 123", again="").status_code == 200
    assert "easy to guess" in robin.told
    assert PASSWORD not in robin.send(link, password=PASSWORD, again="blue kettle").text
    assert "not the same" in robin.told
    assert robin.choose(PASSWORD).status_code == 303
    assert (robin.get(link).status_code, robin.choose(PASSWORD).status_code) == (404, 404)
    assert robin.get(link[:-2] + "xx").status_code == 404


def test_a_link_is_over_after_its_time(robin: Newcomer, clock: MovableClock) -> None:
    with robin.app.app_context():
        add_staff(EMAIL, "Robin Example", "desk", now=clock.now)
        link = robin.link()
        clock.advance(hours=23, minutes=40)
        ask_for_link(EMAIL, now=clock.now)
    asked = robin.link()
    assert (robin.get(link).status_code, robin.get(asked).status_code) == (200, 200)
    clock.advance(minutes=20)
    assert (robin.get(link).status_code, robin.get(asked).status_code) == (404, 200)
    clock.advance(minutes=10)
    assert robin.get(asked).status_code == 404
    forged = robin.keys.link_token(1, clock.now)
    assert robin.get(f"/staff/welcome/{forged}").status_code == 404, "a number that is given again is another link"


def test_unknown_and_wrong_are_answered_alike_and_wait_alike(robin: Newcomer, clock: MovableClock) -> None:
    robin.join()
    strangers = [Newcomer(robin.app, clock, network=f"198.51.100.{number}") for number in (1, 2)]
    answers = []
    for stranger, email in zip(strangers, (EMAIL, "nobody@practice.example"), strict=True):
        seen = [stranger.give_password("not the one at all", email=email) for _ in range(6)]
        answers.append([(one.status_code, _without(one.text, email)) for one in seen])
    assert answers[0] == answers[1]
    assert [status for status, _ in answers[0]] == [200] * 5 + [429]
    assert NOT_RIGHT in answers[0][0][1]
    assert WAIT in answers[0][-1][1]


def _without(text: str, email: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text.replace(email, "EMAIL"))


def test_wrong_tries_wait_longer_each_time_and_the_owner_gets_in(
    robin: Newcomer, other: Newcomer, clock: MovableClock
) -> None:
    robin.join()
    robin.send("/staff/sign-out")
    for _ in range(5):
        other.give_password("not the one at all")
    for minutes, words in ((0.5, "in a minute"), (1, "in a minute"), (2, "in 2 minutes"), (4, "in 4 minutes")):
        assert other.give_password().status_code == 429, "the right one waits too"
        assert words in other.told
        clock.advance(minutes=minutes)
        assert other.give_password("not the one at all").status_code == 200
    assert other.give_password().status_code == 429
    robin.sign_in()  # from a network of their own, nobody elsewhere keeps them waiting
    clock.advance(minutes=8)
    assert other.give_password().location.startswith("/staff/sign-in/code")


def test_a_network_that_tries_many_accounts_waits(robin: Newcomer, other: Newcomer) -> None:
    for number in range(20):
        assert other.give_password(email=f"nobody-{number}@practice.example").status_code == 200
    assert other.give_password(email="nobody-20@practice.example").status_code == 429
    assert robin.give_password(email="nobody-20@practice.example").status_code == 200


def test_a_code_works_once(robin: Newcomer, other: Newcomer) -> None:
    codes = robin.join()
    robin.send("/staff/sign-out")
    robin.give_password()
    other.give_password()
    seen = robin.next_code()
    assert robin.give_code(seen).location == "/staff/"
    assert other.give_code(seen).status_code == 200
    assert "used already" in other.told
    assert other.give_code(codes[0].upper().replace("-", " ")).location == "/staff/"
    robin.give_password()
    assert robin.give_code(codes[0]).status_code == 200
    assert robin.give_code(codes[1]).location == "/staff/"


def test_guessed_codes_wait(robin: Newcomer, clock: MovableClock) -> None:
    robin.join()
    robin.send("/staff/sign-out")
    robin.give_password()
    for _ in range(5):
        assert robin.give_code("000000").status_code == 200
    assert robin.give_code(robin.code()).status_code == 429
    robin.send("/staff/forgot", email=EMAIL)
    robin.choose("seven grey geese")
    robin.give_password("seven grey geese")
    assert robin.give_code(robin.code()).status_code == 429, "whoever reads the mail guesses no faster"
    clock.advance(minutes=15)
    assert robin.give_code().location == "/staff/sign-in", "half-way in is over by then"
    robin.give_password("seven grey geese")
    assert robin.give_code().location == "/staff/"


def test_whoever_is_removed_is_out_at_once(robin: Newcomer, clock: MovableClock) -> None:
    robin.join()
    assert robin.is_in()
    with robin.app.app_context():
        remove_staff(EMAIL, now=clock.now)
    assert not robin.is_in()
    assert robin.give_password().status_code == 200
    assert NOT_RIGHT in robin.told
    with robin.app.app_context():
        ask_for_link(EMAIL, now=clock.now)
        with reading() as session:
            row = session.scalars(select(StaffRow)).one()
            assert (row.password, row.factor, row.name) == (None, None, "Robin Example")


def test_a_sitting_ends_by_itself(robin: Newcomer, clock: MovableClock) -> None:
    robin.join()
    for _ in range(6):
        clock.advance(minutes=119)
        assert robin.is_in()
    clock.advance(minutes=6)
    assert not robin.is_in(), "after twelve hours"
    robin.sign_in()
    clock.advance(hours=2)
    assert not robin.is_in(), "after two hours without use"


def test_sittings_are_listed_and_ended(robin: Newcomer, other: Newcomer) -> None:
    robin.join()
    other.key = robin.key
    other.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Firefox/140.0"
    other.sign_in()
    robin.get("/staff/account")
    assert "Firefox on Android" in robin.page.one("main").text
    (end,) = [form.attributes["action"] for form in robin.page.all("form") if "/places/" in form.attributes["action"]]
    stranger = Newcomer(robin.app, robin.clock)
    stranger.join("sam@practice.example", "Sam Example")
    stranger.send(end)
    assert other.is_in(), "nobody ends a sitting of somebody else"
    assert robin.send(end).location == "/staff/account"
    assert (robin.is_in(), other.is_in()) == (True, False)


def test_a_changed_password_ends_all_other_sittings(robin: Newcomer, other: Newcomer) -> None:
    robin.join()
    other.key = robin.key
    other.sign_in()
    new = "seven grey geese"
    before = robin.client.get_cookie("staff")
    robin.send("/staff/account/password", old="not the one at all", password=new, again=new)
    assert "not your present password" in robin.told
    robin.send("/staff/account/password", old=PASSWORD, password="robin practice 1", again="robin practice 1")
    assert "not your email address" in robin.told
    assert robin.send("/staff/account/password", old=PASSWORD, password=new, again=new).location == "/staff/account"
    assert (robin.is_in(), other.is_in()) == (True, False)
    assert before != robin.client.get_cookie("staff")
    assert other.give_password().status_code == 200
    assert other.give_password(new).status_code == 303


def test_codes_that_nobody_wrote_down_are_forgotten(robin: Newcomer, clock: MovableClock) -> None:
    robin.join()
    with robin.app.app_context():
        for minutes, kept in ((119, True), (1, False)):
            forget_old_traces(now=clock.advance(minutes=minutes))
            with reading() as session:
                last = select(StaffSittingRow.fresh_codes).where(StaffSittingRow.stage == "full")
                assert bool(session.scalars(last).one()) == kept


def test_new_recovery_codes_need_the_password(robin: Newcomer) -> None:
    old = robin.join()
    robin.send("/staff/recovery-codes")
    robin.send("/staff/recovery-codes/new", old="not the one at all")
    assert "not your password" in robin.told
    assert robin.send("/staff/recovery-codes/new", old=PASSWORD).location == "/staff/recovery-codes"
    robin.get("/staff/recovery-codes")
    new = [element.text for element in robin.page.all("code")]
    assert not set(old) & set(new)
    robin.send("/staff/sign-out")
    robin.give_password()
    assert (robin.give_code(old[0]).status_code, robin.give_code(new[0]).status_code) == (200, 303)


def test_another_phone_takes_over_once_it_shows_a_code(robin: Newcomer, other: Newcomer) -> None:
    old = robin.join()
    other.key = robin.key
    other.sign_in()
    assert robin.get("/staff/second-factor").location == "/staff/account", "no key is shown that counts already"
    robin.send("/staff/second-factor/another", old="not the one at all")
    assert "not your password" in robin.told
    assert robin.send("/staff/second-factor/another", old=PASSWORD).location == "/staff/second-factor"
    robin.get("/staff/second-factor")
    key = robin.page.with_class("key")[0].text
    assert key != robin.key
    other.send("/staff/sign-out")
    other.sign_in()  # with the old phone, as long as the new one has shown nothing
    robin.key = key
    assert robin.send("/staff/second-factor", code=robin.next_code()).location == "/staff/recovery-codes"
    assert not other.is_in()
    other.give_password()
    assert (other.give_code().status_code, other.give_code(old[0]).status_code) == (200, 200)
    other.key = key
    other.sign_in()


def test_a_phone_that_was_not_connected_in_that_sitting_needs_the_password_again(robin: Newcomer) -> None:
    robin.join()
    robin.send("/staff/recovery-codes")
    robin.send("/staff/second-factor/another", old=PASSWORD)
    assert robin.get("/staff/second-factor").status_code == 200
    robin.send("/staff/sign-out")
    robin.sign_in()
    assert robin.get("/staff/second-factor").location == "/staff/account"


def test_a_forgotten_password(robin: Newcomer, other: Newcomer, clock: MovableClock) -> None:
    robin.join()
    for _ in range(6):
        assert other.send("/staff/forgot", email="robin@").status_code == 200, "mistyped, no mail was sent"
    texts = [_without(other.send("/staff/forgot", email=who).text, who) for who in (EMAIL, "nobody@practice.example")]
    assert texts[0] == texts[1]
    other.choose("seven grey geese")
    assert not other.is_in(), "whoever reads the mail still needs the code"
    assert not robin.is_in(), "everybody is signed out"
    assert robin.give_password().status_code == 200
    assert robin.give_password("seven grey geese").location.startswith("/staff/sign-in/code")
    assert robin.give_code().location == "/staff/"
    with robin.app.app_context(), reading() as session:
        assert all(row.network for row in session.scalars(select(StaffSittingRow)))


ELSEWHERE = (
    "https://evil.example/", "//evil.example", "/staff//evil.example", "/staff/../..//evil.example", "/book",
    "/staff/\\evil.example", "/staff/%0d%0aLocation:x", "javascript:alert(1)", "/staff/ evil", "\t//evil.example",
    "/staff/\nx",
)  # fmt: skip


def test_nobody_is_sent_elsewhere_after_signing_in(robin: Newcomer) -> None:
    robin.join()
    robin.send("/staff/recovery-codes")
    for place in ELSEWHERE:
        assert robin.client.get("/staff/sign-in", query_string={"next": place}).location == "/staff/", place
    robin.send("/staff/sign-out")
    robin.give_password(next=ELSEWHERE[0])
    assert robin.give_code(next=ELSEWHERE[1]).location == "/staff/"


def test_half_way_in_lasts_a_quarter_of_an_hour(robin: Newcomer, clock: MovableClock) -> None:
    with robin.app.app_context():
        add_staff(EMAIL, "Robin Example", "desk", now=clock.now)
    robin.choose(PASSWORD)
    assert robin.get("/staff/second-factor").status_code == 200
    assert not robin.is_in()
    clock.advance(minutes=15)
    assert robin.get("/staff/second-factor").location == "/staff/sign-in"
    assert robin.give_password().location.startswith("/staff/second-factor"), "set up where it was left"
