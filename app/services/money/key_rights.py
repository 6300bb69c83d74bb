"""Whether our key may do at Stripe what the site must do: looked at when the worker starts, and told to a person."""

from __future__ import annotations

from datetime import datetime

from app.db.unit_of_work import unit_of_work
from app.domain.checkout import CheckoutGateway
from app.services.upkeep.staff_tasks import end_task, put_task

TASK = "key:rights"


def check_key(checkout: CheckoutGateway, *, now: datetime) -> list[str]:
    """The rights that the key lacks, as Stripe's dashboard names them; a task for staff stands while there are any.

    Changes nothing at Stripe. Raises CheckoutError when it does not answer.
    """
    missing = checkout.missing_rights()
    with unit_of_work() as session:
        if missing:
            words = f"Stripe's key lacks: {', '.join(missing)}. Add this in Stripe, or make a new key."
            put_task(session, TASK, "key.rights", words, now=now)
        else:
            end_task(session, TASK, now=now)
    return missing
