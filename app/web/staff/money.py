"""A month of the books as it was written down, and the printable papers of one booking. Nothing is changed here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for

from app.domain.local_time import month_of
from app.domain.refusals import BookingNotFound
from app.domain.wording import month_name
from app.services.money.month import MonthLine, month_as_csv, read_month
from app.services.upkeep.health import read_health
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.calendar_days import FIRST, read_day, today
from app.web.staff.lists import one_page, wanted_page

#: Stripe's reporting categories, for people.
KINDS = {
    "charge": "Payment",
    "charge_failure": "Payment that failed",
    "refund": "Refund",
    "refund_failure": "Refund that came back",
    "dispute": "Dispute",
    "dispute_reversal": "Dispute that was won",
    "fee": "Fee",
    "payout": "Payout to the bank",
    "payout_reversal": "Payout that came back",
    "other_adjustment": "Adjustment",
}
#: How a reference may look, with what people mistype. Anything else may not even be text to a database.
REFERENCE = re.compile(r"[A-Z0-9]{1,16}")
PAPERS = {"evidence": "Evidence for a dispute", "receipt": "Receipt"}


@dataclass(frozen=True, slots=True)
class Sum:
    """What all movements of one kind come to, in minor units. Fees are Stripe's."""

    kind: str
    currency: str
    count: int
    amount_minor: int
    fee_minor: int

    @property
    def net_minor(self) -> int:
        """What the balance at Stripe changed by."""
        return self.amount_minor - self.fee_minor


@staff_pages.get("/money")
def money_now() -> Any:
    """This month."""
    return redirect(url_for("staff.money_month", month=f"{today():%Y-%m}"), 302)


@staff_pages.get("/money/<month>")
def money_month(month: str) -> Any:
    """What moved at Stripe in a month, with sums. Says so when there is no such month in the books."""
    here, first = site(), _read_month(month)
    if first is None:
        return render_template("staff/no_month.html", asked=month[:40], today=today()), 404
    now, lines = here.clock(), _lines(first)
    ahead = (first + timedelta(days=31)).replace(day=1)
    age = read_health(now=now).audit_age_s
    return render_template(
        "staff/money.html",
        title=f"{month_name(first)} {first.year}",
        month=month,
        listed=one_page(lines, wanted_page()),
        sums=_sums(lines),
        kinds=KINDS,
        before=f"{first - timedelta(days=1):%Y-%m}" if first > FIRST else None,
        after=f"{ahead:%Y-%m}" if ahead <= today() else None,
        compared_at=None if age is None else now - timedelta(seconds=age),
        papers=PAPERS,
        unknown=None,
    )


@staff_pages.get("/money/<month>.csv")
def money_csv(month: str) -> Response:
    """The same for a spreadsheet."""
    first = _read_month(month)
    if first is None:
        abort(404)
    text = month_as_csv(_lines(first), site().library().practice.zone)
    return _download(text, "text/csv", f"{month}.csv")


@staff_pages.get("/money/papers")
def paper() -> Any:
    """A paper of one booking, to keep and print. Says so beside the field when there is no such booking."""
    here, kind = site(), request.args.get("paper", "")
    reference = request.args.get("reference", "").strip().upper()[:40]
    if kind not in PAPERS:
        abort(404)
    try:
        if not REFERENCE.fullmatch(reference):
            raise BookingNotFound
        page = here.make_paper(reference, kind, now=here.clock())
    except BookingNotFound:
        return render_template("staff/paper.html", papers=PAPERS, unknown=reference)
    return _download(page, "text/html", f"{kind}-{reference}.html")


def _download(text: str, media_type: str, name: str) -> Response:
    response = Response(text, content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _read_month(text: str) -> date | None:
    """The first day of the month written 2026-11; None for anything else, and for a month that is not begun yet."""
    first = read_day(f"{text}-01")
    return first if first is not None and first <= today() else None


def _lines(first: date) -> Sequence[MonthLine]:
    return read_month(*month_of(site().library().practice.zone, first))


def _sums(lines: Sequence[MonthLine]) -> list[Sum]:
    found: dict[tuple[str, str], list[MonthLine]] = {}
    for line in lines:
        found.setdefault((KINDS.get(line.kind, line.kind), line.currency), []).append(line)
    return [
        Sum(kind, currency, len(group), sum(one.amount_minor for one in group), sum(one.fee_minor for one in group))
        for (kind, currency), group in sorted(found.items())
    ]
