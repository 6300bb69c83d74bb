"""How the content stands, for people who publish by committing files: faults, drafts, dates, and preview links.

Told from what the process knows of the files already; nothing is checked while someone waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from app.publishing.previews import KINDS, UnknownText, find_text
from app.publishing.standing import Standing, read_standing
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.lists import one_page, wanted_page

#: So many rows of each list stand on the first page.
FIRST = 10


@dataclass(frozen=True, slots=True)
class Section:
    """One list: its address below /staff/content, its rows in `Standing`, its heading, and what to do about them."""

    name: str
    rows: str
    title: str
    words: str


SECTIONS = {
    section.name: section
    for section in (
        Section("faults", "faulty", "Files with errors", "Mend the line and commit. The site takes it over by itself."),
        Section("overdue", "overdue", "Reviews overdue", "Have each read again, then change its review dates."),
        Section("consents", "consents", "Consents that run out", "Ask the person again, or archive the story."),
        Section("review", "in_review", "In review", "Waiting for someone to read them."),
        Section("drafts", "drafts", "Drafts", "Nobody sees them without a preview link."),
        Section("scheduled", "scheduled", "Scheduled", "They appear by themselves."),
        Section("ending", "ending", "Ending within 60 days", "They are taken down by themselves."),
        Section("remarks", "remarks", "Remarks", "They keep nothing from being shown."),
        Section("ended", "ended", "Taken down", "Archived, or past their last day."),
    )
}


@staff_pages.get("/content")
def content() -> str:
    """Everything at a glance: what is wrong in full, and the beginning of each other list."""
    standing = _standing()
    lists = [(section, rows[: _most(name)], len(rows)) for name, section, rows in _filled(standing)]
    return render_template("staff/content.html", standing=standing, lists=lists)


@staff_pages.get(f"/content/<any({', '.join(SECTIONS)}):name>")
def content_list(name: str) -> str:
    """One of the lists, fifty to a page."""
    section = SECTIONS[name]
    listed = one_page(getattr(_standing(), section.rows), wanted_page())
    return render_template("staff/content_list.html", section=section, listed=listed)


@staff_pages.post("/content/preview")
def make_preview() -> Any:
    """Make a link that shows a text as it will look. Making it twice does no harm."""
    here, name = site(), request.form.get("text", "")[:200]
    try:
        document = find_text(here.library().shelf, name)
    except UnknownText as error:
        flash(f"There is no preview: {error}.")
        return redirect(url_for("staff.content"), 303)
    return redirect(url_for("staff.preview_link", token=here.previews.token_for(document)), 303)


@staff_pages.get("/content/preview/<token>")
def preview_link(token: str) -> str:
    """The link to look at or to send on, and when it ends. 404 for one that is not ours or too old."""
    here = site()
    named, ends_at = here.previews.read(token), here.previews.ends_at(token)
    if named is None or ends_at is None:
        abort(404)
    kind, slug = named
    try:
        document = find_text(here.library().shelf, f"{kind}/{slug}")
    except UnknownText:
        abort(404)
    link = here.base_url + url_for("preview.preview", token=token)
    return render_template("staff/preview_link.html", document=document, link=link, ends_at=ends_at)


def _standing() -> Standing:
    here = site()
    return read_standing(here.library(), now=here.clock())


def _filled(standing: Standing) -> list[tuple[str, Section, Sequence[Any]]]:
    found = [(name, section, getattr(standing, section.rows)) for name, section in SECTIONS.items()]
    return [(name, section, rows) for name, section, rows in found if rows]


def _most(name: str) -> int:
    return 50 if name == "faults" else FIRST


@staff_pages.app_template_test("previewed")
def has_preview(kind: str) -> bool:
    """Whether a text of that kind can be looked at before it is live."""
    return kind in KINDS
