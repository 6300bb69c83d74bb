"""What the site's secret makes for the staff area: tokens of mailed links, and digests that stand for secrets."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

from app.domain.refusals import StaffLinkGone


class StaffKeys:
    """Made once, with the site's secret. What is stored is a digest: whoever reads the tables cannot sign in by it."""

    def __init__(self, secret_key: str) -> None:
        self._links = URLSafeSerializer(secret_key, salt="staff-link")
        self._secret = secret_key.encode()

    def link_token(self, link_id: int, made_at: datetime) -> str:
        """The token of a mailed link. It names the moment too: numbers of deleted links may be given again."""
        return str(self._links.dumps([link_id, stamp(made_at)]))

    def read_link(self, token: str) -> tuple[int, int]:
        """Number and stamp of the link behind a token. Raises StaffLinkGone for anything this site did not sign."""
        try:
            link_id, made = self._links.loads(token)
        except (BadData, TypeError, ValueError):
            raise StaffLinkGone from None
        if not isinstance(link_id, int) or not isinstance(made, int):
            raise StaffLinkGone
        return link_id, made

    def digest(self, kind: str, *parts: object) -> str:
        """What is stored in place of a token, a recovery code, an account or a network: 64 hexadecimal signs."""
        text = "\0".join(map(str, (f"staff-{kind}", *parts)))
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


def stamp(moment: datetime) -> int:
    """An instant in whole milliseconds, as tokens tell it."""
    return round(moment.timestamp() * 1000)


def new_token() -> str:
    """A random token for a cookie: 256 bits."""
    return secrets.token_urlsafe(32)
