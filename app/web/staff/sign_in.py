"""Signing in and out: password, then code. The same answer for an unknown address and for a wrong password."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from app.domain.staff import EXAMPLE_EMAIL, EXAMPLE_PASSWORD
from app.services.staff.second_factor import check_code as check_second
from app.services.staff.sign_in import check_password
from app.services.staff.sittings import Opened, end_sitting
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.forms import CodeForm, SignInForm, refuse, wait_words
from app.web.staff.gate import half_way, here, own_path, seat, unseat, with_examples

#: Where someone half-way in goes on.
NEXT_STEP = {"code": "staff.code", "factor": "staff.new_factor"}


@staff_pages.get("/sign-in")
def sign_in() -> Any:
    """Address and password."""
    if g.get("staff") is not None:
        fresh = g.sitting.fresh_codes  # a button pressed twice must not lead past them
        return redirect(url_for("staff.recovery_codes") if fresh else own_path(request.args.get("next")), 303)
    form = SignInForm(formdata=None)
    form.next.data = request.args.get("next")
    return _page(form)


@staff_pages.post("/sign-in")
def check_sign_in() -> Any:
    """Hold them against what is kept."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form)
    email, password, now = form.email.data, form.password.data, site().clock()
    opened = check_password(site().staff_keys, email, password, here(), examples=with_examples(), now=now)
    if isinstance(opened, Opened):
        wanted = own_path(form.next.data)
        to = url_for(NEXT_STEP[opened.stage], next=wanted) if opened.stage in NEXT_STEP else wanted
        return seat(redirect(to, 303), opened)
    refuse(form.password, _wrong(opened, "The email address or the password is not right"))
    return _page(form), 429 if opened else 200


@staff_pages.get("/sign-in/code")
def code() -> Any:
    """The second factor."""
    if half_way("code") is None:
        return redirect(url_for("staff.sign_in"), 303)
    form = CodeForm(formdata=None)
    form.next.data = request.args.get("next")
    return render_template("staff/code.html", form=form)


@staff_pages.post("/sign-in/code")
def check_code() -> Any:
    """Signed in, when the code is right and was not used before."""
    sitting, form = half_way("code"), CodeForm()
    if sitting is None:
        return redirect(url_for("staff.sign_in", next=form.next.data or None), 303)
    opened = None
    if form.validate_on_submit():
        keys, now = site().staff_keys, site().clock()
        opened = check_second(keys, sitting.staff.id, sitting.id, form.code.data, here(), now=now)
        if isinstance(opened, Opened):
            return seat(redirect(own_path(form.next.data), 303), opened)
        refuse(form.code, _wrong(opened, "That code is not right, or was used already. Wait for the next one"))
    return render_template("staff/code.html", form=form), 429 if opened else 200


@staff_pages.post("/sign-out")
def sign_out() -> Any:
    """End this sitting."""
    sitting = g.sitting
    end_sitting(sitting.staff.id, sitting.id, now=site().clock())
    flash("You are signed out.")
    return unseat(redirect(url_for("staff.sign_in"), 303))


def _page(form: SignInForm) -> str:
    example = (EXAMPLE_EMAIL, EXAMPLE_PASSWORD) if site().environment == "development" else None
    return render_template("staff/sign_in.html", form=form, example=example)


def _wrong(until: datetime | Opened | None, words: str) -> str:
    return wait_words(until) if isinstance(until, datetime) else words
