"""Every part of the design in every state, for those who build pages. It does not exist in production.

`?look=` shows the same page as it is in the light, in the dark, with forced colours, with text at 200 % and on paper,
whatever this screen is set to: a second style sheet repeats what stands in the media queries of the first.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, g, render_template, request
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, EmailField, Form, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired

from app.domain.diary import Slot
from app.services.diary.free_times import DayOfSlots
from app.web.lookup import by_height, live_library, price_lines
from app.web.next_free import NextFree
from app.web.opening import hours_lines
from app.web.pages import firmness_named
from app.web.staff.samples import sample_staff, staff_samples

styleguide_pages = Blueprint("styleguide", __name__, url_prefix="/styleguide")

#: Name of a look, and its words.
LOOKS = {
    "light": "Light",
    "dark": "Dark",
    "forced": "Forced colours",
    "large": "Text at 200 %",
    "print": "Print",
}
#: The media query whose rules a look repeats; light undoes the dark.
QUERIES = {"dark": "prefers-color-scheme: dark", "forced": "forced-colors: active", "print": "print"}
#: What a browser does by itself in forced colours, near enough to see what is left of the design.
SYSTEM_COLOURS = """:root {
  --paper: Canvas; --surface: Canvas; --rule: CanvasText; --ink: CanvasText; --muted: CanvasText; --control: CanvasText;
  --link: LinkText; --link-hover: LinkText; --on-link: Canvas; --error: CanvasText; --ok: CanvasText;
  --warn: CanvasText; --warn-bg: Canvas; --region: CanvasText; --region-tint: Canvas; --fibre: CanvasText;
  --focus: Highlight; --on-focus: HighlightText; --ring: Highlight; color-scheme: dark;
}"""
#: The day that the samples are set on.
DAY = datetime(2026, 11, 25, 9, tzinfo=UTC)
#: Colours of the tokens and what each is for.
COLOURS = (
    ("paper", "page"),
    ("surface", "plates, fields"),
    ("ink", "text, rules"),
    ("muted", "second voice"),
    ("link", "links, buttons"),
    ("control", "field edges"),
    ("rule", "hairlines"),
    ("error", "errors, safety"),
    ("ok", "booked"),
    ("warn", "warnings"),
    ("region", "the sore place"),
    ("region-tint", "its ground"),
    ("focus", "focus, behind ink"),
)


class SampleForm(Form):
    """One field of each kind."""

    name = StringField("Full name", [InputRequired("Enter your full name")])
    email = EmailField("Email", [InputRequired("Enter your email address")])
    note = TextAreaField("Anything we should know to find you (optional)")
    place = RadioField("Where is it?", [InputRequired("Choose a place")])
    agreed = BooleanField("I have their agreement", [InputRequired("Tick the box to go on")])

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.place.choices = [SelectChoice("neck", "Neck"), SelectChoice("lower", "Lower back")]


def _forms() -> dict[str, SampleForm]:
    """The same form three times: untouched, filled in, and sent with mistakes."""
    filled = SampleForm(
        formdata=MultiDict(
            {"filled-name": "Sam Example", "filled-email": "sam@client.example", "filled-place": "neck"}
        ),
        prefix="filled-",
    )
    wrong = SampleForm(formdata=MultiDict({"wrong-note": "Blue door"}), prefix="wrong-")
    wrong.validate()
    return {"rest": SampleForm(prefix="rest-"), "filled": filled, "wrong": wrong}


def _free_days() -> list[DayOfSlots]:
    """Three days with times in every part of the day."""
    return [
        DayOfSlots(
            day=(DAY + timedelta(days=number)).date(),
            slots=tuple(
                Slot(DAY + timedelta(days=number, minutes=minutes), "example-therapist-a")
                for minutes in (0, 15, 90, 360, 375, 540)[: 6 - number * 2]
            ),
        )
        for number in range(3)
    ]


@styleguide_pages.get("")
def styleguide() -> str:
    """All parts, one below the other."""
    look = request.args.get("look", "")
    library = live_library()
    conditions = by_height(library.conditions.values())
    prices = price_lines(library)
    study = next(article for article in library.articles.values() if article.meta.kind == "case-study")
    first = prices[0]
    free = NextFree(first["treatment"], Slot(DAY, "example-therapist-a"), first["due"], first["currency"])
    return render_template(
        "styleguide/styleguide.html",
        look=look if look in LOOKS else "",
        looks=LOOKS,
        colours=COLOURS,
        blocks=blocks(current_app),
        conditions=conditions,
        firmness=firmness_named(conditions[0]) or (3, 5),
        study=study,
        prices=prices,
        hours=hours_lines(library.practice),
        free=free,
        none_free=NextFree(first["treatment"], None, first["due"], first["currency"]),
        samples=_forms(),
        days=_free_days(),
        now=DAY,
        page=_Pages(),
    )


@styleguide_pages.get("/staff")
def staff_parts() -> str:
    """The parts that only the staff area has, in its frame: somebody seems to be signed in."""
    look = request.args.get("look", "")
    g.staff = sample_staff()
    return render_template(
        "styleguide/staff.html",
        look=look if look in LOOKS else "",
        looks=LOOKS,
        now=DAY,
        day=DAY.date(),
        **staff_samples(DAY),
    )


class _Pages:
    """The second of three pages of a list."""

    page, pages = 2, 3

    def page_href(self, number: int) -> str:
        """An address that leads nowhere else."""
        return f"/styleguide?page={number}"


@styleguide_pages.get("/<look>.css")
def look_sheet(look: str) -> Response:
    """What the media query of a look says, as if it were met."""
    if look not in LOOKS:
        abort(404)
    assets = current_app.extensions["assets"]
    sheet = "".join(assets.find(name)[0].content.decode() for name in ("site.css", "staff.css"))
    if look == "large":
        rules = "html { font-size: 200%; }"
    elif look == "light":
        rules = sheet[: sheet.index("}") + 1].replace("color-scheme:light dark", "color-scheme:light")
    else:
        rules = "\n".join(_inside(sheet, QUERIES[look]))
    if look == "dark":
        rules += ":root{color-scheme:dark}"
    if look == "forced":
        rules = SYSTEM_COLOURS + rules
    return Response(rules, mimetype="text/css")


def _inside(sheet: str, query: str) -> list[str]:
    """The bodies of every media block of `sheet` with that query."""
    found = []
    for match in re.finditer(rf"@media \(?{re.escape(query)}\)?\{{", sheet):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(sheet[end], 0)
            end += 1
        found.append(sheet[match.end() : end - 1])
    return found


def blocks(app: Flask) -> dict[str, str]:
    """The files of the style sheet that hold one part each: name of the part, and of its file."""
    files = sorted(Path(app.static_folder or "").glob("css/[3-8]-*.css"))
    return {path.stem.split("-", 1)[1]: path.name for path in files}


@styleguide_pages.get("/errors/<int:status>")
def error(status: int) -> Response:
    """The page of one of HTTP's errors, to be looked at."""
    abort(status if 400 <= status < 600 else 404)
