"""Money, days and times in words, the same on pages, in e-mails and in the practice's rules. UK English."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from app.domain.local_time import day_of, start_of_day, zone_named
from app.domain.money import decimals
from app.domain.spans import Span

NBSP = "\N{NO-BREAK SPACE}"
_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def money(minor: int, currency: str) -> str:
    """Minor units with sign and pence: 1200 -> £12.00, or ¥1200 in a currency without pence."""
    sign = _SIGNS.get(currency.upper(), currency.upper() + NBSP)
    return f"{'-' if minor < 0 else ''}{sign}{plain_amount(abs(minor), currency)}"


def plain_amount(minor: int, currency: str) -> str:
    """Minor units as a plain decimal number, for machines: 1200 -> 12.00, or 1200 in a currency without pence."""
    sign, places = "-" if minor < 0 else "", decimals(currency)
    if places == 0:
        return f"{minor}"
    whole, part = divmod(abs(minor), 10**places)
    return f"{sign}{whole}.{part:0{places}}"


def money_short(minor: int, currency: str) -> str:
    """Minor units without needless pence: 1200 -> £12, 1250 -> £12.50."""
    return money(minor, currency).removesuffix(".00")


def weekday_name(on: date) -> str:
    """Wednesday."""
    return DAYS[on.weekday()]


def month_name(on: date) -> str:
    """November."""
    return _MONTHS[on.month - 1]


def day_in_words(on: date) -> str:
    """Wednesday 25 November."""
    return f"{weekday_name(on)} {on.day}{NBSP}{month_name(on)}"


def plain_date(on: date) -> str:
    """2 November 2026: for dates of writing and deadlines, where the weekday says nothing."""
    return f"{on.day}{NBSP}{month_name(on)} {on.year}"


def moment_in_words(at: datetime, zone: str) -> str:
    """An instant on the clock of `zone`: "16:15 on Tuesday 24 November". Names the zone when that clock time comes
    twice that night, and the seconds when there are any.
    """
    return f"{sure_clock(at, zone)} on {day_in_words(at.astimezone(zone_named(zone)).date())}"


def sure_clock(at: datetime, zone: str) -> str:
    """An instant on the clock of `zone`: "16:15". Names the zone when that clock time comes twice that night (01:30
    BST), and the seconds when there are any.
    """
    local = at.astimezone(zone_named(zone))
    shown = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        shown += f" {local.tzname()}"
    return shown


def span_in_words(span: Span, zone: str) -> str:
    """A span of time on the clock of `zone`: whole days by their dates, others with their times."""
    first, last = (at.astimezone(zone_named(zone)) for at in (span.starts_at, span.ends_at))
    if all(start_of_day(zone, day_of(zone, at)) == at for at in (span.starts_at, span.ends_at)):
        final = day_of(zone, span.ends_at - timedelta(microseconds=1))
        if final == first.date():
            return f"{day_in_words(final)} {final.year}, all day"
        return f"{day_in_words(first.date())}{_year_if_other(first, final)} to {day_in_words(final)} {final.year}"
    begin = f"{day_in_words(first.date())}"
    if first.date() == last.date():
        return f"{begin} {last.year}, {first:%H:%M} to {last:%H:%M}"
    until = f"{last:%H:%M} on {day_in_words(last.date())} {last.year}"
    return f"{first:%H:%M} on {begin}{_year_if_other(first, last)} to {until}"


def sortable_moment(at: datetime, zone: str) -> str:
    """An instant on the clock of `zone` for lists and logs: 2026-11-25 16:15."""
    return f"{at.astimezone(zone_named(zone)):%Y-%m-%d %H:%M}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """1 hour, 24 hours."""
    return f"{number}{NBSP}{one if number == 1 else many or one + 's'}"


def in_words(items: Iterable[str], last: str = "and") -> str:
    """'a, b and c'."""
    words = list(items)
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _year_if_other(first: date, last: date) -> str:
    return "" if first.year == last.year else f" {first.year}"
