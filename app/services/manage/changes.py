"""Cancelling and moving a confirmed booking by the rules it was made under, and marking how a visit went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from app.db.queries.bookings import (
    add_cells,
    as_booking,
    check_link,
    drop_cells,
    get_by_id,
    get_locked,
    lock_move,
    set_state,
)
from app.db.queries.ledger import add_entry, money_of, return_credit
from app.db.queries.programmes import visits_of
from app.db.queries.refunds import refund_booking
from app.db.tables import BookingMoveRow, BookingRow, ProgrammeRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.booking import LIVE_STATES, Booking, State
from app.domain.call import CALL
from app.domain.catalogue import Catalogue, Treatment
from app.domain.local_time import day_of
from app.domain.policy import (
    BookingFacts,
    CancelOutcome,
    MoveOutcome,
    WhoCancels,
    chosen,
    missed_from,
    outcome_of_cancelling,
    outcome_of_moving,
    outcomes_at_desk,
)
from app.domain.policy_snapshot import from_snapshot
from app.domain.programme import Spacing, move_fault
from app.domain.refusals import NotCancellable, NotMarkable, NotMovable, ProgrammeNotKept
from app.services.booking.bookings import get_booking, read_booking
from app.services.booking.confirming import drop_preparations, keep_preparations
from app.services.booking.wishes import Wish, make_wish, settle
from app.services.upkeep.outbox import enqueue

Choice = Literal["money", "credit"]


@dataclass(frozen=True, slots=True)
class ChangeOffer:
    """What cancelling or moving would bring at one moment, for the page that asks."""

    cancel: CancelOutcome
    move: MoveOutcome


def read_offer(booking_id: int, link_version: int, *, now: datetime) -> ChangeOffer:
    """What would happen now, by the rules the booking was made under. Raises BookingNotFound."""
    with reading() as session:
        row = check_link(get_by_id(session, booking_id), link_version)
        policy, facts = from_snapshot(row.policy), _facts(session, row)
        return ChangeOffer(outcome_of_cancelling(policy, facts, now), outcome_of_moving(policy, facts, now))


def cancel_booking(
    booking_id: int, link_version: int, *, now: datetime, choice: Choice = "money"
) -> tuple[Booking, CancelOutcome]:
    """Cancel for the client: the time is free again, and the deposit goes where the rules of the booking say.

    Refund or credit, calendar and mail are written in the same transaction. `choice` counts where the rules leave it
    to the client. Cancelling again changes nothing. Raises BookingNotFound, NotCancellable.
    """
    with unit_of_work() as session:
        row = check_link(get_locked(session, booking_id), link_version)
        outcome = outcome_of_cancelling(from_snapshot(row.policy), _facts(session, row), now)
        if row.state == "cancelled":
            return as_booking(session, row), outcome
        if row.state != "confirmed":
            raise NotCancellable(row.state)
        if not outcome.allowed:
            raise NotCancellable(outcome.why)
        outcome = chosen(outcome, choice)
        _cancel(session, row, outcome, "client_cancelled", now=now)
        return as_booking(session, row), outcome


def cancel_by_practice(booking_id: int, *, now: datetime, who: WhoCancels = "practice") -> Booking:
    """Cancel at the desk, at any time before the visit is marked: all that was paid goes back.

    When it is the client who gives it up, their rules count up to its beginning, also those that they may not carry
    out themselves. Raises BookingNotFound, NotCancellable.
    """
    with unit_of_work() as session:
        row = get_locked(session, booking_id)
        if row.state != "confirmed":
            raise NotCancellable(row.state)
        outcome = outcomes_at_desk(from_snapshot(row.policy), _facts(session, row), now).get(who)
        if outcome is None:
            raise NotCancellable("changed")
        reason = "practice_cancelled" if who == "practice" else "client_cancelled"
        _cancel(session, row, outcome, reason, now=now)
        return as_booking(session, row)


def move_booking(
    catalogue: Catalogue,
    booking_id: int,
    link_version: int,
    *,
    starts_at: datetime,
    now: datetime,
    practitioner: str | None = None,
) -> Booking:
    """Move the client's booking to `starts_at`, with `practitioner` or (None) whom they have.

    Length and price stay as sold. The old time is free and the new one taken in one transaction, or nothing happens.
    A visit of a programme keeps its days of rest and its last day. Raises BookingNotFound, NotMovable,
    ProgrammeNotKept, UnknownTreatment, UnknownPractitioner, SlotNotOffered, SlotTaken.
    """
    booked = read_booking(booking_id, link_version)
    wish = make_wish(catalogue, booked.treatment, practitioner or booked.practitioner, starts_at)
    with unit_of_work(wanted=starts_at) as session:
        row = check_link(lock_move(session, booking_id, wish.candidates), link_version)
        if row.state != "confirmed":
            raise NotMovable(row.state)
        if (row.starts_at, row.practitioner) == (starts_at, wish.candidates[0].slug):
            return as_booking(session, row)
        outcome = outcome_of_moving(from_snapshot(row.policy), _facts(session, row), now)
        if not outcome.allowed:
            raise NotMovable(outcome.why)
        _move_to(session, catalogue, row, wish, now=now)
        row.moves_made += 1
        if outcome.due_again_minor:
            add_entry(session, f"kept:{row.id}:move:{row.moves_made}", row, "kept", outcome.due_again_minor, now=now)
        session.flush()
        return as_booking(session, row)


def move_by_practice(
    catalogue: Catalogue, booking_id: int, *, starts_at: datetime, practitioner: str, now: datetime
) -> Booking:
    """Move a visit ahead on the practice's side, whatever notice the rules ask of clients; what was paid moves along.

    It uses up none of the moves that the client has. Raises BookingNotFound, NotMovable, ProgrammeNotKept,
    UnknownTreatment, UnknownPractitioner, SlotNotOffered, SlotTaken.
    """
    wish = make_wish(catalogue, get_booking(booking_id).treatment, practitioner, starts_at)
    with unit_of_work(wanted=starts_at) as session:
        row = lock_move(session, booking_id, wish.candidates)
        if row.state != "confirmed" or row.starts_at <= now:
            raise NotMovable("started" if row.state == "confirmed" else row.state)
        if (row.starts_at, row.practitioner) != (starts_at, practitioner):
            _move_to(session, catalogue, row, wish, now=now)
        return as_booking(session, row)


def mark_visit(
    booking_id: int, mark: Literal["completed", "no_show"], *, now: datetime, seen: str | None = None
) -> Booking:
    """Say how a visit went, once it has begun; a mark can be corrected.

    Missed it is only after the minutes that the rules of the booking give somebody who is late. `seen` is the state
    that whoever marks it was shown: what somebody else has said in the meantime is not overruled unseen.
    Raises BookingNotFound, NotMarkable.
    """
    with unit_of_work() as session:
        row = get_locked(session, booking_id)
        marked: State = mark
        if row.state != marked:
            if row.state not in ("confirmed", "completed", "no_show") or now < row.starts_at:
                raise NotMarkable(row.state)
            if seen is not None and row.state != seen:
                raise NotMarkable("changed")
            if marked == "no_show" and now < missed_from(from_snapshot(row.policy), row.starts_at, row.ends_at):
                raise NotMarkable("late")
            set_state(row, marked, now=now)
        return as_booking(session, row)


def _facts(session: Session, row: BookingRow) -> BookingFacts:
    money = money_of(session, row.id)
    return BookingFacts(row.starts_at, money.paid_minor, row.moves_made, money.credit_minor, row.handed_at is not None)


def _cancel(session: Session, row: BookingRow, outcome: CancelOutcome, reason: str, *, now: datetime) -> None:
    set_state(row, "cancelled", now=now)
    drop_cells(session, [row.id])
    drop_preparations(session, row, now=now)
    if outcome.refund_minor:
        refund_booking(session, row, outcome.refund_minor, reason, now=now)
    as_credit = outcome.credit_minor + outcome.credit_again_minor
    if as_credit:
        given = as_credit - return_credit(session, row, as_credit, now=now)
        if given:
            add_entry(session, f"credit:{row.id}:cancelled", row, "credit_given", given, now=now)
    if outcome.kept_minor + outcome.fee_minor:
        kept = outcome.kept_minor + outcome.fee_minor
        add_entry(session, f"kept:{row.id}:cancelled", row, "kept", kept, now=now)
    _tell(session, row, "cancelled", now=now)


def _tell(session: Session, row: BookingRow, change: Literal["cancelled", "moved"], *, now: datetime) -> None:
    """Count the calendar entry up and have the client written to."""
    row.calendar_sequence += 1
    row.updated_at = now
    key = f"mail:{change}:{row.id}:{row.calendar_sequence}"
    enqueue(session, key, f"mail.{change}", {"booking": row.id}, now)
    if row.treatment == CALL:  # the practice was told of it by mail, and nobody comes who could be missed
        enqueue(session, f"mail:call-note:{row.id}:{row.calendar_sequence}", "mail.call_note", {"booking": row.id}, now)


def _move_to(session: Session, catalogue: Catalogue, row: BookingRow, wish: Wish, *, now: datetime) -> None:
    """Give the locked booking's time back and take the wished one, and have the client told."""
    _keep_programme(session, row, day_of(catalogue.rules.zone, wish.starts_at), catalogue.rules.zone)
    wish = replace(wish, treatment=_as_sold(wish.treatment, row))
    person, room = settle(session, catalogue, wish, now=now, own_booking=row.id)
    drop_cells(session, [row.id])
    left = BookingMoveRow(booking_id=row.id, practitioner=row.practitioner, starts_at=row.starts_at, moved_at=now)
    session.add(left)
    _place(row, wish, person, room)
    keep_preparations(session, row, now=now)
    _tell(session, row, "moved", now=now)
    session.flush()
    add_cells(session, row)


def _place(row: BookingRow, wish: Wish, person: str, room: str | None) -> None:
    row.practitioner, row.room, visit = person, room, wish.visit
    row.starts_at, row.ends_at = visit.at.starts_at, visit.at.ends_at
    row.busy_from, row.busy_until = visit.busy.starts_at, visit.busy.ends_at


def _keep_programme(session: Session, row: BookingRow, day: date, zone: str) -> None:
    """Raise ProgrammeNotKept when the visit may not move to the local date `day`."""
    if row.programme_id is None:
        return
    # locked, so that two of its visits cannot move towards each other at once
    programme = session.get_one(ProgrammeRow, row.programme_id, with_for_update=True)
    others = [
        day_of(zone, visit.starts_at)
        for visit in visits_of(session, programme.id)
        if visit.id != row.id and visit.state in LIVE_STATES
    ]
    spacing = Spacing(programme.min_days, programme.max_days)
    fault = move_fault(spacing, others, day, valid_until=programme.valid_until)
    if fault is not None:
        raise ProgrammeNotKept(fault)


def _as_sold(treatment: Treatment, row: BookingRow) -> Treatment:
    """The treatment with the length and buffers that the booking was sold with."""
    minute = timedelta(minutes=1)
    return replace(
        treatment,
        minutes=row.minutes,
        first_visit_minutes=0,
        buffer_before=(row.starts_at - row.busy_from) // minute,
        buffer_after=(row.busy_until - row.ends_at) // minute,
        audience="all",
    )
