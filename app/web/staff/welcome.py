"""A password by mailed link: the first one, and after it was forgotten. Opening the link changes nothing."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for

from app.domain.refusals import StaffLinkGone
from app.services.staff.links import ask_for_link, read_link
from app.services.staff.links import choose_password as choose
from app.web.limits import guard_links, guard_writing
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.forms import ForgotForm, NewPasswordForm
from app.web.staff.gate import here, seat, unseat


@staff_pages.get("/welcome/<token>")
def welcome(token: str) -> Any:
    """Choose a password."""
    guard_links()
    try:
        found = read_link(site().staff_keys, token, now=site().clock())
    except StaffLinkGone:
        return _gone()
    form = NewPasswordForm(found.staff.email, formdata=None)
    return render_template("staff/welcome.html", form=form, found=found, token=token)


@staff_pages.post("/welcome/<token>")
def choose_password(token: str) -> Any:
    """It counts from now on; next comes the second factor, or signing in with the one they have."""
    guard_links()
    keys, now = site().staff_keys, site().clock()
    try:
        found = read_link(keys, token, now=now)
        form = NewPasswordForm(found.staff.email)
        if not form.validate_on_submit():
            return render_template("staff/welcome.html", form=form, found=found, token=token)
        opened = choose(keys, token, form.password.data, here(), now=now)
    except StaffLinkGone:
        return _gone()
    if opened is None:
        flash("Your password is changed. Sign in with it.")
        return unseat(redirect(url_for("staff.sign_in"), 303))
    return seat(redirect(url_for("staff.new_factor"), 303), opened)


@staff_pages.get("/forgot")
def forgot() -> str:
    """Ask for a link."""
    return render_template("staff/forgot.html", form=ForgotForm(formdata=None))


@staff_pages.post("/forgot")
def send_forgot() -> Any:
    """The same answer whether or not somebody has this address."""
    form = ForgotForm()
    if not form.validate_on_submit():
        return render_template("staff/forgot.html", form=form)
    guard_writing()  # only now: of what is mistyped no mail is sent
    ask_for_link(form.email.data, now=site().clock())
    return render_template("staff/forgot_sent.html", email=form.email.data)


def _gone() -> tuple[str, int]:
    return render_template("staff/link_gone.html"), 404
