"""Questions from the website: who asked, what was said since, an answer by mail; and who waits for a free time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, TextAreaField
from wtforms.validators import ValidationError

from app.domain.enquiry import OUTCOME_PAGES
from app.domain.refusals import EnquiryMovedOn, EnquiryNotFound
from app.domain.waitlist import PARTS, WaitWish
from app.domain.wording import DAYS, in_words
from app.publishing.library import Library
from app.services.asking.enquiries import Thread, answer_enquiry, keep_reply, read_thread, settle_enquiry
from app.services.asking.lists import find_call, list_asked, list_waiting
from app.services.staff.accesses import note_question_opened
from app.services.staff.unsent import drop_unsent
from app.web.booking.forms import PressForm, refuse_hidden_marks, several_lines
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.gate import current_staff, unsent_form
from app.web.staff.lists import A_PAGE, NUMBER, paged, wanted_page

LONGEST = 10_000
MOVED_ON = "Something was written since you opened this page. Read it above, then send again if it still fits"
FORGOTTEN = "That question is not kept any more."


class WritingForm(PressForm):
    """Words about a question. `seen` is how many messages stood on the page."""

    words = TextAreaField(filters=[several_lines])
    seen = HiddenField()

    def validate_words(self, field: Any) -> None:
        text = field.data or ""
        if not text:
            raise ValidationError("Write something first")
        if len(text) > LONGEST:
            raise ValidationError(f"Shorten it to {LONGEST:,} characters. It has {len(text):,}")
        refuse_hidden_marks(text, lines=True)


class AnswerForm(WritingForm):
    """What we answer, by mail."""

    words = TextAreaField("Your answer", filters=[several_lines])


class ReplyForm(WritingForm):
    """What the client wrote back to us."""

    words = TextAreaField("What they wrote back", name="reply", id="reply", filters=[several_lines])


@staff_pages.get("/enquiries")
def enquiries() -> str:
    """Questions and calls, those that wait first."""
    page = wanted_page()
    lines, total = list_asked(skip=(page - 1) * A_PAGE, most=A_PAGE)
    return render_template("staff/enquiries.html", listed=paged(lines, total, page))


@staff_pages.get(f"/enquiries/<{NUMBER}:number>")
def enquiry(number: int) -> str:
    """One question with everything that was said since."""
    ways = {url_for("staff.answer", number=number): AnswerForm, url_for("staff.reply", number=number): ReplyForm}
    kept = unsent_form(*ways)
    again = ways[kept.action](formdata=MultiDict(kept.fields)) if kept is not None else None
    return _page(_thread(number), again, again=kept is not None)


@staff_pages.post(f"/enquiries/<{NUMBER}:number>/answer")
def answer(number: int) -> Any:
    """Send an answer by mail. Sent twice it goes once; what others wrote meanwhile is shown first."""
    return _write(number, AnswerForm(), answer_enquiry, "Your answer is on its way by email.")


@staff_pages.post(f"/enquiries/<{NUMBER}:number>/reply")
def reply(number: int) -> Any:
    """Keep what the client wrote back."""
    return _write(number, ReplyForm(), keep_reply, "Kept. The question waits for an answer again.")


@staff_pages.post(f"/enquiries/<{NUMBER}:number>/settle")
def settle_question(number: int) -> Any:
    """Take a question off those that wait, without an answer by mail."""
    try:
        done = settle_enquiry(number, now=site().clock(), by=current_staff().id)
    except EnquiryNotFound:
        flash(FORGOTTEN)
        return redirect(url_for("staff.enquiries"), 303)
    flash("It does not wait any more." if done else "It was settled already.")
    return redirect(url_for("staff.enquiry", number=number), 303)


@staff_pages.get("/waiting")
def waiting() -> str:
    """Who waits for a free time, in the order of asking."""
    return render_template("staff/waiting.html", lines=list_waiting(), times_of=_times_of)


def _times_of(wish: WaitWish) -> str:
    """When it suits someone: "Monday and Friday, morning or evening"."""
    days = "Any day" if len(wish.weekdays) == len(DAYS) else in_words(DAYS[number] for number in sorted(wish.weekdays))
    parts = [part for part in PARTS if part in wish.parts]
    return f"{days}, {'any time' if len(parts) == len(PARTS) else in_words(parts, 'or')}"


def _write(number: int, form: WritingForm, write: Callable[..., None], done: str) -> Any:
    if not form.validate_on_submit():
        return _page(_thread(number), form)
    try:
        write(number, form.words.data, now=site().clock(), by=current_staff().id, seen=_seen(form))
    except EnquiryMovedOn:
        form.words.errors = [MOVED_ON]
        return _page(_thread(number), form), 409
    except EnquiryNotFound:
        flash(FORGOTTEN)
        return redirect(url_for("staff.enquiries"), 303)
    drop_unsent(current_staff().id)
    flash(done)
    return redirect(url_for("staff.enquiry", number=number), 303)


def _seen(form: WritingForm) -> int | None:
    given = form.seen.data or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else None


def _thread(number: int) -> Thread:
    """What is shown of the question. Who opens it is written down first: it may tell of somebody's health."""
    try:
        note_question_opened(current_staff().id, number, now=site().clock())
        return read_thread(number)
    except EnquiryNotFound:
        abort(404)


def _page(thread: Thread, form: WritingForm | None = None, *, again: bool = False) -> str:
    library, asked = site().library(), thread.enquiry
    # a condition, and what the safety lists led to, tell of someone's health; the question is written to all of us
    told = current_staff().sees_health
    return render_template(
        "staff/enquiry.html",
        thread=thread,
        call=find_call(asked.call) if asked.call else None,
        about=_about(library, asked.about) if told else None,
        origin=_origin(library, asked.origin) if told else None,
        form=form,
        again=again,
        answer=form if isinstance(form, AnswerForm) else AnswerForm(formdata=None),
        reply=form if isinstance(form, ReplyForm) else ReplyForm(formdata=None),
    )


def _about(library: Library, slug: str | None) -> str | None:
    condition = library.conditions.get(slug or "")
    return str(condition.meta.short) if condition is not None else slug


def _origin(library: Library, slug: str | None) -> str | None:
    page = library.articles.get(slug or "") or library.conditions.get(slug or "")
    return OUTCOME_PAGES.get(slug or "") or (str(page.meta.title) if page is not None else slug)
