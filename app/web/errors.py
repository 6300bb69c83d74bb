"""What a visitor sees when the answer is no: one table from refusals to pages, and pages for HTTP's own errors.

Every page says what happened, that nothing is lost, and a way on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Flask, current_app, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.domain import refusals as no
from app.domain.checkout import CheckoutError
from app.publishing.search import Hit
from app.web.search import suggest
from app.web.staff.lost import answer_inside, stop_stranger

log = logging.getLogger(__name__)

#: A body, its status and further headers, as a view may answer.
Page = tuple[str, int, dict[str, str]]
Answer = Page | Response
#: What is missing may be published in a minute, and what is broken may be whole: nothing between may go on saying no.
NOT_KEPT = {"Cache-Control": "no-store"}
#: When to try again, by status, as the words say: what is counted is counted by the hour. Seconds.
AGAIN_AFTER_S = {429: 3600, 503: 60}


@dataclass(frozen=True, slots=True)
class Words:
    """One error page. `way` is an address and the words of its link; the phone stands on every page."""

    status: int
    title: str
    text: str
    way: tuple[str, str] = ("/", "Go to the home page")


AGAIN = ("/book/check", "Try again")
TIMES = ("/book/time", "See free times")

#: Refusals that reach the page as they are; steps that can do better answer them themselves.
REFUSED: dict[type[no.Refusal], Words] = {
    no.SlotTaken: Words(
        409,
        "That time has just gone",
        "Someone else took it a moment ago. You have paid nothing and your answers are kept.",
        TIMES,
    ),
    no.SlotNotOffered: Words(
        409, "That time cannot be booked", "It is no longer free. Choose another: your answers are kept.", TIMES
    ),
    no.UnknownTreatment: Words(
        409,
        "That visit is not offered",
        "It may have changed. Choose from the list.",
        ("/book/treatment", "See visits"),
    ),
    no.UnknownPractitioner: Words(
        409,
        "That person does not give this visit",
        "Choose another person or visit.",
        ("/book/treatment", "See visits"),
    ),
    no.HoldExpired: Words(409, "Your time is no longer held", "You have paid nothing. Your answers are kept.", TIMES),
    no.NoHold: Words(409, "No time is held for you", "You have paid nothing. Your answers are kept.", TIMES),
    no.TooManyHolds: Words(
        429,
        "Too many times are being held",
        "To keep times free for others we hold only a few from one place. Try again in an hour, or phone us.",
        ("/book/time", "See free times"),
    ),
    no.PhoneOnly: Words(
        409, "Please phone us for this booking", "You have paid nothing. We are glad to find a time with you."
    ),
    no.OutOfReach: Words(
        409, "We do not visit that address yet", "You have paid nothing.", ("/book/details", "Give another address")
    ),
    no.TooYoung: Words(
        409, "We cannot book this visit online", "We do not see people this young. You have paid nothing."
    ),
    no.GuardianMissing: Words(
        409,
        "A parent or guardian must agree",
        "Whoever books for a minor agrees to the visit and comes along. You have paid nothing.",
        ("/book/details", "Change your details"),
    ),
    no.DetailsMissing: Words(
        409,
        "We need your name first",
        "Add your details to go on. You have paid nothing.",
        ("/book/details", "Add your details"),
    ),
    no.DepositNotPossible: Words(
        502, "The payment page could not be opened", "You have paid nothing and your time is still held.", AGAIN
    ),
    no.DepositUncertain: Words(
        503,
        "The payment service does not answer",
        "You have paid nothing and your time is still held. Please try again in a minute.",
        AGAIN,
    ),
    no.BookingNotFound: Words(
        404,
        "This link does not lead to a booking",
        "It may be old, or a part of it may be missing. Use the link in the newest email, or have it sent again.",
        ("/find-booking", "Send me the link"),
    ),
    no.NotCancellable: Words(409, "This visit cannot be cancelled online", "Please phone us and we do it with you."),
    no.NotMovable: Words(409, "This visit cannot be moved online", "Please phone us and we do it with you."),
}

HTTP: dict[int, Words] = {
    400: Words(
        400, "We could not read that", "Go back, reload the page and send it again. Nothing was booked or paid."
    ),
    403: Words(403, "This page is for the practice only", "If you work here, sign in and try again."),
    404: Words(404, "We looked, and this page is not here", "The address may be old or mistyped."),
    405: Words(405, "That does not work this way", "Use the links and buttons of the page."),
    409: Words(409, "That has changed in the meantime", "Reload the page and look again."),
    410: Words(
        410, "This page has been taken down", "What it said is no longer offered here.", ("/articles/", "See articles")
    ),
    413: Words(413, "That was too much at once", "Shorten what you typed and send it again."),
    429: Words(429, "Too many tries", "Try again in an hour, or phone us."),
    500: Words(
        500,
        "Something went wrong on our side",
        "It is not your doing. If you were paying, look for our email before you pay again.",
    ),
    502: Words(502, "A service we need does not answer", "Please try again in a minute."),
    503: Words(503, "We are busy for a moment", "Please try again in a minute. Nothing is lost."),
}
FORM_TOO_OLD = Words(
    400, "This page was open for too long", "Go back, reload it and send it again. Nothing was booked or paid."
)


def handle_errors(app: Flask) -> None:
    """Answer every refusal and error of `app` with a page and a way on."""

    @app.errorhandler(no.Refusal)
    def refused(error: no.Refusal) -> Answer:
        return _page(REFUSED.get(type(error), HTTP[409]))

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Answer:
        return _page(FORM_TOO_OLD)

    @app.errorhandler(CheckoutError)
    def no_checkout(error: CheckoutError) -> Answer:
        log.error("payment provider: %s %s on %s", type(error).__name__, error, request.endpoint)
        return _page(REFUSED[no.DepositUncertain])

    @app.errorhandler(no.StoreUnavailable)
    def busy(error: no.StoreUnavailable) -> Answer:
        log.error("database: %s on %s", error, request.endpoint)
        return _page(HTTP[503])

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> HTTPException | Answer:
        if error.code is None or error.code < 400:
            return error
        stopped: Answer | None = stop_stranger(error.code)
        return stopped or _http_error(error, error.code)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Answer:
        if app.testing:
            raise error
        log.exception("unhandled on %s", request.endpoint)
        return _page(HTTP[500])


def _http_error(error: HTTPException, status: int) -> Answer:
    if status == 404 and (meant := _without_slash()) is not None:
        return redirect(meant, 301)
    words = HTTP.get(status, HTTP[500 if status >= 500 else 400])
    # booking and preview addresses are secrets, and nothing that a search should see
    lost = status in (404, 410) and not request.path.startswith(("/book", "/preview", "/waitlist", "/stripe"))
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return _page(words, status, suggest(request.path) if lost else (), lost=lost, headers=kept)


def _without_slash() -> str | None:
    """The page that was meant, when only a slash too many stands at the end of the address."""
    path = request.path.rstrip("/")
    adapter = current_app.create_url_adapter(request)
    if request.url_rule is not None or path in ("", request.path) or path.startswith("//") or adapter is None:
        return None
    return path if adapter.test(path, "GET") else None


def _page(
    words: Words,
    status: int | None = None,
    suggested: Sequence[Hit] = (),
    *,
    lost: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    again = {"Retry-After": str(AGAIN_AFTER_S[words.status])} if words.status in AGAIN_AFTER_S else {}
    headers = NOT_KEPT | again | dict(headers or {})
    for_staff: Answer | None = answer_inside(status or words.status, headers)
    if for_staff is not None:
        return for_staff
    page = render_template("errors/error.html", words=words, suggested=suggested, lost=lost)
    return page, status or words.status, headers
