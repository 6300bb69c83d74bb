"""Bookings and holds (one table, one life), the cells that make overlaps impossible, and the private reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.db.base import Base, EncryptedJSON, Id, Slug
from app.domain.ledger import owner_of

#: Said in words, as the partial indexes have them. A parameter in place of the state would decide whether such an index
#: may be used, so that SQLite plans the statement anew each time it is asked: five times its price.
LIVE = "state IN ('held', 'confirmed', 'completed', 'no_show')"
HELD = "state = 'held'"


class BookingRow(Base):
    """A hold or a booking. `busy_from`..`busy_until` is the visit with its buffers, `starts_at`..`ends_at` without.

    `client_owner` is the client's address as it is compared (`domain.ledger.owner_of`), and follows it by itself.
    A visit of a programme names it. `lead_id` is the booking whose deposit pays for this one as well; the lead itself
    and every single booking have none.
    """

    __tablename__ = "booking"

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    visitor: Mapped[str | None] = mapped_column(String(64))
    network: Mapped[str | None] = mapped_column(String(64))
    practitioner: Mapped[Slug]
    room: Mapped[str | None] = mapped_column(String(80))
    treatment: Mapped[Slug]
    treatment_name: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    busy_from: Mapped[datetime]
    busy_until: Mapped[datetime]
    hold_until: Mapped[datetime | None]
    price_minor: Mapped[int]
    deposit_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    policy: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    client_name: Mapped[str | None] = mapped_column(String(100))
    client_email: Mapped[str | None] = mapped_column(String(254))
    client_owner: Mapped[str | None] = mapped_column(String(254))
    client_phone: Mapped[str | None] = mapped_column(String(32))
    client_returning: Mapped[bool] = mapped_column(default=False)
    client_address: Mapped[str | None] = mapped_column(String(300))
    attendee_name: Mapped[str | None] = mapped_column(String(100))
    attendee_age: Mapped[int | None]
    guardian_agreed_at: Mapped[datetime | None]
    at_home: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    gate_version: Mapped[str | None] = mapped_column(String(20))
    gate_passed_at: Mapped[datetime | None]
    policy_accepted_at: Mapped[datetime | None]
    link_version: Mapped[int] = mapped_column(default=1)
    calendar_sequence: Mapped[int] = mapped_column(default=0)
    moves_made: Mapped[int] = mapped_column(default=0, server_default="0")
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"))
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    handed_at: Mapped[datetime | None]

    reason: Mapped[BookingReasonRow | None] = relationship(back_populates="booking", cascade="all, delete-orphan")
    cells: Mapped[list[BookingCellRow]] = relationship(back_populates="booking", cascade="all, delete-orphan")

    __table_args__ = (
        CheckConstraint(
            "busy_from <= starts_at AND starts_at < ends_at AND ends_at <= busy_until", name="times_in_order"
        ),
        CheckConstraint("price_minor >= 0 AND deposit_minor >= 0 AND deposit_minor <= price_minor", name="money"),
        CheckConstraint(
            "state IN ('held', 'confirmed', 'released', 'cancelled', 'completed', 'no_show')", name="known_state"
        ),
        CheckConstraint("state <> 'held' OR hold_until IS NOT NULL", name="hold_ends"),
        # the diary reads live bookings of a window, of everybody at once: answered from this index alone
        Index(
            "ix_booking_live",
            "busy_from",
            "busy_until",
            "practitioner",
            "room",
            "minutes",
            "state",
            "hold_until",
            "id",
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
        Index(
            "ix_booking_held",
            "hold_until",
            sqlite_where=text(HELD),
            postgresql_where=text(HELD),
        ),
        Index(
            "ix_booking_released",
            "updated_at",
            sqlite_where=text("state = 'released'"),
            postgresql_where=text("state = 'released'"),
        ),
        Index(
            "ix_booking_missed",
            "starts_at",
            sqlite_where=text("state = 'no_show'"),
            postgresql_where=text("state = 'no_show'"),
        ),
        Index(
            "ix_booking_cancelled",
            "starts_at",
            sqlite_where=text("state = 'cancelled'"),
            postgresql_where=text("state = 'cancelled'"),
        ),
        Index(
            "ix_booking_programme",
            "programme_id",
            sqlite_where=text("programme_id IS NOT NULL"),
            postgresql_where=text("programme_id IS NOT NULL"),
        ),
        Index(
            "ix_booking_lead",
            "lead_id",
            sqlite_where=text("lead_id IS NOT NULL"),
            postgresql_where=text("lead_id IS NOT NULL"),
        ),
        Index("ix_booking_visitor", "visitor", "created_at"),
        Index("ix_booking_network", "network", "created_at"),
        Index("ix_booking_client_owner", "client_owner"),
    )

    @validates("client_email")
    def _follow(self, _key: str, email: str | None) -> str | None:
        self.client_owner = None if email is None else owner_of(email)
        return email


class BookingCellRow(Base):
    """Five minutes of one practitioner that belong to one live booking. The primary key is the guarantee."""

    __tablename__ = "booking_cell"

    practitioner: Mapped[Slug] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)

    booking: Mapped[BookingRow] = relationship(back_populates="cells")


class RoomCellRow(Base):
    """Five minutes of one room that belong to one live booking: the same guarantee for rooms that people share."""

    __tablename__ = "room_cell"

    room: Mapped[Slug] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)


class BookingMoveRow(Base):
    """Where a visit stood before it was moved: the day that it left still tells of it."""

    __tablename__ = "booking_move"

    id: Mapped[Id]
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    practitioner: Mapped[Slug]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    moved_at: Mapped[datetime]


class BookingReasonRow(Base):
    """Why someone comes: health data once tied to a name. Encrypted, apart, and deleted after `delete_after`."""

    __tablename__ = "booking_reason"

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    answers: Mapped[Any] = mapped_column(EncryptedJSON)
    delete_after: Mapped[datetime]

    booking: Mapped[BookingRow] = relationship(back_populates="reason")
