"""What a visitor has typed so far in the booking form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, EncryptedJSON


class DraftRow(Base):
    """One visitor's answers, encrypted, keyed by the digest of the visitor's cookie; deleted within 30 days."""

    __tablename__ = "draft"

    visitor: Mapped[str] = mapped_column(String(64), primary_key=True)
    answers: Mapped[Any] = mapped_column(EncryptedJSON)
    updated_at: Mapped[datetime] = mapped_column(index=True)
