"""What the site's secret makes for the staff area: tokens of mailed links, and digests that stand for secrets."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from itsdangerous import BadData, URLSafeSerializer

from app.domain.refusals import StaffLinkGone


class StaffKeys:
    """Made once, with the site's secret. What is stored is a digest: whoever reads the tables cannot sign in by it."""

    def __init__(self, secret_key: str) -> None:
        self._links = URLSafeSerializer(secret_key, salt="staff-link")
        self._secret = secret_key.encode()

    def link_token(self, link_id: int) -> str:
        """The token of a mailed link."""
        return str(self._links.dumps(link_id))

    def read_link(self, token: str) -> int:
        """The number of the link behind a token. Raises StaffLinkGone for anything this site did not sign."""
        try:
            link_id = self._links.loads(token)
        except (BadData, TypeError, ValueError):
            raise StaffLinkGone from None
        if not isinstance(link_id, int):
            raise StaffLinkGone
        return link_id

    def digest(self, kind: str, *parts: object) -> str:
        """What is stored in place of a token, a recovery code, an account or a network: 64 hexadecimal signs."""
        text = "\0".join(map(str, (f"staff-{kind}", *parts)))
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


def new_token() -> str:
    """A random token for a cookie: 256 bits."""
    return secrets.token_urlsafe(32)
