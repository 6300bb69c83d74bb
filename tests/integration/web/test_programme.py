"""A programme over HTTP: from the case study to five booked visits, and every way in which hand-made requests fail."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from typing import Any

import icalendar
import pytest
from flask import Flask
from sqlalchemy import select

from app.db.tables import BookingRow, DepositRow, OutboxRow, RefundRow
from app.db.unit_of_work import reading
from app.web.site import Site
from tests.booking_visitor import DETAILS, BookingVisitor
from tests.conftest import MovableClock
from tests.integration.web.conftest import Store
from tests.stripe_bench import StripeBench

RUNNER = "runner-back-pain-five-visits"


def words(booker: BookingVisitor) -> str:
    return booker.page.all("main")[0].text


def begin(booker: BookingVisitor) -> list[str]:
    """From the case study's button to the page of dates; the dates it proposes."""
    booker.get(f"/articles/{RUNNER}")
    (link,) = [a.attributes["href"] for a in booker.page.all("a") if "programme=" in a.attributes.get("href", "")]
    booker.get(link.replace("&amp;", "&"))
    fields = {i.attributes["name"]: i.attributes.get("value", "") for i in booker.page.all("input", type="hidden")}
    assert fields["programme"] == RUNNER
    fields.pop("csrf_token")
    booker.send("/book", **fields, condition="lower-back")
    booker.pass_gate()
    assert booker.place == "/book/programme"
    return dates(booker)


def dates(booker: BookingVisitor, query: str = "") -> list[str]:
    booker.get(f"/book/programme{query}")
    return [one.attributes["value"] for one in booker.page.all("input", name="visit")]


def hold(booker: BookingVisitor, times: list[str], **more: Any) -> None:
    booker.send("/book/programme", visit=times, **more)


def book(booker: BookingVisitor, app: Flask, bench: StripeBench) -> None:
    """Everything up to five confirmed visits; the visitor is then on their page."""
    hold(booker, begin(booker))
    booker.send("/book/details", **DETAILS)
    booker.get("/book/check")
    booker.send("/book/check")
    with app.app_context(), reading() as session:
        deposit = session.scalars(select(DepositRow).order_by(DepositRow.id.desc())).first()
        assert deposit is not None
        session_id = deposit.session_id
    assert session_id is not None
    bench.pay(session_id)
    booker.get(f"/book/return?session_id={session_id}")
    assert booker.place.endswith("/programme")
    booker.get(booker.place)


def rows(app: Flask, *states: str) -> list[BookingRow]:
    with app.app_context(), reading() as session:
        found = list(session.scalars(select(BookingRow).where(BookingRow.state.in_(states)).order_by(BookingRow.id)))
        session.expunge_all()
        return found


def test_five_visits_from_the_case_study(
    booker: BookingVisitor, booking_app: Flask, stripe_sandbox: StripeBench, store: Store
) -> None:
    times = begin(booker)
    assert len(times) == 5
    hold(booker, times)
    assert booker.place == "/book/details"
    booker.get("/book/details")
    assert "Five visits, the first on" in words(booker)
    assert "£54 deposit today" in words(booker)
    booker.send("/book/details", **DETAILS)
    booker.get("/book/check")
    assert "£270.00" in words(booker)
    assert "Pay £54.00 deposit and book" in words(booker)
    book(booker, booking_app, stripe_sandbox)
    assert booker.heading == "Your five visits"
    assert store.bookings("confirmed") == 5
    assert {row.price_minor for row in rows(booking_app, "confirmed")} == {5400}
    booker.get(next(a.attributes["href"] for a in booker.page.all("a") if "calendar.ics" in a.attributes["href"]))
    assert booker.answer is not None
    events = icalendar.Calendar.from_ical(booker.answer.data).walk("VEVENT")
    assert len({str(event["uid"]) for event in events}) == 5
    with booking_app.app_context(), reading() as session:
        mails = session.scalars(select(OutboxRow.kind)).all()
    assert mails == ["mail.confirmed"]


def test_one_date_is_changed_and_the_others_stay(booker: BookingVisitor) -> None:
    times = begin(booker)
    hold(booker, times, change="3")
    assert booker.place == "/book/programme/visit/3"
    booker.get("/book/programme/visit/3")
    days = [one.attributes["value"] for one in booker.page.all("input", name="day")]
    assert len(days) > 1
    other = next(day for day in days if day != times[2][:10])
    booker.get(f"/book/programme/visit/3?day={other}")
    new = booker.page.all("input", name="time")[0].attributes["value"]
    assert new[:10] == other
    booker.send("/book/programme/visit/3", time=new)
    assert dates(booker) == [*times[:2], new, *times[3:]]


def test_what_the_visitor_prefers_is_proposed(booker: BookingVisitor) -> None:
    begin(booker)
    evenings = dates(booker, "?weekday=3&part=evening&with=example-therapist-a")
    assert len({time[11:] for time in evenings}) == 1
    assert evenings[0][11:13] in ("17", "18")
    assert dates(booker, "?weekday=99&part=midnight&with=nobody&from=never") != []


@pytest.mark.parametrize(
    ("gone", "said"),
    [([2], "has just gone. We propose another date for it."), ([2, 3], "have just gone. We propose other dates")],
)
def test_a_date_that_went_between_page_and_button_gets_a_new_proposal(
    booking_app: Flask, store: Store, gone: list[int], said: str
) -> None:
    first = BookingVisitor(booking_app.test_client())
    times = begin(first)
    for number, person in product(gone, ("example-therapist-a", "example-therapist-b")):
        other = BookingVisitor(booking_app.test_client())
        other.reach_times(practitioner=person)
        other.send("/book/time", time=times[number])
    hold(first, times)
    assert first.status == 409
    assert said in words(first)
    assert store.bookings("held") <= 2 * len(gone), "none of the five is held"
    proposed = [one.attributes["value"] for one in first.page.all("input", name="visit")]
    assert [a == b for a, b in zip(times, proposed, strict=True)] == [number not in gone for number in range(5)]
    hold(first, proposed)
    assert first.place == "/book/details"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda times: times[:4],
        lambda times: [*times, times[-1]],
        lambda times: [times[0]] * 5,
        lambda times: list(reversed(times)),
        lambda times: [*times[:4], "2031-01-07T10:00Z"],
        lambda times: [*times[:4], "0001-01-01T00:00Z"],
        lambda times: [*times[:4], "' OR 1=1 --"],
        lambda times: [*times[:4], times[4].replace(":00Z", ":07Z").replace(":30Z", ":37Z").replace(":15Z", ":17Z")],
        lambda times: [],
    ],
    ids=["four", "six", "one day", "backwards", "too late", "long ago", "no time", "off the grid", "none"],
)
def test_hand_made_dates_hold_nothing_and_get_a_page(booker: BookingVisitor, store: Store, spoil: Any) -> None:
    hold(booker, spoil(begin(booker)))
    assert booker.status == 409
    assert len(booker.page.all("input", name="visit")) == 5
    assert store.bookings() == 0


@pytest.mark.parametrize("place", ["0", "6", "99999999999999999999", "x", "-1"])
def test_no_such_visit_to_change(booker: BookingVisitor, place: str) -> None:
    times = begin(booker)
    hold(booker, times, change=place)
    assert booker.status == 303
    booker.get(f"/book/programme/visit/{place}")
    assert booker.status in (303, 404)
    booker.send("/book/programme/visit/6", time=times[0])
    assert booker.status == 303


def test_a_programme_that_nobody_sells_leads_to_single_visits(booker: BookingVisitor) -> None:
    booker.pass_reason(programme="../../etc/passwd")
    booker.pass_gate()
    assert booker.place == "/book/treatment"
    booker.get("/book/programme")
    assert booker.place == "/book/treatment"


def test_the_safety_lists_come_first(booker: BookingVisitor) -> None:
    booker.pass_reason(programme=RUNNER)
    booker.get("/book/programme")
    assert booker.place == "/book/safety"
    booker.send("/book/programme", visit=["2026-12-01T10:00Z"] * 5)
    assert booker.place == "/book/safety"


def test_one_visit_after_all_gives_the_five_back(booker: BookingVisitor, store: Store) -> None:
    hold(booker, begin(booker))
    assert store.bookings("held") == 5
    booker.send("/book/treatment", treatment="60-minute-visit", practitioner="anyone")
    booker.send("/book/time", time=booker.times()[0])
    assert booker.place == "/book/details"
    assert store.bookings("held") == 1
    booker.get("/book/details")
    assert "first on" not in words(booker)


def test_dates_whose_hold_ran_out_are_taken_again(booker: BookingVisitor, clock: MovableClock, store: Store) -> None:
    times = begin(booker)
    hold(booker, times)
    clock.advance(minutes=25)
    other = BookingVisitor(booker.client.application.test_client())
    other.reach_times()
    booker.send("/book/details", **DETAILS)
    assert booker.place == "/book/check"
    booker.get("/book/check")
    assert booker.status == 200
    assert store.bookings("held") == 5


def test_giving_the_dates_back(booker: BookingVisitor, store: Store) -> None:
    hold(booker, begin(booker))
    booker.send("/book/hold", do="release")
    assert booker.place == "/book/programme"
    assert store.bookings("held") == 0
    booker.get("/book/details")
    assert booker.place == "/book/programme"


def test_each_visit_has_its_page_and_moves_within_the_programme(
    booker: BookingVisitor, booking_app: Flask, stripe_sandbox: StripeBench, clock: MovableClock
) -> None:
    book(booker, booking_app, stripe_sandbox)
    links = [
        a.attributes["href"] for a in booker.page.all("a") if re.fullmatch(r"/booking/[^/]+", a.attributes["href"])
    ]
    assert len(links) == 5
    visits = rows(booking_app, "confirmed")
    booker.get(links[2] + "/move")
    days = [one.attributes["value"] for one in booker.page.all("input", name="day")]
    neighbours = {f"{visits[1].starts_at:%Y-%m-%d}", f"{visits[3].starts_at:%Y-%m-%d}"}
    assert days
    assert not neighbours & set(days)
    wanted = f"{visits[3].starts_at + timedelta(hours=2):%Y-%m-%dT%H:%MZ}"
    booker.get(f"{links[2]}/move/check?time={wanted}")
    offered = booker.page.all("input", name="offered")[0].attributes["value"]
    booker.send(links[2] + "/move", time=wanted, offered=offered)
    assert booker.status == 409
    assert "5\N{NO-BREAK SPACE}days" in words(booker)
    assert rows(booking_app, "confirmed")[2].starts_at == visits[2].starts_at
    booker.get(links[0] + "/give")
    assert booker.status == 409


def test_other_links_show_no_programme(booking_app: Flask, booker: BookingVisitor, stripe_sandbox: StripeBench) -> None:
    book(booker, booking_app, stripe_sandbox)
    site: Site = booking_app.extensions["site"]
    stranger = BookingVisitor(booking_app.test_client())
    for token in ("x", "WzEsMV0.forged", site.links.waitlist_token("abc")):
        stranger.get(f"/booking/{token}/programme")
        assert stranger.status == 404


def test_all_visits_ahead_are_given_back_in_one_go_each_by_its_notice(
    booker: BookingVisitor, booking_app: Flask, stripe_sandbox: StripeBench, clock: MovableClock
) -> None:
    book(booker, booking_app, stripe_sandbox)
    page = booker.page
    home = booker.seen[-1]
    assert "Cancel all visits ahead" in words(booker), page
    visits = rows(booking_app, "confirmed")
    clock.now = visits[1].starts_at - timedelta(hours=3)
    booker.get(f"{home}/cancel")
    shown = words(booker)
    assert shown.count("goes back to your card") == 3
    assert shown.count("we keep the") == 1
    offered = booker.page.all("input", name="offered")[0].attributes["value"]
    booker.send(f"{home}/cancel", offered="made up")
    assert booker.status == 409
    assert rows(booking_app, "cancelled") == []
    booker.send(f"{home}/cancel", offered=offered)
    assert booker.place == home
    assert len(rows(booking_app, "cancelled")) == 4
    with booking_app.app_context(), reading() as session:
        assert list(session.scalars(select(RefundRow.amount_minor))) == [1080] * 3
    booker.send(f"{home}/cancel", offered=offered)
    assert booker.place == home, "there is nothing left to cancel"
