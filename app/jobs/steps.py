"""What the worker does, in order of urgency: mails first, housekeeping last."""

from __future__ import annotations

from datetime import datetime

from app.jobs.outbox import send_due
from app.jobs.tools import Tools
from app.jobs.worker import Step
from app.services.drafts import discard_old_drafts
from app.services.holds import forget_old_networks, release_expired_holds
from app.services.reconciliation import reconcile_deposits
from app.services.refunds import send_refunds
from app.services.retention import forget_old_reasons, forget_unfinished
from app.services.stripe_events import process_events


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


def forget_reasons(_tools: Tools, now: datetime, _limit: int) -> int:
    """Forget why people came, once their records may go. One statement does them all."""
    forget_old_reasons(now=now)
    return 0


def forget_given_up(_tools: Tools, now: datetime, limit: int) -> int:
    """Forget the people behind holds that came to nothing."""
    return forget_unfinished(now=now, limit=limit)


def hear_events(tools: Tools, now: datetime, limit: int) -> int:
    """Follow what Stripe told the webhook."""
    return process_events(tools.checkout, now=now, limit=limit)


def ask_about_deposits(tools: Tools, now: datetime, limit: int) -> int:
    """Ask Stripe about payments that it did not tell us about."""
    return reconcile_deposits(tools.checkout, base_url=tools.base_url, now=now, limit=limit)


def send_back(tools: Tools, now: datetime, limit: int) -> int:
    """Send refunds, and follow those on their way."""
    return send_refunds(tools.checkout, now=now, limit=limit)


STEPS: tuple[Step, ...] = (
    Step("outbox", 1, send_due),
    Step("payment events", 1, hear_events),
    Step("open deposits", 10, ask_about_deposits),
    Step("refunds", 10, send_back),
    Step("expired holds", 15, release_holds, limit=200),
    Step("old drafts", 3600, forget_drafts),
    Step("old networks", 3600, forget_networks),
    Step("old reasons", 3600, forget_reasons),
    Step("given up holds", 3600, forget_given_up, limit=500),
)
