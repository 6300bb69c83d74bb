"""Mailed links to choose a password: the first one, and after it was forgotten. Each works once, and not for long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import structlog
from sqlalchemy.orm import Session

from app.db.queries.staff import (
    count_usable_links,
    end_links,
    end_sittings,
    staff_by_email,
    usable_link,
)
from app.db.tables import StaffLinkRow, StaffRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.refusals import StaffLinkGone
from app.domain.staff import LINK_LIFE, Purpose, Staff
from app.services.staff.keys import StaffKeys, stamp
from app.services.staff.notes import tell_changed
from app.services.staff.passwords import hash_password
from app.services.staff.second_factor import prepare_factor
from app.services.staff.sittings import Opened, Place, as_staff, open_sitting
from app.services.staff.tries import forget_tries, password_counters
from app.services.upkeep.outbox import enqueue

log = structlog.get_logger("staff")

#: Links of one person that may be used at one time. Nobody gets a heap of mails.
MOST_LINKS = 3


@dataclass(frozen=True, slots=True)
class LinkFound:
    """Whose password a link chooses, what for, when it was made, and until when it may be used."""

    staff: Staff
    purpose: Purpose
    made_at: datetime
    ends_at: datetime


def mail_link(session: Session, staff: StaffRow, purpose: Purpose, *, now: datetime) -> datetime:
    """Have a link sent, inside the caller's unit of work. Returns when it ends.

    Earlier ones still work: nobody can spoil a link by asking for another.
    """
    link = StaffLinkRow(staff_id=staff.id, purpose=purpose, created_at=now, ends_at=now + LINK_LIFE[purpose])
    session.add(link)
    session.flush()
    enqueue(session, f"staff_link:{link.id}:{stamp(now)}", "mail.staff_link", {"link": link.id}, now)
    return link.ends_at


def ask_for_link(email: str, *, now: datetime) -> None:
    """Have a link sent to who has this address, if somebody has and has not had several: the caller is not told."""
    with unit_of_work() as session:
        staff = staff_by_email(session, email)
        if staff is None or staff.removed_at is not None:
            return
        if count_usable_links(session, staff.id, now=now) < MOST_LINKS:
            mail_link(session, staff, "forgot", now=now)
            log.info("link asked for", staff=staff.id)


def read_link(keys: StaffKeys, token: str, *, now: datetime) -> LinkFound:
    """What a mailed link is for; it stays usable. Raises StaffLinkGone."""
    link_id, made = keys.read_link(token)
    found = find_link(link_id, now=now)
    if stamp(found.made_at) != made:
        raise StaffLinkGone
    return found


def find_link(link_id: int, *, now: datetime) -> LinkFound:
    """As `read_link`, for whoever writes the mail."""
    with reading() as session:
        found = usable_link(session, link_id, now=now)
        if found is None:
            raise StaffLinkGone
        link, staff = found
        return LinkFound(as_staff(staff), cast(Purpose, link.purpose), link.created_at, link.ends_at)


def choose_password(keys: StaffKeys, token: str, password: str, place: Place, *, now: datetime) -> Opened | None:
    """Use a mailed link up: this password counts from now on, everyone is signed out, nobody waits with it.

    The sitting in which the second factor is set up; None for someone who has one, and signs in with it.
    The password was held against domain.staff.password_fault. Raises StaffLinkGone.
    """
    (link_id, made), kept = keys.read_link(token), hash_password(password)
    with unit_of_work() as session:
        found = usable_link(session, link_id, now=now)
        if found is None or stamp(found[0].created_at) != made:
            raise StaffLinkGone
        staff_id, staff, opened = found[1].id, found[1], None
        if staff.password is not None:
            tell_changed(session, staff_id, "password", now=now)
        staff.password = kept
        end_links(session, staff_id, now=now)
        end_sittings(session, staff_id, now=now)
        forget_tries(session, password_counters(keys, staff.email, place.network, staff_id))
        if staff.factor_at is None:
            prepare_factor(staff)
            opened = open_sitting(session, keys, staff, "factor", place, now=now)
    log.info("password chosen by link", staff=staff_id)
    return opened
