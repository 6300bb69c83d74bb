"""What every page may ask for, put together once by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from flask import current_app, has_request_context, request

from app.domain.checkout import CheckoutGateway
from app.publishing.library import Library
from app.publishing.previews import PreviewLinks
from app.services.manage.booking_links import BookingLinks
from app.services.staff.keys import StaffKeys

_LIBRARY = "site.library"


@dataclass(frozen=True, slots=True)
class Site:
    """`clock` tells aware UTC; `library` the content that is live now; `base_url` has no trailing slash.

    `pictures` is the folder of finished pictures. `make_paper` makes a page for printing, as HTML: of a booking's
    reference, for what ("evidence", "receipt"), and when (`now`); raises BookingNotFound.
    """

    clock: Callable[[], datetime]
    library: Callable[[], Library]
    checkout: CheckoutGateway
    links: BookingLinks
    previews: PreviewLinks
    staff_keys: StaffKeys
    base_url: str
    environment: str
    pictures: Path
    make_paper: Callable[..., str]
    metrics_token: str | None = None


def once_a_request(current: Callable[[], Library]) -> Callable[[], Library]:
    """`current` with one answer for a whole request: no page is made of two versions."""

    def library() -> Library:
        if not has_request_context():
            return current()
        found: Library | None = request.environ.get(_LIBRARY)
        if found is None:
            found = request.environ[_LIBRARY] = current()
        return found

    return library


def site() -> Site:
    """The container of the application that serves this request."""
    return cast(Site, current_app.extensions["site"])
