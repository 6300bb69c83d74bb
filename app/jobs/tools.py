"""What the commands and the worker may use, put together once by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.checkout import CheckoutGateway
from app.domain.mail import Mailer
from app.publishing.library import Library
from app.publishing.pictures.folder import Pictures
from app.services.manage.booking_links import BookingLinks
from app.services.staff.keys import StaffKeys


def all_read(_seconds: float) -> int:
    """For a library that is read wholly when it is made."""
    return 0


@dataclass(frozen=True, slots=True)
class Tools:
    """`clock` tells aware UTC; `library` the content that is live now; the addresses have no trailing slash.

    `read_on` reads texts that were only glimpsed, for about so many seconds, and says how many still wait.
    `sandbox_url` is where the local stand-in for Stripe is, None when Stripe itself is used.
    """

    clock: Callable[[], datetime]
    library: Callable[[], Library]
    checkout: CheckoutGateway
    mailer: Mailer
    links: BookingLinks
    base_url: str
    environment: str
    pictures: Pictures
    sandbox_url: str | None = None
    read_on: Callable[[float], int] = all_read
    staff_keys: StaffKeys = field(kw_only=True)
