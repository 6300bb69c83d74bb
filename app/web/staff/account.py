"""One's own account: password, recovery codes, and where one is signed in."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for

from app.services.staff.second_factor import count_codes
from app.services.staff.sign_in import change_password
from app.services.staff.sittings import Opened, end_sitting, list_sittings
from app.web.booking.forms import PressForm
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.forms import ChangePasswordForm, refuse, wait_words
from app.web.staff.gate import current_sitting, current_staff, here, seat
from app.web.staff.lists import NUMBER


@staff_pages.get("/account")
def account() -> str:
    """Who one is here, and where one is signed in."""
    staff, now = current_staff(), site().clock()
    return render_template(
        "staff/account.html",
        staff=staff,
        sitting=current_sitting(),
        sittings=list_sittings(staff.id, now=now),
        codes_left=count_codes(staff.id),
    )


@staff_pages.post(f"/account/places/<{NUMBER}:sitting_id>/end")
def end_place(sitting_id: int) -> Any:
    """Sign out in another place. Again, it changes nothing."""
    if PressForm().validate_on_submit():
        end_sitting(current_staff().id, sitting_id, now=site().clock())
        flash("You are signed out there.")
    return redirect(url_for("staff.account"), 303)


@staff_pages.get("/account/password")
def new_password() -> str:
    """Ask for the present password, and a new one."""
    return _page(ChangePasswordForm(current_staff().email, formdata=None))


@staff_pages.post("/account/password")
def change() -> Any:
    """The new one counts; everywhere else they are signed out."""
    staff = current_staff()
    form = ChangePasswordForm(staff.email)
    if not form.validate_on_submit():
        return _page(form)
    keys, now = site().staff_keys, site().clock()
    opened = change_password(keys, staff.id, form.old.data, form.password.data, here(), now=now)
    if isinstance(opened, Opened):
        flash("Your password is changed. Everywhere else you are signed out.")
        return seat(redirect(url_for("staff.account"), 303), opened)
    refuse(form.old, wait_words(opened) if opened else "That is not your present password")
    return _page(form), 429 if opened else 200


def _page(form: ChangePasswordForm) -> str:
    return render_template("staff/password.html", form=form, email=current_staff().email)
