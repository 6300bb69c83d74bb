"""Sends what waits in the outbox: claims a row, composes its mail, hands it over, marks it."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from app.domain.mail import MailError
from app.domain.refusals import BookingNotFound
from app.jobs.mails import MAILS
from app.jobs.tools import Tools
from app.jobs.worker import fault
from app.services.upkeep.outbox import Work, claim_due, mark_done, mark_failed

log = structlog.get_logger("outbox")

#: Longer than the slowest hand-over of a whole batch, so that no second worker takes a row that is being sent.
LEASE = timedelta(minutes=10)
BATCH = 10


def send_due(tools: Tools, now: datetime, limit: int) -> int:
    """Send up to `limit` due mails; returns how many were tried."""
    tried = 0
    while tried < limit:
        claimed = claim_due(now=now, limit=min(BATCH, limit - tried), lease=LEASE)
        if not claimed:
            break
        for work in claimed:
            _handle(tools, work, now)
        tried += len(claimed)
    return tried


def _handle(tools: Tools, work: Work, now: datetime) -> None:
    compose = MAILS.get(work.kind)
    if compose is None:
        mark_failed(work, "nobody knows this kind of work", now=now, permanent=True)
        log.error("unknown work", kind=work.kind, work=work.id)
        return
    try:
        message = compose(tools, work, now)
        if message is not None:
            tools.mailer.send(message)
    except MailError as error:
        mark_failed(work, str(error), now=now, permanent=error.permanent)
        log.warning("mail not sent", kind=work.kind, work=work.id, reason=str(error), attempt=work.attempt)
    except BookingNotFound:
        mark_failed(work, "the booking is gone", now=now, permanent=True)
        log.error("mail without booking", kind=work.kind, work=work.id)
    except Exception as error:  # one mail that cannot be composed must not keep the others back
        mark_failed(work, fault(error), now=now)
        log.error("mail failed", kind=work.kind, work=work.id, error=fault(error), attempt=work.attempt)
    else:
        mark_done(work, now=now)
        log.info("mail sent" if message else "mail not needed", kind=work.kind, work=work.id)
