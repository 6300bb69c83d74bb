"""A question before booking: kept encrypted with where it came from, closed to programs, gone after a year."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.db.tables import EnquiryRow, OutboxRow
from app.db.unit_of_work import reading
from app.services.asking.enquiries import find_enquiry, forget_old_enquiries
from tests.booking_visitor import BookingVisitor
from tests.conftest import MovableClock
from tests.integration.web.conftest import Store

QUESTION = "My shoulder clicks when I swim. Is that something for you?"
WHO = {"question": QUESTION, "name": "Robin Example", "email": "robin@client.example", "phone": ""}


class Asker(BookingVisitor):
    """Someone who reads the form before sending it; `clock` is the site's."""

    clock: MovableClock

    def hidden(self) -> dict[str, str]:
        """What the form carries besides what is typed."""
        fields = ("stamp", "condition", "from")
        return {name: self.page.one("input", name=name).attributes["value"] for name in fields}

    def write(self, path: str = "/ask", *, seconds: float = 40, **typed: str) -> None:
        """Open the form, take that long, send it."""
        self.get(path)
        carried = self.hidden()
        self.clock.advance(seconds=seconds)
        self.send("/ask", **{**carried, **WHO, **typed})

    @property
    def words(self) -> str:
        return self.page.one("main").text


@pytest.fixture
def asker(booking_app: Flask, clock: MovableClock) -> Asker:
    visitor = Asker(booking_app.test_client())
    visitor.clock = clock
    return visitor


def kept(app: Flask) -> list[int]:
    with app.app_context(), reading() as session:
        return list(session.scalars(select(EnquiryRow.id).order_by(EnquiryRow.id)))


def test_a_question_is_kept_and_two_mails_are_on_their_way(asker: Asker, booking_app: Flask) -> None:
    asker.write()
    assert (asker.status, asker.place) == (303, "/ask/sent")
    assert asker.get("/ask/sent").status_code == 200
    with booking_app.app_context(), reading() as session:
        mails = {row.kind: row.payload for row in session.scalars(select(OutboxRow))}
    (number,) = kept(booking_app)
    assert mails == {"mail.enquiry_note": {"enquiry": number}, "mail.enquiry_received": {"enquiry": number}}


def test_the_same_form_sent_twice_is_one_question(asker: Asker, store: Store) -> None:
    asker.get("/ask")
    carried = asker.hidden()
    asker.clock.advance(seconds=30)
    for _ in range(2):
        asker.send("/ask", **carried, **WHO)
        assert asker.place == "/ask/sent"
    assert (store.count(EnquiryRow), store.count(OutboxRow)) == (1, 2)


@pytest.mark.parametrize("kind", ["conditions", "articles"])
def test_every_page_leads_here_and_its_context_is_kept(kind: str, asker: Asker, booking_app: Flask) -> None:
    library = booking_app.extensions["site"].library()
    for document in getattr(library, kind).values():
        asker.get(document.url)
        (link,) = {link for link in asker.page.links if link.startswith("/ask")}
        asker.get(link)
        assert document.meta.title in asker.words
    asker.write(link)
    with booking_app.app_context():
        enquiry = find_enquiry(kept(booking_app)[0])
    assert enquiry is not None
    assert enquiry.origin == document.slug
    assert enquiry.about == (document.slug if kind == "conditions" else document.meta.cta.condition)


@pytest.mark.parametrize("outcome", ["help", "call"])
def test_the_pages_that_stop_a_booking_lead_here(outcome: str, asker: Asker, booking_app: Flask) -> None:
    asker.get(f"/book/{outcome}")
    title = asker.heading.removeprefix("Please ")
    assert f"/ask?from={outcome}" in asker.page.links
    asker.write(f"/ask?from={outcome}")
    with booking_app.app_context():
        enquiry = find_enquiry(kept(booking_app)[0])
    assert enquiry is not None
    assert enquiry.origin == outcome
    asker.get(f"/ask?from={outcome}")
    assert title.lower() in asker.words.lower()


def test_nothing_readable_stands_in_the_table(asker: Asker, booking_app: Flask) -> None:
    asker.write("/ask?condition=neck&from=neck")
    with booking_app.app_context(), reading() as session:
        row = session.execute(text("SELECT * FROM enquiry")).one()
    assert not any(word in str(row) for word in ("neck", "shoulder", "robin", "Robin"))


@pytest.mark.parametrize("query", ["?condition=<b>&from=../x", "?condition=%00&from=%E2%80%AE", "?from=nowhere"])
def test_unknown_context_is_dropped(query: str, asker: Asker, booking_app: Flask) -> None:
    asker.write(f"/ask{query}")
    with booking_app.app_context():
        enquiry = find_enquiry(kept(booking_app)[0])
    assert enquiry is not None
    assert (enquiry.about, enquiry.origin) == (None, None)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("question", " \n ", "Write your question"),
        ("question", "x" * 2001, "Shorten your question"),
        ("question", "Is this\u202e safe?", "Remove hidden characters"),
        ("name", "", "Enter your full name"),
        ("name", "Ro\u200bbin", "Remove hidden characters"),
        ("email", "", "Enter your email address"),
        ("email", "a@b.example\r\nBcc: c@d.example", "Enter an email address like"),
        ("phone", "ring me", "Enter a mobile number like"),
    ],
)
def test_a_slip_is_told_next_to_its_field(field: str, value: str, words: str, asker: Asker, store: Store) -> None:
    asker.write("/ask?condition=neck", **{field: value})
    assert asker.errors()[field].startswith(words)
    assert asker.hidden()["condition"] == "neck"
    other = "name" if field != "name" else "email"
    assert asker.page.one("input", name=other).attributes["value"] == WHO[other]
    assert store.count(EnquiryRow) == 0


class TestSpam:
    def test_a_filled_trap_stores_nothing_and_a_person_may_send_again(self, asker: Asker, store: Store) -> None:
        asker.write(website="https://cheap.example")
        assert "spam" in asker.words
        assert QUESTION in asker.words
        assert store.count(EnquiryRow) == 0
        asker.send("/ask", **asker.hidden(), **WHO)
        assert asker.place == "/ask/sent"

    def test_too_fast_waits_for_another_press(self, asker: Asker, store: Store) -> None:
        asker.write(seconds=2)
        assert "very quick" in asker.words
        assert QUESTION in asker.words
        assert store.count(EnquiryRow) == 0
        asker.clock.advance(seconds=2)
        asker.send("/ask", **asker.hidden(), **WHO)
        assert asker.place == "/ask/sent"

    @pytest.mark.parametrize("stamp", ["", "x", "MTc5NTQxNzIwMC4w.AAAA", "\x00", "MTc5.é"])
    def test_a_forged_time_is_not_taken(self, stamp: str, asker: Asker, store: Store) -> None:
        asker.write(stamp=stamp)
        assert asker.status == 200
        assert "send it again" in asker.words
        assert store.count(EnquiryRow) == 0

    def test_a_form_of_yesterday_is_sent_again_with_nothing_lost(self, asker: Asker, store: Store) -> None:
        asker.write(seconds=24 * 3600 + 1)
        assert "open for too long" in asker.words
        assert QUESTION in asker.words
        asker.clock.advance(seconds=5)
        asker.send("/ask", **asker.hidden(), **WHO)
        assert asker.place == "/ask/sent"
        assert store.count(EnquiryRow) == 1

    def test_without_the_token_of_the_session_nothing_is_taken(self, asker: Asker, store: Store) -> None:
        asker.get("/ask")
        asker.clock.advance(seconds=30)
        assert asker.client.post("/ask", data={**asker.hidden(), **WHO}).status_code == 400
        assert store.count(EnquiryRow) == 0

    def test_one_address_gets_three_an_hour_and_one_network_five(self, asker: Asker, store: Store) -> None:
        for turn in range(4):
            asker.write(question=f"Question {turn}")
        assert asker.status == 429
        assert "Question 3" in asker.words
        for turn in range(3):
            asker.write(email=f"other{turn}@client.example")
        assert asker.status == 429
        assert store.count(EnquiryRow) == 5


def test_a_question_goes_after_a_year(asker: Asker, booking_app: Flask, clock: MovableClock) -> None:
    asker.write()
    for days, left in ((364, 1), (2, 0)):
        clock.advance(days=days)
        with booking_app.app_context():
            forget_old_enquiries(now=clock.now)
        assert len(kept(booking_app)) == left
