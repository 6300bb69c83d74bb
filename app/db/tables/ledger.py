"""The ledger beside payments and refunds: what is credit, what was kept, what is disputed. Rows are only added."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id


class LedgerEntryRow(Base):
    """One entry; `domain.ledger` says what each kind's sign means. `key` makes a repeated cause harmless.

    `owner` is whose credit an entry changes: their e-mail address in small letters. `deposit_id` and `stripe_id` are
    of the payment that is disputed and of its dispute.
    """

    __tablename__ = "ledger_entry"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(300), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    owner: Mapped[str | None] = mapped_column(String(254))
    deposit_id: Mapped[int | None] = mapped_column(ForeignKey("deposit.id"), index=True)
    stripe_id: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('credit_given', 'credit_used', 'credit_returned', 'kept', 'dispute_inquiry', 'inquiry_closed',"
            " 'dispute_opened', 'dispute_won', 'dispute_prevented', 'dispute_lost')",
            name="known_kind",
        ),
        CheckConstraint("kind NOT LIKE 'credit%' OR owner IS NOT NULL", name="credit_is_somebodys"),
        Index("ix_ledger_entry_owner", "owner"),
    )
