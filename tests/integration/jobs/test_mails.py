"""What clients read: right facts, plain words, a calendar file that calendars take, and nothing that tells too much."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from sqlalchemy import select

from app.db.queries.ledger import add_dispute_entry
from app.db.tables import BookingRow, DepositRow
from app.db.unit_of_work import unit_of_work
from app.domain.booking import Booking
from app.domain.ledger import LedgerEntry
from app.domain.policy_snapshot import to_snapshot
from app.jobs.outbox import send_due
from app.publishing.checks.review import reading_grade
from app.services.booking.bookings import get_booking
from app.services.manage.changes import cancel_booking, cancel_by_practice, move_booking
from app.services.upkeep.outbox import enqueue
from tests.conftest import MovableClock
from tests.factories.booking import make_confirmed, make_deposit_row, make_terms
from tests.integration.jobs.conftest import Desk

TUESDAY = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)


def book(desk: Desk, starts_at: datetime = TUESDAY, *, deposit: bool = True, **wish: Any) -> Booking:
    """A confirmed booking of the practice's own catalogue, its deposit paid."""
    library, now = desk.tools.library(), desk.tools.clock()
    wanted = {
        "catalogue": library.catalogue,
        "terms": make_terms(policy=to_snapshot(library.practice.policy)),
        "practitioner": next(iter(library.catalogue.practitioners)),
        **wish,
    }
    booking = make_confirmed(now=now, starts_at=starts_at, **wanted)
    if deposit:
        make_deposit_row(booking, now=now, state="paid")
    return get_booking(booking.id)


def put(desk: Desk, kind: str, booking_id: int, key: str | None = None) -> None:
    now = desk.tools.clock()
    with unit_of_work() as session:
        enqueue(session, key or f"{kind}:{booking_id}", kind, {"booking": booking_id}, now)


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def html_of(mail: Any) -> str:
    return str(mail.get_body(("html",)).get_content())


def plain(words: str) -> str:
    """Words with single plain spaces, whatever they are written with."""
    return re.sub(r"\s+", " ", html.unescape(words))


def calendar_of(mail: Any) -> icalendar.Calendar:
    (part,) = mail.iter_attachments()
    assert part.get_content_type() == "text/calendar"
    calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
    assert part["Content-Type"].params["method"] == calendar["METHOD"]
    return calendar  # type: ignore[return-value]


def test_confirmed_says_when_where_with_whom_and_what_is_left_to_pay(desk: Desk) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id)
    assert send_due(desk.tools, desk.tools.clock(), 50) == 1
    (mail,) = desk.mails
    practice = desk.tools.library().practice
    assert mail["Subject"] == "Booked: Tuesday 1 December, 15:30"
    assert mail["To"] == "robin@example.org"
    assert mail["Reply-To"] == practice.email
    person = desk.tools.library().catalogue.practitioners[booking.practitioner]
    for words in (text_of(mail), html_of(mail)):
        for fact in (
            "Robin Example",
            "Tuesday 1 December 2026",
            "15:30 to 16:30",
            practice.address.splitlines()[0],
            person.name,
            booking.treatment_name,
            "£60.00",
            "£12.00",
            "£48.00",
            practice.what_to_wear,
            booking.reference,
            practice.phone,
            f"{desk.tools.base_url}/safety",
            f"{desk.tools.base_url}/booking/{desk.tools.links.token_for(booking)}",
        ):
            assert plain(fact) in plain(words), fact


def test_the_rules_in_the_mail_are_those_of_the_booking(desk: Desk) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id)
    send_due(desk.tools, desk.tools.clock(), 50)
    words = plain(text_of(desk.mails[0]))
    assert "Up to 15:30 on Monday 30 November: £12.00 goes back to your card." in words
    assert "After that: we keep the £12.00 you paid, and you pay no more." in words
    assert "you can move this visit, and what is paid moves with it" in words


def test_the_calendar_entry_is_neutral_and_in_the_right_zone(desk: Desk) -> None:
    summer = datetime(2027, 4, 6, 8, 0, tzinfo=UTC)  # 09:00 on London's clock
    desk.tools.clock.now = summer - timedelta(days=7)  # type: ignore[attr-defined]
    booking = book(desk, summer)
    put(desk, "mail.confirmed", booking.id)
    send_due(desk.tools, desk.tools.clock(), 50)
    (mail,) = desk.mails
    assert mail["Subject"] == "Booked: Tuesday 6 April, 09:00"
    (event,) = calendar_of(mail).walk("VEVENT")
    assert event["SUMMARY"] == "60 min appointment"
    assert event.decoded("DTSTART") == summer
    assert event["UID"] == f"{booking.reference}@practice.example"


def test_before_a_visit_at_home_nobody_is_led_to_the_practice(desk: Desk) -> None:
    booking = book(desk)
    with unit_of_work() as session:
        session.get_one(BookingRow, booking.id).client_address = "7 Example Road\nExampletown\nBS16 1AA"
    put(desk, "mail.confirmed", booking.id)
    send_due(desk.tools, desk.tools.clock(), 50)
    (mail,) = desk.mails
    for words in (plain(text_of(mail)), plain(html_of(mail))):
        assert "7 Example Road" in words
        assert "before we come" in words.lower()
        assert desk.tools.library().practice.directions not in words


def test_what_a_bank_holds_is_not_said_to_be_on_its_way(desk: Desk, clock: MovableClock) -> None:
    booking = book(desk)
    with unit_of_work() as session:
        deposit = session.scalars(select(DepositRow)).one()
        add_dispute_entry(session, deposit, "dp_1", LedgerEntry("dispute_opened", -1200), now=clock.now)
    cancel_by_practice(booking.id, now=clock.now)
    send_due(desk.tools, clock.now, 50)
    mail = desk.mails[-1]
    for words in (plain(text_of(mail)), plain(html_of(mail))):
        assert "£12.00 goes back" in words
        assert "Not yet: the payment is disputed" in words
        assert "working days" not in words


@pytest.mark.parametrize("kind", ["mail.confirmed", "mail.payment_conflict"])
def test_no_mail_tells_why_someone_comes(kind: str, desk: Desk) -> None:
    booking = book(desk)
    put(desk, kind, booking.id)
    send_due(desk.tools, desk.tools.clock(), 50)
    (mail,) = desk.mails
    everything = mail.as_string() + text_of(mail) + html_of(mail)
    for part in mail.iter_attachments():
        everything += part.get_payload(decode=True).decode()  # type: ignore[union-attr]
    for word in ("lower-back", "lower back", "neck", "pain", "less stiff", "since Monday", "runner"):
        assert word not in everything.lower(), word


def test_moved_and_cancelled_change_the_very_calendar_entry(desk: Desk, clock: MovableClock) -> None:
    library = desk.tools.library()
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id)
    send_due(desk.tools, clock(), 50)
    move_booking(
        library.catalogue, booking.id, booking.link_version, starts_at=TUESDAY + timedelta(hours=2), now=clock()
    )
    clock.advance(minutes=1)
    send_due(desk.tools, clock(), 50)
    cancel_booking(booking.id, booking.link_version, now=clock())
    clock.advance(minutes=1)
    send_due(desk.tools, clock(), 50)
    subjects = [mail["Subject"] for mail in desk.mails]
    assert subjects == [
        "Booked: Tuesday 1 December, 15:30",
        "Moved: Tuesday 1 December, 17:30",
        "Cancelled: Tuesday 1 December, 17:30",
    ]
    calendars = [calendar_of(mail) for mail in desk.mails]
    events = [calendar.walk("VEVENT")[0] for calendar in calendars]
    assert [calendar["METHOD"] for calendar in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    assert len({event["UID"] for event in events}) == 1
    assert [event["SEQUENCE"] for event in events] == [0, 1, 2]
    assert "£12.00 goes back to the card you paid with" in text_of(desk.mails[2])


def test_cancelled_late_says_what_is_kept(desk: Desk, clock: MovableClock) -> None:
    booking = book(desk)
    clock.now = TUESDAY - timedelta(hours=3)
    cancel_booking(booking.id, booking.link_version, now=clock())
    send_due(desk.tools, clock(), 50)
    words = plain(text_of(desk.mails[0]))
    assert "£12.00 of what you paid stays with us. You pay no more." in words
    assert "goes back" not in words


def test_cancelled_by_the_practice_gives_everything_back_also_late(desk: Desk, clock: MovableClock) -> None:
    booking = book(desk)
    clock.now = TUESDAY - timedelta(hours=3)
    cancel_by_practice(booking.id, now=clock())
    send_due(desk.tools, clock(), 50)
    assert "£12.00 goes back to the card you paid with" in text_of(desk.mails[0])


def test_a_confirmation_that_comes_after_the_cancellation_is_not_sent(desk: Desk, clock: MovableClock) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id)
    cancel_booking(booking.id, booking.link_version, now=clock())
    assert send_due(desk.tools, clock(), 50) == 2
    assert [mail["Subject"].split(":")[0] for mail in desk.mails] == ["Cancelled"]
    clock.advance(days=1)
    assert send_due(desk.tools, clock(), 50) == 0


def test_payment_conflict_promises_all_of_it_back_and_leads_to_other_times(desk: Desk) -> None:
    booking = book(desk, deposit=False)
    put(desk, "mail.payment_conflict", booking.id)
    send_due(desk.tools, desk.tools.clock(), 50)
    (mail,) = desk.mails
    assert mail["Subject"] == "We are sending your payment back"
    words = plain(text_of(mail))
    assert "All of it goes back: £12.00" in words
    assert f"{desk.tools.base_url}/book?treatment=60-minute-visit&practitioner={booking.practitioner}" in words
    assert not list(mail.iter_attachments())


def test_a_name_cannot_write_into_the_page(desk: Desk) -> None:
    booking = book(desk)
    with unit_of_work() as session:
        row = session.get(BookingRow, booking.id)
        assert row is not None
        row.client_name = "<b>Sam</b> & Co"
    put(desk, "mail.confirmed", booking.id)
    send_due(desk.tools, desk.tools.clock(), 50)
    assert "&lt;b&gt;Sam&lt;/b&gt; &amp; Co" in html_of(desk.mails[0])
    assert "<b>Sam</b> & Co" in text_of(desk.mails[0])


def test_the_html_is_whole_without_anything_foreign(desk: Desk) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id)
    send_due(desk.tools, desk.tools.clock(), 50)
    page = html_of(desk.mails[0])
    assert 'class="letter" style="' in page
    assert not re.search(r"<(script|img|link|iframe)", page)
    assert set(re.findall(r'https?://[^/"\s]+', page)) == {desk.tools.base_url}


def test_mails_are_written_in_plain_words(desk: Desk) -> None:
    booking = book(desk)
    put(desk, "mail.confirmed", booking.id)
    put(desk, "mail.payment_conflict", booking.id)
    send_due(desk.tools, desk.tools.clock(), 50)
    for mail in desk.mails:
        sentences = [line for line in text_of(mail).split("\n\n") if "http" not in line]
        assert reading_grade(" ".join(sentences)) <= 6, mail["Subject"]


def test_no_payment_is_named_when_none_was_made(desk: Desk) -> None:
    booking = book(desk, deposit=False, terms=make_terms(deposit_minor=0))
    put(desk, "mail.confirmed", booking.id)
    send_due(desk.tools, desk.tools.clock(), 50)
    assert "\nPaid:" not in text_of(desk.mails[0])
    assert "To pay on the day:  £60.00" in text_of(desk.mails[0])
