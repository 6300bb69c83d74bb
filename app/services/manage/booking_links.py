"""The signed address under which a client finds their booking."""

from __future__ import annotations

from itsdangerous import BadData, URLSafeSerializer

from app.domain.booking import Booking
from app.domain.refusals import BookingNotFound

#: Marks a token that was not mailed.
_TYPED = "typed"


class BookingLinks:
    """Makes and reads booking tokens. A token names a booking and its link version: raising the version revokes it.

    One that was mailed opens the client's credit as well: whoever came by it reads the mail of their address. The page
    right after booking has another one, which opens the booking alone: the address was typed there, by anybody.
    """

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt="booking-link")
        self._waitlist = URLSafeSerializer(secret_key, salt="waitlist-link")

    def token_for(self, booking: Booking) -> str:
        """The token of this booking at its present link version, to be mailed or handed out by the practice."""
        return str(self._serializer.dumps([booking.id, booking.link_version]))

    def token_on_booking(self, booking: Booking) -> str:
        """The same for the browser in which the booking was just made: it opens no credit."""
        return str(self._serializer.dumps([booking.id, booking.link_version, _TYPED]))

    def token_beside(self, token: str, booking: Booking) -> str:
        """The token of a `booking` that the page of a good `token` leads to: it opens no more than that one does."""
        return self.token_for(booking) if self.was_mailed(token) else self.token_on_booking(booking)

    def read(self, token: str) -> tuple[int, int]:
        """Booking id and link version. Raises BookingNotFound for anything this site did not sign."""
        return self._read(token)[:2]

    def was_mailed(self, token: str) -> bool:
        """Whether a token opens credit. Raises BookingNotFound for anything this site did not sign."""
        return self._read(token)[2]

    def _read(self, token: str) -> tuple[int, int, bool]:
        try:
            booking_id, version, *marks = self._serializer.loads(token)
        except (BadData, TypeError, ValueError):
            raise BookingNotFound from None
        if not isinstance(booking_id, int) or not isinstance(version, int) or marks not in ([], [_TYPED]):
            raise BookingNotFound
        return booking_id, version, not marks

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
