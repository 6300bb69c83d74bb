"""Deposits, their refunds and the events Stripe told us about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id

LIVE = "state IN ('creating', 'open', 'processing', 'paid')"


class DepositRow(Base):
    """One attempt to collect a deposit. Committed, with its key, before the provider is asked for anything."""

    __tablename__ = "deposit"

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    attempt_no: Mapped[int]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    livemode: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    idem_key: Mapped[str] = mapped_column(String(80), unique=True)
    session_expires_at: Mapped[datetime]
    session_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    session_url: Mapped[str | None] = mapped_column(Text)
    pi_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    charge_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    tries: Mapped[int] = mapped_column(default=0)
    check_after: Mapped[datetime]
    problem: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(
            "state IN ('creating', 'open', 'processing', 'paid', 'failed', 'expired', 'paid_conflict')",
            name="known_state",
        ),
        Index(
            "uq_deposit_live_booking",
            "booking_id",
            unique=True,
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
        Index("ix_deposit_check", "state", "check_after"),
    )


class DepositShareRow(Base):
    """Which part of a deposit is for which visit of a programme. A deposit of one booking alone has none."""

    __tablename__ = "deposit_share"

    deposit_id: Mapped[int] = mapped_column(ForeignKey("deposit.id"), primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True, index=True)
    amount_minor: Mapped[int]

    __table_args__ = (CheckConstraint("amount_minor >= 0", name="amount"),)


class RefundRow(Base):
    """Money on its way back: a ledger row beside the deposit, which itself stays paid.

    `booking_id` is the visit that it is for. A refund that someone made at the provider names none when the deposit
    paid for several.
    """

    __tablename__ = "refund"

    id: Mapped[Id]
    deposit_id: Mapped[int] = mapped_column(ForeignKey("deposit.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(16))
    idem_key: Mapped[str] = mapped_column(String(80), unique=True)
    refund_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    tries: Mapped[int] = mapped_column(default=0)
    check_after: Mapped[datetime]
    problem: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(
            "state IN ('requested', 'pending', 'requires_action', 'succeeded', 'failed', 'canceled')",
            name="known_state",
        ),
        Index("ix_refund_check", "state", "check_after"),
    )


class StripeEventRow(Base):
    """A verified event, stored once and before it is answered. The body itself is not kept: it may hold names."""

    __tablename__ = "stripe_event"

    id: Mapped[Id]
    event_id: Mapped[str] = mapped_column(String(255), unique=True)
    type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(255))
    object_kind: Mapped[str] = mapped_column(String(40))
    payment_intent_id: Mapped[str | None] = mapped_column(String(255))
    api_version: Mapped[str | None] = mapped_column(String(40))
    livemode: Mapped[bool]
    created: Mapped[datetime]
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
    check_after: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(String(80))

    __table_args__ = (
        Index(
            "ix_stripe_event_inbox",
            "check_after",
            sqlite_where=text("processed_at IS NULL"),
            postgresql_where=text("processed_at IS NULL"),
        ),
    )
