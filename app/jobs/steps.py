"""What the worker does, in order of urgency: mails first, housekeeping last."""

from __future__ import annotations

from datetime import datetime

from app.jobs.outbox import send_due
from app.jobs.tools import Tools
from app.jobs.worker import Step
from app.services.drafts import discard_old_drafts
from app.services.holds import forget_old_networks, release_expired_holds


def release_holds(_tools: Tools, now: datetime, limit: int) -> int:
    """Give back times whose hold ran out."""
    return release_expired_holds(now=now, limit=limit)


def forget_drafts(_tools: Tools, now: datetime, _limit: int) -> int:
    """Forget answers of bookings that were never finished. One statement does them all."""
    discard_old_drafts(now=now)
    return 0


def forget_networks(_tools: Tools, now: datetime, _limit: int) -> int:
    """Forget the digests of networks that no limit needs any more. One statement does them all."""
    forget_old_networks(now=now)
    return 0


STEPS: tuple[Step, ...] = (
    Step("outbox", 1, send_due),
    Step("expired holds", 15, release_holds, limit=200),
    Step("old drafts", 3600, forget_drafts),
    Step("old networks", 3600, forget_networks),
)
