"""Asking about payments that nobody told us about: the answer to every message that never came."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.db.queries.deposits import due_ids
from app.db.tables import DepositRow
from app.db.unit_of_work import reading, unit_of_work
from app.domain.checkout import CheckoutError, CheckoutGateway, CheckoutUnavailable
from app.services.money.deposits import resume_creating
from app.services.money.settlement import apply


def reconcile_deposits(checkout: CheckoutGateway, *, base_url: str, now: datetime, limit: int = 50) -> int:
    """Look at up to `limit` deposits that are not settled and due; returns how many.

    Harmless when several run: each look re-reads, and follows under a row lock. Stops early while the provider is away.
    """
    with reading() as session:
        due = list(due_ids(session, now=now, limit=limit))
    for deposit_id in due:
        with reading() as session:
            row = session.get_one(DepositRow, deposit_id)
            session_id, creating = row.session_id, row.state == "creating"
        try:
            if session_id is not None:
                apply(session_id, checkout, now=now)
            elif creating:
                resume_creating(deposit_id, checkout, base_url=base_url, now=now)
        except CheckoutUnavailable:
            _ask_later(deposit_id, now=now)
            break
        except CheckoutError:
            _ask_later(deposit_id, now=now, minutes=60)
    return len(due)


def _ask_later(deposit_id: int, *, now: datetime, minutes: int = 1) -> None:
    with unit_of_work() as session:
        session.get_one(DepositRow, deposit_id).check_after = now + timedelta(minutes=minutes)
