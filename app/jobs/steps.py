"""What the worker does, in order of urgency: mails first, housekeeping last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from app.jobs.outbox import send_due
from app.jobs.tools import Tools
from app.jobs.worker import Step
from app.publishing.search import LatestSearch
from app.services.asking.enquiries import forget_old_enquiries
from app.services.asking.waitlist import make_offers
from app.services.booking.drafts import discard_old_drafts
from app.services.booking.holds import forget_old_networks, release_expired_holds
from app.services.manage.reminders import remind_of_visits
from app.services.money.audit import audit_money, hear_missed_events
from app.services.money.key_rights import check_key
from app.services.money.reconciliation import reconcile_deposits
from app.services.money.refunds import send_refunds
from app.services.money.stripe_events import process_events
from app.services.staff.people import forget_old_traces
from app.services.upkeep.retention import forget_old_letters, forget_old_reasons, forget_unfinished
from app.services.upkeep.worker_steps import claim_turn, give_turn_back

log = structlog.get_logger("worker")
#: Between two mails so long is spent on texts that wait to be read. Seconds.
READING_S = 1.5
_search = LatestSearch()


def read_texts(tools: Tools, _now: datetime, limit: int) -> int:
    """After a first start with thousands of new articles: read them, without a pause until all are read."""
    return limit if tools.read_on(READING_S) else 0


def prepare_search(tools: Tools, _now: datetime, limit: int) -> int:
    """Make new texts known to the search, so that no visitor waits for many."""
    return _search.of(tools.library()).fill(limit)


def remind(tools: Tools, now: datetime, _limit: int) -> int:
    """Have clients reminded of visits that are near, where the practice wants it."""
    hours = tools.library().practice.diary.remind_hours
    if hours is not None:
        remind_of_visits(hours=hours, now=now)
    return 0


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


def forget_enquiries(_tools: Tools, now: datetime, _limit: int) -> int:
    """Forget questions of a year ago. One statement does them all."""
    forget_old_enquiries(now=now)
    return 0


def forget_staff_traces(_tools: Tools, now: datetime, _limit: int) -> int:
    """Forget where staff signed in, and whose answers they opened, when its day has come."""
    forget_old_traces(now=now)
    return 0


def forget_given_up(_tools: Tools, now: datetime, limit: int) -> int:
    """Forget the people behind holds that came to nothing."""
    return forget_unfinished(now=now, limit=limit)


def forget_letters(_tools: Tools, now: datetime, limit: int) -> int:
    """Forget which mails were sent long ago."""
    return forget_old_letters(now=now, limit=limit)


def hear_events(tools: Tools, now: datetime, limit: int) -> int:
    """Follow what Stripe told the webhook."""
    return process_events(tools.checkout, now=now, limit=limit)


def ask_about_deposits(tools: Tools, now: datetime, limit: int) -> int:
    """Ask Stripe about payments that it did not tell us about."""
    return reconcile_deposits(tools.checkout, base_url=tools.base_url, now=now, limit=limit)


def hear_missed(tools: Tools, now: datetime, _limit: int) -> int:
    """Once an hour, by one worker: list what Stripe has told, and store what the webhook missed."""
    return _in_turn("missed events", timedelta(hours=1), now, lambda: hear_missed_events(tools.checkout, now=now))


def compare_money(tools: Tools, now: datetime, _limit: int) -> int:
    """Once a day, by one worker: compare the ledger with Stripe's, in both directions."""
    return _in_turn("money audit", timedelta(days=1), now, lambda: audit_money(tools.checkout, now=now))


def look_at_key(tools: Tools, now: datetime, _limit: int) -> int:
    """When the worker starts and now and then: whether the key may do at Stripe what it must."""
    missing = check_key(tools.checkout, now=now)
    if missing:
        log.error("stripe key lacks rights", missing=missing)
    return 0


def offer_freed_times(tools: Tools, now: datetime, _limit: int) -> int:
    """About once a minute, by one worker: offer free times to those who wait, in order of asking."""
    return _in_turn("waitlist", timedelta(seconds=50), now, lambda: make_offers(tools.library().catalogue, now=now))


def _in_turn(name: str, every: timedelta, now: datetime, work: Callable[[], object]) -> int:
    """Do what is done once in `every` by one of all workers; failed work may be tried again in ten minutes."""
    if claim_turn(name, every=every, now=now):
        try:
            work()
        except Exception:
            give_turn_back(name, every=every, now=now)
            raise
    return 0


def make_pictures(tools: Tools, _now: datetime, limit: int) -> int:
    """Make the files of pictures that texts began to name: one at a time, so that no mail waits for many."""
    tools.library()  # looks for new texts and pictures
    return tools.pictures.make(limit=limit)


def send_back(tools: Tools, now: datetime, limit: int) -> int:
    """Send refunds, and follow those on their way."""
    return send_refunds(tools.checkout, now=now, limit=limit)


STEPS: tuple[Step, ...] = (
    Step("outbox", 1, send_due),
    Step("payment events", 1, hear_events),
    Step("open deposits", 10, ask_about_deposits),
    Step("refunds", 10, send_back),
    Step("pictures", 2, make_pictures, limit=1),
    Step("texts", 2, read_texts, limit=1),
    Step("search", 5, prepare_search, limit=200),
    Step("missed events", 300, hear_missed),
    Step("money audit", 600, compare_money),
    Step("key rights", 6 * 3600, look_at_key),
    Step("expired holds", 15, release_holds, limit=200),
    Step("waitlist", 20, offer_freed_times),
    Step("reminders", 120, remind),
    Step("old drafts", 3600, forget_drafts),
    Step("old networks", 3600, forget_networks),
    Step("old reasons", 3600, forget_reasons),
    Step("old enquiries", 3600, forget_enquiries),
    Step("old traces of staff", 3600, forget_staff_traces),
    Step("given up holds", 3600, forget_given_up, limit=500),
    Step("old letters", 3600, forget_letters, limit=500),
)
