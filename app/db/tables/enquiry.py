"""Questions of people who have not booked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, EncryptedJSON, Id


class EnquiryRow(Base):
    """One question with who asks and what it is about, all of it encrypted; deleted after `delete_after`.

    `key` is the same for a form that was sent twice. `settled_at` and `settled_by` are set when nobody need answer (any
    more), for example after a phone call.
    """

    __tablename__ = "enquiry"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    answers: Mapped[Any] = mapped_column(EncryptedJSON)
    created_at: Mapped[datetime]
    delete_after: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class EnquiryMessageRow(Base):
    """What was written back and forth about a question, encrypted; it goes with the question.

    `sender` is "practice" or "client". What the practice wrote was sent by mail; `written_by` is who of its people
    sent it, or kept what the client wrote.
    """

    __tablename__ = "enquiry_message"

    id: Mapped[Id]
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id", ondelete="CASCADE"), index=True)
    sender: Mapped[str] = mapped_column(String(8))
    words: Mapped[Any] = mapped_column(EncryptedJSON)
    created_at: Mapped[datetime]
    written_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (CheckConstraint("sender IN ('practice', 'client')", name="known_sender"),)
