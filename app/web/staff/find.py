"""Finding a booking. What is looked for is a person's: it is sent in a form, and stands in no address and no log."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import SearchField
from wtforms.validators import ValidationError

from app.services.booking.finding import LONGEST, LOOKED_THROUGH, MOST, SHORTEST, find_bookings
from app.web.booking.forms import one_line, refuse_hidden_marks
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.people import person_name


class FindForm(FlaskForm):
    """What somebody says on the telephone."""

    q = SearchField("Reference, name, email or phone number", filters=[one_line])

    def validate_q(self, field: Any) -> None:
        if len(field.data or "") < SHORTEST:
            raise ValidationError(f"Enter at least {SHORTEST} characters")
        if len(field.data) > LONGEST:
            raise ValidationError(f"Enter at most {LONGEST} characters")
        refuse_hidden_marks(field.data)


@staff_pages.get("/find")
def find() -> str:
    """The field alone."""
    return _page(FindForm(formdata=None))


@staff_pages.post("/find")
def found() -> Any:
    """What was found, below the field; a single reference leads straight to its booking."""
    form = FindForm()
    if not form.validate_on_submit():
        return _page(form), 422
    result = find_bookings(form.q.data)
    if len(result.bookings) == 1 and result.bookings[0].reference == form.q.data.upper():
        return redirect(url_for("staff.visit", reference=result.bookings[0].reference), 303)
    return _page(
        form, result=result, people={one.practitioner: person_name(one.practitioner) for one in result.bookings}
    )


def _page(form: FindForm, **more: Any) -> str:
    return render_template(
        "staff/find.html", form=form, most=MOST, looked_through=LOOKED_THROUGH, now=site().clock(), **more
    )
