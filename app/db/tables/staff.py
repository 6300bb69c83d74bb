"""People of the practice who sign in, their sittings and links, and whose health answers they opened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, EncryptedJSON, Id


class StaffRow(Base):
    """One person. `email` is in small letters; `password` an argon2id hash, None until one is chosen.

    `factor` is the secret of the second factor, which counts from `factor_at` on; `factor_step` the last step of time
    whose code was used; `new_factor` one that is being set up. Someone who left has `removed_at`, and stays for the
    access record.
    """

    __tablename__ = "staff"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str | None] = mapped_column(String(200))
    factor: Mapped[Any | None] = mapped_column(EncryptedJSON)
    factor_at: Mapped[datetime | None]
    factor_step: Mapped[int | None]
    new_factor: Mapped[Any | None] = mapped_column(EncryptedJSON)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("role IN ('therapist', 'desk')", name="known_role"),)


class StaffLinkRow(Base):
    """A mailed link to choose a password: once, and not after `ends_at`. The mail's token is a signature of `id`."""

    __tablename__ = "staff_link"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("purpose IN ('welcome', 'forgot')", name="known_purpose"),)


class StaffSittingRow(Base):
    """One browser that is signed in, or half-way there. `digest` stands for the cookie's random token.

    `network` is the keyed digest of where it is, `device` a browser in words. `fresh_codes` holds new recovery codes
    until they were written down. A sitting that was ended has `ended_at`, and stays so that its network is known.
    `unsent` is what was written into a form and sent after the sitting was over, until `unsent_until`.
    """

    __tablename__ = "staff_sitting"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    stage: Mapped[str] = mapped_column(String(8))
    network: Mapped[str | None] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(80))
    fresh_codes: Mapped[Any | None] = mapped_column(EncryptedJSON)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    unsent: Mapped[Any | None] = mapped_column(EncryptedJSON)
    unsent_until: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("stage IN ('code', 'factor', 'full')", name="known_stage"),)


class StaffCodeRow(Base):
    """A recovery code, as its keyed digest; each works once."""

    __tablename__ = "staff_code"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class StaffTryRow(Base):
    """Wrong tries in a row. `key` is a keyed digest of an account or a network; nobody need exist behind it."""

    __tablename__ = "staff_try"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    wrong: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(index=True)


class StaffAccessRow(Base):
    """Someone opened the health answers of a booking, or (without `booking_id`) a question from the website, which may
    tell of somebody's health too. It outlives what was opened, so it repeats the reference: "Q12" for a question.
    """

    __tablename__ = "staff_access"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(index=True)
