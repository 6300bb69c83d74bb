"""How values look on a page: money, days and times in the practice's zone, and what every template may use."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any
from urllib.parse import quote

from flask import Flask, request, url_for
from flask.templating import Environment
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

from app.domain import wording
from app.domain.local_time import zone_named
from app.domain.policy import due_now
from app.domain.policy_page import cancel_rules, move_rules, policy_sentences, when_paid
from app.domain.wording import NBSP, counted, day_in_words, in_words, money, money_short, month_name, weekday_name
from app.publishing.library import Document
from app.publishing.markdown import WORDS_A_MINUTE
from app.publishing.schema.practice import Claim, Reference
from app.web.kept_pages import set_up_kept_pages
from app.web.kept_parts import KeptParts
from app.web.opening import weekly_lines
from app.web.sessions import form_token
from app.web.site import site
from app.web.social_cards import CARD as DRAWN_CARD

#: Where the parts of a day begin on the local clock.
NOON, EVENING = time(12), time(17)
SMALL_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
#: What stands before a national number in place of its first zero.
CALLING_CODES = {"GB": "+44", "IE": "+353"}


def local(value: datetime) -> datetime:
    """An instant (aware) on the practice's clock. Raises ValueError for a time without a zone."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown")
    return value.astimezone(zone_named(site().library().practice.zone))


def _date(value: date | datetime) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def day(value: date | datetime) -> str:
    """Wednesday 25 November. A date is taken as it is, an instant in the practice's zone."""
    return day_in_words(_date(value))


def short_day(value: date | datetime) -> str:
    """Wed 25 November."""
    on = _date(value)
    return f"{weekday_name(on)[:3]} {on.day}{NBSP}{month_name(on)}"


def full_day(value: date | datetime) -> str:
    """Wednesday 25 November 2026."""
    return f"{day(value)} {_date(value).year}"


def plain_date(value: date | datetime) -> str:
    """2 November 2026: for dates of writing and review, where the weekday says nothing."""
    return wording.plain_date(_date(value))


def clock(value: datetime | time) -> str:
    """16:15."""
    shown = local(value) if isinstance(value, datetime) else value
    return shown.strftime("%H:%M")


def clock_soon(value: datetime) -> str:
    """16:15, and with its day when that is not today."""
    return clock(value) if _date(value) == _date(site().clock()) else f"{day(value)}, {clock(value)}"


def sure_clock(value: datetime) -> str:
    """16:15, or 01:30 BST in the night in which that time comes twice."""
    return wording.sure_clock(value, site().library().practice.zone)


def iso(value: date | datetime) -> str:
    """For the datetime attribute of <time>: 2026-11-25, or 2026-11-25T16:15+00:00 on the practice's clock."""
    if isinstance(value, datetime):
        return local(value).isoformat(timespec="minutes")
    return value.isoformat()


def minutes(value: int) -> str:
    """60 minutes, with a space that never breaks."""
    return f"{value}{NBSP}minute{'' if value == 1 else 's'}"


def duration(value: int) -> str:
    """45 minutes, 2 hours, 1 h 45 min."""
    hours, rest = divmod(value, 60)
    if not hours:
        return minutes(rest)
    return f"{hours}{NBSP}h {rest}{NBSP}min" if rest else counted(hours, "hour")


def tel(phone: str) -> str:
    """A phone number for a tel: address: digits, with the code of the practice's country where it is known."""
    digits = "".join(c for c in phone if c.isdigit())
    code = CALLING_CODES.get(site().library().practice.holidays_country or "")
    if code and digits.startswith("0"):
        return code + digits[1:]
    return f"+{digits}" if phone.strip().startswith("+") else digits


def mailto(email: str) -> str:
    """Someone's address for a link that opens a mail: whatever it holds, nobody else gets a copy (RFC 6068)."""
    return "mailto:" + quote(email, safe="@")


def keep_together(text: str) -> Markup:
    """Text that must not break: a phone number, a reference."""
    return Markup('<span class="num">{}</span>').format(text)


def part_of_day(value: datetime) -> str:
    """Morning, Afternoon or Evening on the practice's clock."""
    shown = local(value).time()
    return "Morning" if shown < NOON else "Afternoon" if shown < EVENING else "Evening"


def by_part_of_day(slots: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Slots (values with `starts_at`, in order of time) in groups: [("Morning", [...]), ...]."""
    return [(part, list(group)) for part, group in groupby(slots, key=lambda slot: part_of_day(slot.starts_at))]


def one_line(text: str) -> str:
    """Lines as one, parted by commas."""
    return ", ".join(line.strip() for line in text.strip().splitlines())


def single_line(text: str) -> Markup:
    """Attributes that a macro wrote over several lines, on one."""
    return Markup(" " + " ".join(text.split())) if text.strip() else Markup("")  # noqa: S704 - written by our macros


def utc(value: datetime) -> str:
    """An instant as a form value: 2026-11-25T16:15Z."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def lines(text: str) -> Markup:
    """Text with its line ends kept as line breaks."""
    return Markup("<br>").join(escape(line) for line in text.strip().splitlines())


def main_region(article: Document) -> str:
    """The region whose drawing stands for an article."""
    hero = article.meta.hero
    return str(hero.region if hero and hero.region else article.meta.regions[0])


def earlier_changes(document: Document) -> list[date]:
    """The days on which a published text changed before its last change, the newest first."""
    last, published = document.updated, document.meta.publish_at
    begin = published.date() if published else date.min
    return [day for day in document.changes if begin < day and (last is None or day < last)]


def share_image(article: Document) -> str:
    """The address, within the site, of the picture that a shared link shows: its own, or a card that we draw."""
    picture = article.head_picture
    if picture is not None and picture.card:
        return picture.card_url
    return url_for("social.card", kind=article.kind, slug=article.slug)


def share_size(article: Document) -> tuple[int, int]:
    """Width and height of that picture, in pixels."""
    picture = article.head_picture
    return picture.card if picture is not None and picture.card else DRAWN_CARD


def reading_minutes(article: Document) -> int:
    """Whole minutes at a calm pace, with the parts that front matter holds: visits, evidence, questions."""
    words: int = article.meta.words
    return max(1, round(words / WORDS_A_MINUTE))


def checked_sources(claim: Claim) -> list[Reference]:
    """The sources behind a claim that someone has opened: only these are shown."""
    references = site().library().references
    return [references[ref] for ref in claim.refs if ref in references and references[ref].checked]


def lower_first(text: str) -> str:
    """Text for the middle of a sentence."""
    return text[:1].lower() + text[1:]


def spelled(number: int) -> str:
    """A small number as a word, a large one in digits."""
    return SMALL_NUMBERS[number] if number < len(SMALL_NUMBERS) else str(number)


FILTERS = {
    "checked_sources": checked_sources,
    "lower_first": lower_first,
    "main_region": main_region,
    "earlier_changes": earlier_changes,
    "reading_minutes": reading_minutes,
    "share_image": share_image,
    "share_size": share_size,
    "cancel_rules": cancel_rules,
    "when_paid": when_paid,
    "due_now": due_now,
    "counted": counted,
    "policy_sections": policy_sentences,
    "hours_of": weekly_lines,
    "move_rules": move_rules,
    "spelled": spelled,
    "money": money,
    "money_short": money_short,
    "day": day,
    "short_day": short_day,
    "full_day": full_day,
    "plain_date": plain_date,
    "clock": clock,
    "clock_soon": clock_soon,
    "sure_clock": sure_clock,
    "iso": iso,
    "minutes": minutes,
    "duration": duration,
    "tel": tel,
    "mailto": mailto,
    "keep_together": keep_together,
    "in_words": in_words,
    "part_of_day": part_of_day,
    "by_part_of_day": by_part_of_day,
    "lines": lines,
    "one_line": one_line,
    "single_line": single_line,
    "utc": utc,
}


class Templates(Environment):
    """Flask's, with every template kept, and with the globals of a template in a plain dict: they are the same for all,
    and Jinja's ChainMap is asked name by name whenever a template is drawn or imports another one."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def set_up_templates(app: Flask) -> None:
    """Give the templates of `app` their filters, and every page the practice and its own canonical address."""
    app.jinja_environment = Templates
    app.jinja_options = {**app.jinja_options, "cache_size": -1}
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.add_extension(KeptParts)
    set_up_kept_pages(app)
    app.jinja_env.globals["form_token"] = form_token

    @app.context_processor
    def what_every_page_knows() -> dict[str, Any]:
        here = site()
        library = here.library()
        return {
            "practice": library.practice,
            "library": library,
            "base_url": here.base_url,
            "canonical": here.base_url + request.path,
        }
