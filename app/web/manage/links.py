"""Links that were lost, or that someone else may know."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from app.services.manage.link_mails import renew_link, send_again, send_links_to
from app.web.booking.forms import PressForm
from app.web.booking.visitor import private
from app.web.limits import guard_links, guard_writing
from app.web.manage.forms import FindForm
from app.web.manage.own_booking import read_own
from app.web.site import site

link_pages = Blueprint("links", __name__)
link_pages.after_request(private)


@link_pages.post("/booking/<token>/send")
def send(token: str) -> Any:
    """Send the confirmation again, at most once an hour."""
    guard_links()
    own = read_own(token)
    if PressForm().validate_on_submit() and own.changeable:
        send_again(own.booking.id, own.version, now=site().clock())
    return redirect(url_for("manage.booking", token=token, done="sent"), 303)


@link_pages.post("/booking/<token>/renew")
def renew(token: str) -> Any:
    """Make this link useless for whoever else has it; the client is sent a new one."""
    guard_links()
    own = read_own(token)
    if PressForm().validate_on_submit() and own.changeable:
        renew_link(own.booking.id, own.version, now=site().clock())
    return render_template("manage/renewed.html")


@link_pages.get("/find-booking")
def find() -> str:
    """Ask for the address that a booking was made with."""
    return render_template("manage/find.html", form=FindForm(formdata=None))


@link_pages.post("/find-booking")
def find_by_address() -> Any:
    """Write to that address. The answer is the same whether or not anything is booked under it."""
    form = FindForm()
    if not form.validate_on_submit():
        return render_template("manage/find.html", form=form)
    guard_writing()  # only now: of what is mistyped no mail is sent
    send_links_to(form.email.data, now=site().clock())
    return render_template("manage/found.html", email=form.email.data)
