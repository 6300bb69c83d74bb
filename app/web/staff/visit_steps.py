"""What is done with a booking at the desk: its health answers opened, marked, cancelled, its link sent again."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, SelectChoice
from wtforms.validators import ValidationError

from app.domain.booking import Reason
from app.domain.local_time import day_of
from app.domain.policy import WhoCancels
from app.domain.refusals import BookingNotFound, NotCancellable, NotMarkable
from app.domain.wording import moment_in_words
from app.services.asking.waitlist import pass_freed_on
from app.services.booking.at_desk import READ_OUT
from app.services.booking.bookings import read_reason
from app.services.manage.changes import cancel_by_practice, mark_visit
from app.services.manage.link_mails import send_again
from app.services.staff.accesses import note_access
from app.web.booking.forms import AIMS
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.gate import current_staff
from app.web.staff.visit import STATES, VisitFile, goes_back, no_such_visit, read_visit, to_visit, visit_page

#: Who gives a visit up, where that makes a difference.
WHO_CANCELS: dict[WhoCancels, str] = {
    "client": "The client does: their rules count",
    "client_credit": "The client does, and takes credit for the next visit",
    "practice": "We do, or we waive the rules",
}


class CancelForm(FlaskForm):
    """`offered` is what the page said would go back."""

    offered = HiddenField()
    who = RadioField("Who gives it up?", validate_choice=False)

    def offer(self, found: VisitFile) -> None:
        """Ask who gives it up only where it matters."""
        self.who.choices = [SelectChoice(who, WHO_CANCELS[who]) for who in found.ways_to_cancel]
        if len(self.who.choices) == 1:
            del self.who

    def validate_who(self, field: Any) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("Say who gives it up")


@staff_pages.errorhandler(BookingNotFound)
def not_found(_error: BookingNotFound) -> tuple[str, int]:
    """A reference that no booking has."""
    return no_such_visit(str((request.view_args or {}).get("reference", "")))


@staff_pages.post("/visits/<reference>/answers")
def answers(reference: str) -> Any:
    """The booking's page with what the client said about their health. Who opened it is written down first."""
    found, staff = read_visit(reference), current_staff()
    if not staff.sees_health:
        return visit_page(found, refused="Only therapists open health answers. Ask one of them."), 403
    note_access(staff.id, found.booking.id, now=site().clock())
    return visit_page(found, answers=_in_words(found, read_reason(found.booking.id)))


@staff_pages.post("/visits/<reference>/mark")
def mark(reference: str) -> Response:
    """Say that the client came, or did not come."""
    found, wanted = read_visit(reference), request.form.get("mark")
    if wanted not in ("completed", "no_show"):
        abort(400)
    try:
        mark_visit(found.booking.id, wanted, now=site().clock(), seen=request.form.get("seen") or None)  # type: ignore[arg-type]
    except NotMarkable as refusal:
        flash(_why_not_marked(read_visit(reference), wanted, changed="changed" in refusal.args))
    else:
        flash("Marked done: the client came." if wanted == "completed" else "Marked missed: nobody came.")
    if request.form.get("back") == "day":
        day = day_of(site().library().practice.zone, found.booking.starts_at)
        who = request.form.get("who") or None  # whose day they were reading
        return redirect(url_for("staff.day", day=day.isoformat(), who=who, _anchor=found.booking.reference), 303)
    return to_visit(found)


@staff_pages.get("/visits/<reference>/cancel")
def ask_cancel(reference: str) -> Any:
    """What cancelling gives back to whom. Changes nothing."""
    found = read_visit(reference)
    if found.booking.state != "confirmed":
        return _not_cancelled(found)
    return _cancel_page(found, CancelForm(formdata=None))


@staff_pages.post("/visits/<reference>/cancel")
def cancel(reference: str) -> Any:
    """Cancel by the rules of the client, or for the practice. When what goes back has changed since the page was read,
    ask once more.
    """
    found, form, now = read_visit(reference), CancelForm(), site().clock()
    if found.booking.state != "confirmed":
        return _not_cancelled(found)
    if form.offered.data != _offer(found):
        return _cancel_page(found, form, changed=True), 409
    form.offer(found)
    if not form.validate_on_submit():
        return _cancel_page(found, form)
    who: WhoCancels = form.who.data if "who" in form else "practice"
    promised = goes_back(found, who)
    try:
        cancel_by_practice(found.booking.id, now=now, who=who)
    except NotCancellable:
        return _not_cancelled(read_visit(reference))
    pass_freed_on(site().library().catalogue, now=now)
    flash(" ".join(["It is cancelled, and the client is being written to.", *(promised or ("Nothing was paid.",))]))
    return to_visit(found)


@staff_pages.post("/visits/<reference>/send-link")
def send_link(reference: str) -> Response:
    """Have the confirmation, with the client's own link, sent once more."""
    found = read_visit(reference)
    if found.booking.state != "confirmed" or found.booking.client is None:
        flash(f"There is no confirmation to send: it is {STATES[found.booking.state]}.")
    elif send_again(found.booking.id, found.booking.link_version, now=site().clock()):
        flash("We are sending the confirmation again.")
    else:
        flash("It was sent within this hour. Ask the client to look among unwanted mail.")
    return to_visit(found)


def _in_words(found: VisitFile, reason: Reason) -> list[tuple[str, str]]:
    """What was said, as pairs of a question and its answer."""
    library, aims = site().library(), dict(AIMS)
    condition = library.conditions.get(reason.area or "")
    came_from = library.articles.get(reason.origin or "") or library.conditions.get(reason.origin or "")
    said = [
        ("Where it is", condition.meta.short if condition is not None else reason.area),
        ("What for", aims.get(reason.aim or "", reason.aim)),
        ("In their words", reason.note),
        ("Came from", came_from.meta.title if came_from is not None else reason.origin),
        ("Safety lists", _gate_words(found)),
    ]
    return [(question, answer) for question, answer in said if answer]


def _gate_words(found: VisitFile) -> str:
    passed = found.booking.gate_passed_at
    if passed is None:
        return "not answered for this booking"
    when = moment_in_words(passed, site().library().practice.zone)
    version = found.facts.gate_version or ""
    if version.endswith(READ_OUT):
        return (
            f"asked at the desk at {when}: the visit suits what they said (lists of {version.removesuffix(READ_OUT)})"
        )
    return f"“None of these fit me” to both, at {when} (lists of {version})"


def _why_not_marked(found: VisitFile, wanted: str, *, changed: bool) -> str:
    booking, zone = found.booking, site().library().practice.zone
    if changed:
        return f"Not changed: it was {STATES[booking.state]} in the meantime. Look again before you mark it."
    if booking.state not in ("confirmed", "completed", "no_show"):
        return f"Not marked: it is {STATES[booking.state]}."
    from_when = found.facts.missed_from if wanted == "no_show" else booking.starts_at
    return f"Not marked: that can be said from {moment_in_words(from_when, zone)}."


def _offer(found: VisitFile) -> str:
    """What cancelling gives back and whether that waits, which time the visit had, and whose it was (a visit that is
    given away has new links): what the page showed must be what the button does.
    """
    booking, waits = found.booking, int(found.letter.disputed)
    sums = [
        sum_minor
        for outcome in found.ways_to_cancel.values()
        for sum_minor in (outcome.refund_minor, outcome.credit_minor, outcome.credit_again_minor)
    ]
    return "-".join(map(str, (*sums, waits, booking.calendar_sequence, booking.link_version)))


def _cancel_page(found: VisitFile, form: CancelForm, *, changed: bool = False) -> str:
    form.offered.data = _offer(found)
    if "who" in form and form.who.choices is None:
        form.offer(found)
    return render_template(
        "staff/cancel.html",
        visit=found,
        booking=found.booking,
        form=form,
        changed=changed,
        ways={who: " ".join(goes_back(found, who)) for who in found.ways_to_cancel},
        now=site().clock(),
    )


def _not_cancelled(found: VisitFile) -> Response:
    already = found.booking.state == "cancelled"
    why = "It was cancelled already." if already else f"It cannot be cancelled: it is {STATES[found.booking.state]}."
    flash(why)
    return to_visit(found)
