"""Where Stripe tells us that something happened: checked before it is read, stored before it is answered."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, abort, request

from app.domain.checkout import BadSignature
from app.services.money.stripe_events import receive_event
from app.web.site import site

webhook_pages = Blueprint("webhook", __name__)
log = logging.getLogger(__name__)

LARGEST_BODY = 256 * 1024


@webhook_pages.post("/stripe/webhook")
def stripe_webhook() -> Response:
    """204 once the event is stored, for kinds we do not know too; 400 for what Stripe did not sign; 413 when too large.

    A fault of ours answers 500, and Stripe sends the event again.
    """
    if (request.content_length or 0) > LARGEST_BODY:
        abort(413)
    body = request.get_data(cache=False)
    try:
        notice = site().checkout.verify_event(body, request.headers.get("Stripe-Signature"))
    except BadSignature:
        log.warning("webhook refused: bad signature")
        return Response("bad signature\n", 400, mimetype="text/plain")
    receive_event(notice, now=site().clock())
    return Response(status=204)
