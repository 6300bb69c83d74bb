"""What clients may ask for: their health answers deleted, or everything that names them; payments stay."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import func, select

from app.db.base import use_field_keys
from app.db.queries.bookings import get_locked
from app.db.queries.ledger import add_entry
from app.db.tables import BookingRow, DraftRow, EnquiryMessageRow, EnquiryRow, LedgerEntryRow, WaitlistEntryRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import Booking, Reason
from app.domain.draft import Draft
from app.domain.enquiry import Enquiry
from app.domain.refusals import BookingNotFound
from app.domain.waitlist import WaitWish
from app.services.asking.enquiries import answer_enquiry, ask
from app.services.asking.waitlist import join_waitlist
from app.services.booking.bookings import get_booking, read_booking, read_reason
from app.services.booking.drafts import save_draft
from app.services.manage.booking_links import BookingLinks
from app.services.staff.accesses import list_accesses
from app.services.staff.people import add_staff
from app.services.upkeep import private_answers
from config import Settings
from tests.conftest import MovableClock
from tests.factories.booking import CLIENT, REASON, make_confirmed, make_deposit_row

TEN = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
OTHER = "someone.else@example.org"


def run(app: Flask, *words: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=["clients", *words], input=typed)


@pytest.fixture
def visit(app: Flask, clock: MovableClock) -> Booking:
    """A paid visit on Thursday at ten, which is over by now."""
    booking = make_confirmed(now=clock.now, starts_at=TEN)
    make_deposit_row(booking, now=clock.now, state="paid")
    clock.now = TEN + timedelta(days=1)
    return booking


def write_as(email: str, *, now: datetime) -> None:
    """A question with an answer, a place in the waiting list, and a form that was begun."""
    ask(Enquiry("Robin Example", email, "Is my knee for you?"), key=email, now=now)
    with reading() as session:
        number = session.scalars(select(EnquiryRow.id).where(EnquiryRow.key == email)).one()
    answer_enquiry(number, "Yes.", now=now)
    wish = WaitWish("60-minute-visit", None, frozenset({0}), frozenset({"morning"}), date(2026, 12, 20))
    join_waitlist(BookingLinks("x" * 32), email, wish, Draft(name="Robin", email=email), now=now)
    save_draft(email, Draft(name="Robin", email=email), now=now)


def count(table: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_who_asks_for_it_is_forgotten_and_nobody_else(app: Flask, visit: Booking, clock: MovableClock) -> None:
    for email in (CLIENT.email, OTHER):
        write_as(email, now=clock.now)
    assert get_booking(visit.id).paid_minor == 1200
    assert "It cannot be undone" in run(app, "forget", CLIENT.email, typed="n\n").output
    assert get_booking(visit.id).client is not None
    done = run(app, "forget", f" {CLIENT.email.upper()} ", "--yes")
    assert done.exit_code == 0, done.output
    first, second = done.output.splitlines()
    assert first == "1 booking without a name, 1 question deleted, 1 place in the waiting list deleted."
    assert "Stripe" in second
    left = get_booking(visit.id)
    assert left.client == replace(
        CLIENT, name="Somebody who was forgotten", email=f"booking-{visit.id}@forgotten.invalid", phone=""
    )
    assert (left.paid_minor, left.state, read_reason(visit.id)) == (1200, "confirmed", Reason())
    with pytest.raises(BookingNotFound):
        read_booking(visit.id, visit.link_version)
    assert [count(table) for table in (EnquiryRow, EnquiryMessageRow, WaitlistEntryRow, DraftRow)] == [1, 1, 1, 1]
    with reading() as session:
        assert session.scalars(select(EnquiryRow.key)).one() == OTHER
        assert session.scalars(select(BookingRow.client_owner)).one() == f"booking-{visit.id}@forgotten.invalid"


def test_what_is_not_over_comes_first(app: Flask, visit: Booking, clock: MovableClock) -> None:
    clock.now = TEN
    ahead = run(app, "forget", CLIENT.email, "--yes")
    assert ahead.exit_code == 2
    assert f"{visit.reference} is not over" in ahead.output
    clock.now = TEN + timedelta(days=1)
    with unit_of_work() as session:
        add_entry(session, "k", get_locked(session, visit.id), "credit_given", 1200, now=clock.now)
    assert "This client has credit" in run(app, "forget", CLIENT.email, "--yes").output
    with reading() as session:
        assert session.scalars(select(LedgerEntryRow.owner)).one() == CLIENT.email
    client = get_booking(visit.id).client
    assert client is not None
    assert client.name == CLIENT.name


def test_the_health_answers_alone(app: Flask, visit: Booking) -> None:
    assert read_reason(visit.id) == REASON
    assert run(app, "forget-answers", visit.reference.lower()).output == "The answers are deleted.\n"
    assert read_reason(visit.id) == Reason()
    client = get_booking(visit.id).client
    assert client is not None
    assert client.name == CLIENT.name
    assert "No answers are kept" in run(app, "forget-answers", visit.reference).output
    assert run(app, "forget-answers", "NOTHING").exit_code == 2


def test_an_old_key_can_be_given_up(app: Flask, visit: Booking, clock: MovableClock, settings: Settings) -> None:
    for number in range(3):
        write_as(f"{number}@example.org", now=clock.now)
    new = Fernet.generate_key().decode()
    use_field_keys(app, (new, *settings.field_keys))
    assert run(app, "renew-keys").output == "13 private answers are written with the first key.\n"
    use_field_keys(app, (new,))
    assert read_reason(visit.id) == REASON
    assert [count_read(table) for table in (EnquiryRow, EnquiryMessageRow, WaitlistEntryRow, DraftRow)] == [3, 3, 3, 3]
    use_field_keys(app, (Fernet.generate_key().decode(),))
    refused = run(app, "renew-keys")
    assert refused.exit_code == 1
    assert "Put that key back" in refused.output


def test_it_goes_in_portions(app: Flask, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_answers, "AT_ONCE", 2)
    for number in range(4):
        save_draft(str(number), Draft(name="Robin"), now=clock.now)
    assert private_answers.renew_answers() == 4


def count_read(table: type) -> int:
    """How many rows there are, each read."""
    with reading() as session:
        return len(session.scalars(select(table)).all())


def test_a_copy_has_all_that_forgetting_would_delete_and_nothing_of_others(
    app: Flask, visit: Booking, clock: MovableClock
) -> None:
    for email in (CLIENT.email, OTHER):
        write_as(email, now=clock.now)
    add_staff("sam@practice.example", "Sam", "therapist", now=clock.now)
    assert "nobody has the address" in run(app, "copy", CLIENT.email, "--as", "x@practice.example").output
    done = run(app, "copy", f" {CLIENT.email.upper()}", "--as", "sam@practice.example")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    (booking,), (question,) = told["bookings"], told["questions"]
    assert (booking["reference"], booking["client_phone"]) == (visit.reference, CLIENT.phone)
    assert booking["health_answers"]["note"] == REASON.note
    assert {"at": visit.confirmed_at.isoformat(), "what": "booking confirmed"}.items() <= booking["happened"][
        -1
    ].items()
    assert (question["answers"]["question"], question["written"][0]["words"]) == ("Is my knee for you?", "Yes.")
    assert [len(told[what]) for what in ("waiting", "unfinished")] == [1, 1]
    assert OTHER not in done.stdout
    seen = [(access.name, access.reference) for access in list_accesses(days=1, now=clock.now)]
    assert set(seen) == {("Sam", visit.reference), ("Sam", "Q1")}
    run(app, "forget", CLIENT.email, "--yes")
    nothing = run(app, "copy", CLIENT.email, "--as", "sam@practice.example")
    assert (nothing.exit_code, "nothing is kept of robin@example.org" in nothing.output) == (1, True)
