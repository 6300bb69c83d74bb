"""The client's details on a hold, and reading a booking by its link."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.queries.bookings import as_booking, check_link, get_by_id, get_by_reference, get_own_hold, payable_ids
from app.db.queries.clients import count_missed
from app.db.tables import BookingReasonRow, BookingRow, DepositRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.attendee import Attendee, check_attendee
from app.domain.availability import LONGEST_BUSY
from app.domain.booking import Booking, ClientDetails, Reason
from app.domain.hold import HOLD_MINUTES, SITTING, extended_until
from app.domain.home_visits import in_reach, read_postcode
from app.domain.policy import ClientFacts, due_now, missed_since
from app.domain.policy_snapshot import from_snapshot
from app.domain.refusals import OutOfReach, PhoneOnly
from app.domain.retention import record_until
from app.domain.spans import Span

#: How Stripe writes the id of a session. Anything else never came from there, and may not even be text to a database.
_SESSION_ID = re.compile(r"[A-Za-z0-9_]{1,255}")


def record_details(
    visitor: str,
    details: ClientDetails,
    reason: Reason,
    *,
    gate_version: str,
    gate_passed_at: datetime,
    now: datetime,
) -> Booking:
    """Write who comes and why on the visitor's hold, on each visit of a programme, and give it ten fresh minutes.

    What is due now is settled here, by the rules the time was held under: only now is it known who comes. The reason
    is stored encrypted and apart. Raises NoHold, or HoldExpired when the time is not theirs any more; a hold that ran
    out but was not given away is still theirs. Raises PhoneOnly where the rules say so, OutOfReach for a home that is
    not visited, and TooYoung or GuardianMissing by the age rule; nothing is written then.
    """
    with unit_of_work() as session:
        rows = get_own_hold(session, visitor, now=now)
        for row in rows:
            _write(session, row, details, now=now)
            row.gate_version, row.gate_passed_at = gate_version, gate_passed_at
            _keep_reason(session, row, reason)
        session.flush()
        return as_booking(session, rows[0])


def write_client(row: BookingRow, details: ClientDetails, *, now: datetime) -> None:
    """Write who books, and who comes, on a hold that is not theirs yet.

    Raises OutOfReach for a home that is not visited, and TooYoung or GuardianMissing by the age rule.
    """
    row.client_name = details.name
    row.client_email = details.email
    row.client_phone = details.phone
    row.client_returning = details.returning
    row.client_address = _home(row, details)
    _keep_attendee(row, details.attendee, now=now)
    row.updated_at = now


def _write(session: Session, row: BookingRow, details: ClientDetails, *, now: datetime) -> None:
    write_client(row, details, now=now)
    if row.hold_until is not None:
        row.hold_until = extended_until(row.created_at, row.hold_until, now, HOLD_MINUTES)
    _settle_deposit(session, row, now=now)


def _home(row: BookingRow, details: ClientDetails) -> str | None:
    """Where the visit goes; its last line is the postcode. Only kept for a visit at home."""
    if not row.at_home:
        return None
    postcode = read_postcode((details.address or "").rpartition("\n")[2])
    if postcode is None or not in_reach(from_snapshot(row.policy).home_visits, postcode):
        raise OutOfReach
    return details.address


def _keep_attendee(row: BookingRow, attendee: Attendee | None, *, now: datetime) -> None:
    """Who comes, when it is not whoever books. Judged by the age rule the time was held under."""
    check_attendee(from_snapshot(row.policy).age, attendee)
    row.attendee_name = attendee.name if attendee else None
    row.attendee_age = attendee.age if attendee else None
    row.guardian_agreed_at = now if attendee and attendee.guardian_agrees else None


def _settle_deposit(session: Session, row: BookingRow, *, now: datetime) -> None:
    """What this client pays now. A payment that is under way keeps its amount."""
    if not row.policy or payable_ids(session, [row.id]):
        return
    policy = from_snapshot(row.policy)
    missed = count_missed(session, row.client_email or "", since=missed_since(policy, now))
    due = due_now(policy, row.price_minor, ClientFacts(row.client_returning, missed))
    if due.by_phone:
        raise PhoneOnly
    row.deposit_minor = due.amount_minor


def _keep_reason(session: Session, row: BookingRow, reason: Reason) -> None:
    answers = {
        "area": reason.area,
        "aim": reason.aim,
        "note": reason.note,
        "origin": reason.origin,
    }
    kept = session.get(BookingReasonRow, row.id)
    if kept is None:
        kept = BookingReasonRow(booking_id=row.id)
        session.add(kept)
    kept.answers = {name: value for name, value in answers.items() if value}
    kept.delete_after = record_until(row.ends_at)


def read_booking(booking_id: int, link_version: int) -> Booking:
    """The booking a link names. Raises BookingNotFound when there is none, or the link was revoked."""
    with reading() as session:
        return as_booking(session, check_link(get_by_id(session, booking_id), link_version))


def get_booking(booking_id: int) -> Booking:
    """The booking with this id, for work that was started by one (mails). Raises BookingNotFound."""
    with reading() as session:
        return as_booking(session, get_by_id(session, booking_id))


def read_reference(reference: str) -> Booking:
    """The booking with this reference, written as we write it. Raises BookingNotFound."""
    with reading() as session:
        return as_booking(session, get_by_reference(session, reference))


def list_visits(window: Span) -> list[Booking]:
    """What was booked to begin in `window`, calls too, in order of time; without what was cancelled."""
    wanted = select(BookingRow).where(
        BookingRow.state.in_(("confirmed", "completed", "no_show")),
        BookingRow.starts_at >= window.starts_at,
        BookingRow.starts_at < window.ends_at,
        BookingRow.busy_from.between(window.starts_at - LONGEST_BUSY, window.ends_at),  # what the index is ordered by
    )
    with reading() as session:
        rows = session.scalars(wanted.order_by(BookingRow.starts_at, BookingRow.id))
        return [as_booking(session, row) for row in rows]


def find_booking_of(visitor: str, session_id: str | None, *, now: datetime) -> Booking | None:
    """The booking that this visitor pays for with `session_id`; without a possible one, the newest of this sitting.

    Never anybody else's, as far as a browser can tell: who sits before it later may be another person.
    """
    wanted = select(BookingRow).where(BookingRow.visitor == visitor).order_by(BookingRow.id.desc()).limit(1)
    if session_id is None or not _SESSION_ID.fullmatch(session_id):
        wanted = wanted.where(BookingRow.created_at > now - SITTING)
    else:
        wanted = wanted.join(DepositRow, DepositRow.booking_id == BookingRow.id)
        wanted = wanted.where(DepositRow.session_id == session_id)
    with reading() as session:
        row = session.scalars(wanted).first()
        return as_booking(session, row) if row is not None else None


def find_booked(visitor: str, starts_at: datetime) -> Booking | None:
    """The visit at `starts_at` (UTC) that this visitor has booked in this browser, if any."""
    wanted = select(BookingRow).where(
        BookingRow.visitor == visitor, BookingRow.state == "confirmed", BookingRow.starts_at == starts_at
    )
    with reading() as session:
        row = session.scalars(wanted).first()
        return as_booking(session, row) if row is not None else None


def read_reason(booking_id: int) -> Reason:
    """Why the client comes; empty when nothing was said or it was deleted."""
    with reading() as session:
        row = session.get(BookingReasonRow, booking_id)
        return Reason(**row.answers) if row is not None else Reason()
