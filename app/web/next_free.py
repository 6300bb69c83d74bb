"""The live line of a reading page: the next free time, and what it costs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from app.domain.catalogue import Catalogue, Treatment
from app.domain.diary import Slot
from app.domain.policy import Due, due_now
from app.services.diary.free_times import find_next_free
from app.web.ready_pages import shows_free_times, true_until
from app.web.site import site

#: How soon to look again when the diary did not answer.
AFTER_FAULT = timedelta(seconds=10)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NextFree:
    """The first free time of a treatment (`slot` None: none to be booked online), and what is due for it."""

    treatment: Treatment
    slot: Slot | None
    due: Due
    currency: str


def next_free(treatment: str) -> NextFree | None:
    """The next free time for a treatment as of now, or None when it is not sold or the diary does not answer.

    The page that shows it is true for a minute at most. A reading page is worth more than its live line, so a fault
    of the diary is logged and the line left out.
    """
    here = site()
    now, catalogue = here.clock(), here.library().catalogue
    sold = catalogue.treatments.get(treatment)
    if sold is None:
        return None
    shows_free_times()
    try:
        slot = find_next_free(catalogue, treatment, now=now)
    except Exception:
        log.exception("the next free time could not be found")
        true_until(now + AFTER_FAULT)
        return None
    return NextFree(sold, slot, due_for(catalogue, sold), catalogue.policy_for(treatment).currency)


def due_for(catalogue: Catalogue, treatment: Treatment) -> Due:
    """What someone new pays now and later for a treatment."""
    return due_now(catalogue.policy_for(treatment.slug), treatment.price_minor)
