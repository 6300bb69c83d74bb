"""Signing in with a password. Unknown addresses, wrong passwords and people who left get one answer in one time."""

from __future__ import annotations

from datetime import datetime

import structlog

from app.db.queries.staff import end_links, end_sittings, locked_staff, staff_by_email
from app.db.unit_of_work import unit_of_work
from app.domain.staff import EXAMPLE_EMAIL, Stage
from app.services.staff.keys import StaffKeys
from app.services.staff.notes import tell_changed
from app.services.staff.passwords import fits, hash_password, is_outdated
from app.services.staff.second_factor import prepare_factor
from app.services.staff.sittings import Opened, Place, open_sitting
from app.services.staff.tries import begin_try, counters_for, forget_tries, own_counter

log = structlog.get_logger("staff")


def check_password(
    keys: StaffKeys, email: str, password: str, place: Place, *, examples: bool, now: datetime
) -> Opened | datetime | None:
    """Begin a sitting: one that waits for the code, or for a second factor where none is set up yet.

    None when address or password is wrong; the instant to wait for after too many tries. `examples` lets the example
    account in, without a second factor: never in production.
    """
    email = email.strip().lower()
    with unit_of_work() as session:
        staff = staff_by_email(session, email)  # locked before what counts their tries, as everywhere
        counters = counters_for(session, keys, email, place.network, now=now)
        until = begin_try(session, counters, now=now)
        known = staff is not None and staff.removed_at is None and (examples or email != EXAMPLE_EMAIL)
        staff_id, kept = (staff.id, staff.password) if staff is not None and known else (None, None)
    if until is not None:
        return until
    if not fits(password, kept) or staff_id is None or kept is None:
        log.warning("wrong password", staff=staff_id)
        return None
    renewed = hash_password(password) if is_outdated(kept) else kept
    with unit_of_work() as session:
        staff = locked_staff(session, staff_id)
        if staff is None or staff.password != kept:  # removed, or changed meanwhile
            return None
        staff.password = renewed
        forget_tries(session, counters)
        stage: Stage = "code" if staff.factor_at is not None else "full" if email == EXAMPLE_EMAIL else "factor"
        if stage == "factor":
            prepare_factor(staff)
        opened = open_sitting(session, keys, staff, stage, place, now=now)
    log.info("password right", staff=staff_id, stage=stage)
    return opened


def change_password(
    keys: StaffKeys, staff_id: int, old: str, new: str, place: Place, *, now: datetime
) -> Opened | datetime | None:
    """Change the password of someone who is signed in: every sitting ends, and a new one begins here.

    None when `old` is wrong; the instant to wait for after too many tries.
    """
    if (kept := confirm_password(keys, staff_id, old, now=now)) is None or isinstance(kept, datetime):
        return kept
    changed = hash_password(new)
    with unit_of_work() as session:
        staff = locked_staff(session, staff_id)
        if staff is None or staff.password != kept:
            return None
        staff.password = changed
        end_links(session, staff_id, now=now)
        end_sittings(session, staff_id, now=now)
        tell_changed(session, staff_id, "password", now=now)
        opened = open_sitting(session, keys, staff, "full", place, now=now)
    log.info("password changed", staff=staff_id)
    return opened


def confirm_password(keys: StaffKeys, staff_id: int, password: str, *, now: datetime) -> str | datetime | None:
    """Ask somebody who is signed in once more: the hash they were held against, as a proof of what counted then.

    None when it is wrong; the instant to wait for after too many tries.
    """
    counter = own_counter(keys, "password", staff_id)
    with unit_of_work() as session:
        staff = locked_staff(session, staff_id)
        kept = staff.password if staff is not None else None
        until = begin_try(session, (counter,), now=now)
    if until is not None:
        return until
    if not fits(password, kept):
        log.warning("wrong password when signed in", staff=staff_id)
        return None
    with unit_of_work() as session:
        forget_tries(session, (counter,))
    return kept
