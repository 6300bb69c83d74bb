"""A consultation call: a few minutes on the telephone before someone decides, held in the diary like a visit.

It costs nothing, takes no room, and is no treatment: it has a catalogue of its own, so that no price list, page or
search ever offers it as one.
"""

from __future__ import annotations

from dataclasses import replace

from app.domain.catalogue import Catalogue, Treatment
from app.domain.policy_rules import CancelBand, CancelRule, DepositRule, MoveBand, MoveRule, NoShowRule, Policy

#: What stands in place of a treatment's slug.
CALL = "consultation-call"
NAME = "Short call"
#: So many calls may be booked from one network in a day: an office shares one, a program must not fill the diary.
DAILY_PER_NETWORK = 5
#: Between two starts that are offered, so that a page shows a choice of the day. Minutes.
APART = 45


def call_catalogue(
    catalogue: Catalogue, *, minutes: int, buffer_after: int, lead_minutes: int, horizon_days: int
) -> Catalogue:
    """The same people, hours and diary rules, with the call as the only thing that can be booked.

    Nothing is due, and it can be cancelled or moved up to its start. Raises ValueError without anyone to call.
    """
    if not catalogue.practitioners:
        raise ValueError("nobody is there to call")
    call = Treatment(
        slug=CALL,
        name=NAME,
        minutes=minutes,
        price_minor=0,
        buffer_after=buffer_after,
        lead_minutes=lead_minutes,
        horizon_days=horizon_days,
        by_phone=True,
    )
    policy = Policy(
        currency=catalogue.policy.currency,
        deposit=DepositRule("none"),
        cancel=CancelRule((CancelBand(0, "money"),)),
        move=MoveRule((MoveBand(0, "carried"),)),
        no_show=NoShowRule(then="none"),
    )
    people = {slug: replace(one, treatments=frozenset({CALL})) for slug, one in catalogue.practitioners.items()}
    return Catalogue(catalogue.rules, {CALL: call}, people, policy)
