"""Who waits for a time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, EncryptedJSON, Id, Slug


class WaitlistEntryRow(Base):
    """One person's place in the line; it goes when they leave, or after the last day that suits them.

    `asker` is the digest of the browser that asked, `visitor` that of the link which is sent: offers are its holds.
    `key` is what the link names. `offered_start` is the time that is offered now. `passed` lists those that were.
    """

    __tablename__ = "waitlist_entry"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(32), unique=True)
    visitor: Mapped[str] = mapped_column(String(64), unique=True)
    asker: Mapped[str] = mapped_column(String(64), unique=True)
    treatment: Mapped[Slug]
    practitioner: Mapped[str | None] = mapped_column(String(80))
    weekdays: Mapped[list[int]] = mapped_column(JSON)
    parts: Mapped[list[str]] = mapped_column(JSON)
    until: Mapped[date] = mapped_column(index=True)
    answers: Mapped[Any] = mapped_column(EncryptedJSON)
    passed: Mapped[list[str]] = mapped_column(JSON)
    offered_start: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
