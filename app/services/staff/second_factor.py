"""The second factor: a code of six figures that an app shows (TOTP, RFC 6238), or a recovery code from paper."""

from __future__ import annotations

import secrets
from datetime import datetime

import pyotp
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.queries.staff import end_sittings, locked_staff
from app.db.tables import StaffCodeRow, StaffRow, StaffSittingRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.refusals import StaffNotFound
from app.domain.staff import CODE_LENGTH, CODE_SIGNS, LONGEST_IDLE, RECOVERY_CODES, read_code
from app.services.staff.keys import StaffKeys
from app.services.staff.notes import tell_changed
from app.services.staff.sittings import Opened, Place, open_sitting
from app.services.staff.tries import begin_try, forget_tries, own_counter

log = structlog.get_logger("staff")

STEP_S = 30
#: Clocks of phones go wrong by less than one step.
STEPS_EITHER_WAY = 1


class FactorSecret:
    """The secret to set up in an app: `key` as text for typing, `address` for its QR code. Not told in its repr."""

    def __init__(self, secret: str, *, email: str, practice: str) -> None:
        self.key = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        self.address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=practice)


def prepare_factor(staff: StaffRow) -> None:
    """A new secret for someone who is about to set a second factor up; it counts when a code of it was typed."""
    staff.new_factor = pyotp.random_base32()


def begin_new_phone(staff_id: int) -> None:
    """Someone who is signed in, and gave their password once more, connects another phone. The old one works till then.

    Raises StaffNotFound.
    """
    with unit_of_work() as session:
        prepare_factor(_present(session, staff_id))


def read_new_factor(staff_id: int, *, practice: str) -> FactorSecret:
    """The secret that this person is setting up. Raises StaffNotFound when they are not: no other is ever shown."""
    with reading() as session:
        staff = _present(session, staff_id)
        if staff.new_factor is None:
            raise StaffNotFound
        return FactorSecret(str(staff.new_factor), email=staff.email, practice=practice)


def confirm_factor(
    keys: StaffKeys, staff_id: int, code: str, place: Place, *, now: datetime
) -> Opened | datetime | None:
    """From now on the codes of this app are asked for, and of no other: every sitting ends, a new one begins here.

    It has fresh recovery codes to write down. None when the code is wrong, the instant to wait for after too many.
    Raises StaffNotFound when nothing is being set up.
    """
    with unit_of_work() as session:
        staff = _present(session, staff_id)
        if staff.new_factor is None:
            raise StaffNotFound
        counter = own_counter(keys, "code", staff_id)
        until = begin_try(session, (counter,), now=now)
        if until is not None:
            return until
        step = _step_of(staff.new_factor, code, now=now)
        if step is None:
            return None
        if staff.factor_at is not None:
            tell_changed(session, staff_id, "phone", now=now)
        staff.factor, staff.new_factor, staff.factor_at, staff.factor_step = staff.new_factor, None, now, step
        forget_tries(session, (counter,))
        end_sittings(session, staff_id, now=now)
        opened = open_sitting(session, keys, staff, "full", place, now=now)
        session.flush()
        _give_codes(session, keys, staff, _sitting(session, keys, opened))
    log.info("second factor set up", staff=staff_id)
    return opened


def check_code(
    keys: StaffKeys, staff_id: int, sitting_id: int, code: str, place: Place, *, now: datetime
) -> Opened | datetime | None:
    """Finish signing in with a code of the app or a recovery code: a new sitting, in place of the half-way one.

    None when the code is wrong or was used before, the instant to wait for after too many.
    """
    with unit_of_work() as session:
        staff = locked_staff(session, staff_id)
        if staff is None or staff.factor_at is None:
            raise StaffNotFound
        counter = own_counter(keys, "code", staff_id)
        until = begin_try(session, (counter,), now=now)
        if until is not None:
            return until
        way = _accept(session, keys, staff, code, now=now)
        if way is not None:
            forget_tries(session, (counter,))
            opened = _signed_in(session, keys, staff, sitting_id, place, now=now)
    if way is None:
        log.warning("wrong code", staff=staff_id)
        return None
    log.info("signed in", staff=staff_id, by=way)
    return opened


def renew_codes(keys: StaffKeys, staff_id: int, sitting_id: int) -> None:
    """New recovery codes, to be written down in this sitting; the old ones work no more."""
    with unit_of_work() as session:
        staff = locked_staff(session, staff_id)
        if staff is None or staff.factor_at is None:
            raise StaffNotFound
        _give_codes(session, keys, staff, session.get_one(StaffSittingRow, sitting_id))
    log.info("recovery codes renewed", staff=staff_id)


def count_codes(staff_id: int) -> int | None:
    """How many recovery codes this person has left; None for someone without a second factor."""
    unused = select(func.count()).select_from(StaffCodeRow).where(StaffCodeRow.used_at.is_(None))
    with reading() as session:
        staff = session.get(StaffRow, staff_id)
        if staff is None or staff.factor_at is None:
            return None
        return session.scalar(unused.where(StaffCodeRow.staff_id == staff_id)) or 0


def _present(session: Session, staff_id: int) -> StaffRow:
    staff = locked_staff(session, staff_id)
    if staff is None:
        raise StaffNotFound
    return staff


def _accept(session: Session, keys: StaffKeys, staff: StaffRow, code: str, *, now: datetime) -> str | None:
    """Use a code up; the kind it is of, None when it is not accepted."""
    step = _step_of(staff.factor, code, now=now)
    if step is not None:
        if step <= (staff.factor_step or 0):
            return None  # somebody has read it over a shoulder
        staff.factor_step = step
        return "code"
    wanted = select(StaffCodeRow).where(
        StaffCodeRow.staff_id == staff.id,
        StaffCodeRow.digest == keys.digest("code", staff.id, read_code(code)),
        StaffCodeRow.used_at.is_(None),
    )
    row = session.scalars(wanted.with_for_update()).first()
    if row is None:
        return None
    row.used_at = now
    return "recovery code"


def _step_of(secret: str | None, code: str, *, now: datetime) -> int | None:
    """Which step of time a code is of; the newest where two are the same."""
    if secret is None:
        return None
    typed, app = read_code(code), pyotp.TOTP(secret, interval=STEP_S)
    this = int(now.timestamp()) // STEP_S
    found = None
    for step in range(this - STEPS_EITHER_WAY, this + STEPS_EITHER_WAY + 1):
        if secrets.compare_digest(app.generate_otp(step).encode(), typed.encode()):
            found = step
    return found


def _signed_in(
    session: Session, keys: StaffKeys, staff: StaffRow, sitting_id: int, place: Place, *, now: datetime
) -> Opened:
    half_way = session.get_one(StaffSittingRow, sitting_id, with_for_update=True)
    half_way.ended_at = now
    if not _sits(session, staff.id, now=now):
        staff.new_factor = None  # whoever began to connect another phone gave that up: its key must not lie open
    return open_sitting(session, keys, staff, "full", place, now=now)


def _sits(session: Session, staff_id: int, *, now: datetime) -> bool:
    """Whether this person is signed in anywhere."""
    going = select(StaffSittingRow.id).where(
        StaffSittingRow.staff_id == staff_id,
        StaffSittingRow.stage == "full",
        StaffSittingRow.ended_at.is_(None),
        StaffSittingRow.ends_at > now,
        StaffSittingRow.seen_at > now - LONGEST_IDLE,
    )
    return session.scalar(going.limit(1)) is not None


def _sitting(session: Session, keys: StaffKeys, opened: Opened) -> StaffSittingRow:
    digest = keys.digest("sitting", opened.token)
    return session.scalars(select(StaffSittingRow).where(StaffSittingRow.digest == digest)).one()


def _give_codes(session: Session, keys: StaffKeys, staff: StaffRow, sitting: StaffSittingRow) -> None:
    for row in session.scalars(select(StaffCodeRow).where(StaffCodeRow.staff_id == staff.id)):
        session.delete(row)
    codes = ["".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    session.add_all(StaffCodeRow(staff_id=staff.id, digest=keys.digest("code", staff.id, code)) for code in codes)
    sitting.fresh_codes = ["-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4)) for code in codes]
