"""Setting the second factor up, and the recovery codes that stand in for it."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from flask import redirect, render_template, url_for
from markupsafe import Markup

from app.domain.refusals import StaffNotFound
from app.services.staff.second_factor import begin_new_phone, read_new_factor, renew_codes
from app.services.staff.second_factor import confirm_factor as confirm
from app.services.staff.sign_in import confirm_password
from app.services.staff.sittings import Opened, Sitting, drop_fresh_codes, read_fresh_codes
from app.web.booking.forms import PressForm
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.forms import CodeForm, PasswordForm, refuse, wait_words
from app.web.staff.gate import current_sitting, half_way, here, own_path, seat


@staff_pages.get("/second-factor")
def new_factor() -> Any:
    """The QR code and the key, for an app."""
    sitting = half_way("factor", "full")
    return redirect(url_for("staff.sign_in"), 303) if sitting is None else _set_up(sitting, CodeForm(formdata=None))


@staff_pages.post("/second-factor")
def confirm_factor() -> Any:
    """The app shows the right code: from now on it is asked for."""
    sitting, form = half_way("factor", "full"), CodeForm()
    if sitting is None:
        return redirect(url_for("staff.sign_in"), 303)
    if not form.validate_on_submit():
        return _set_up(sitting, form)
    keys, now = site().staff_keys, site().clock()
    try:
        opened = confirm(keys, sitting.staff.id, form.code.data, here(), now=now)
    except StaffNotFound:
        return redirect(url_for("staff.recovery_codes"), 303)  # done already, or begun nowhere
    if isinstance(opened, Opened):
        return seat(redirect(url_for("staff.recovery_codes"), 303), opened)
    wrong = "That code is not right. Check that the clock of your phone is set by itself, and enter the next code"
    refuse(form.code, wait_words(opened) if opened else wrong)
    return _set_up(sitting, form), 429 if opened else 200


@staff_pages.get("/recovery-codes")
def recovery_codes() -> Any:
    """The codes, as long as nobody said that they are written down."""
    codes = read_fresh_codes(current_sitting().id)
    if not codes:
        return redirect(url_for("staff.account"), 303)
    return render_template("staff/recovery_codes.html", codes=codes)


@staff_pages.post("/recovery-codes")
def written_down() -> Any:
    """They are on paper: nobody can read them here any more."""
    if PressForm().validate_on_submit():
        drop_fresh_codes(current_sitting().id)
    return redirect(own_path(None), 303)


@staff_pages.post("/recovery-codes/new")
def new_codes() -> Any:
    """New ones, for who gives their password once more; the old ones work no more."""
    sitting, form, keys, now = current_sitting(), PasswordForm(), site().staff_keys, site().clock()
    if not form.validate_on_submit():
        return render_template("staff/new_codes.html", form=form)
    kept = confirm_password(keys, sitting.staff.id, form.old.data, now=now)
    if isinstance(kept, str):
        renew_codes(keys, sitting.staff.id, sitting.id)
        return redirect(url_for("staff.recovery_codes"), 303)
    refuse(form.old, wait_words(kept) if isinstance(kept, datetime) else "That is not your password")
    return render_template("staff/new_codes.html", form=form), 429 if kept else 200


@staff_pages.get("/recovery-codes/new")
def ask_new_codes() -> str:
    """Ask for the password first."""
    return render_template("staff/new_codes.html", form=PasswordForm(formdata=None))


@staff_pages.get("/second-factor/another")
def ask_new_phone() -> str:
    """Ask for the password before another phone is connected."""
    return render_template("staff/new_phone.html", form=PasswordForm(formdata=None))


@staff_pages.post("/second-factor/another")
def new_phone() -> Any:
    """Go on to the QR code. The old phone works until the new one has shown a code."""
    staff_id, form = current_sitting().staff.id, PasswordForm()
    if not form.validate_on_submit():
        return render_template("staff/new_phone.html", form=form)
    kept = confirm_password(site().staff_keys, staff_id, form.old.data, now=site().clock())
    if isinstance(kept, str):
        begin_new_phone(staff_id)
        return redirect(url_for("staff.new_factor"), 303)
    refuse(form.old, wait_words(kept) if isinstance(kept, datetime) else "That is not your password")
    return render_template("staff/new_phone.html", form=form), 429 if kept else 200


def _set_up(sitting: Sitting, form: CodeForm) -> Any:
    try:
        secret = read_new_factor(sitting.staff.id, practice=site().library().practice.name)
    except StaffNotFound:
        return redirect(url_for("staff.account"), 303)
    return render_template(
        "staff/new_factor.html", form=form, key=secret.key, address=secret.address, drawing=_drawn(secret.address)
    )


def _drawn(address: str) -> Markup:
    """A QR code, dark on light whatever the page's colours are: cameras want it so."""
    import segno  # lazy: 3 MiB that only setting up a second factor needs

    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False, svgns=False, nl=False,
        svgclass=None, lineclass=None,
    )  # fmt: skip
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn here, of squares
