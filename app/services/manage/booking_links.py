"""The signed address under which a client finds their booking."""

from __future__ import annotations

from itsdangerous import BadData, URLSafeSerializer

from app.domain.booking import Booking
from app.domain.refusals import BookingNotFound


class BookingLinks:
    """Makes and reads booking tokens. A token names a booking and its link version: raising the version revokes it."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt="booking-link")
        self._waitlist = URLSafeSerializer(secret_key, salt="waitlist-link")

    def token_for(self, booking: Booking) -> str:
        """The token of this booking at its present link version."""
        return str(self._serializer.dumps([booking.id, booking.link_version]))

    def read(self, token: str) -> tuple[int, int]:
        """Booking id and link version. Raises BookingNotFound for anything this site did not sign."""
        try:
            booking_id, version = self._serializer.loads(token)
        except (BadData, TypeError, ValueError):
            raise BookingNotFound from None
        if not isinstance(booking_id, int) or not isinstance(version, int):
            raise BookingNotFound
        return booking_id, version

    def waitlist_token(self, key: str) -> str:
        """The token of the waitlist entry with this key."""
        return str(self._waitlist.dumps(key))

    def read_waitlist(self, token: str) -> str:
        """The key of a waitlist entry. Raises BookingNotFound for anything this site did not sign."""
        try:
            key = self._waitlist.loads(token)
        except (BadData, TypeError, ValueError):
            raise BookingNotFound from None
        if not isinstance(key, str):
            raise BookingNotFound
        return key
