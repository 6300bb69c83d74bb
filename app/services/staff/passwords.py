"""Passwords become argon2id hashes, and are held against them. Never inside a transaction: each takes its time."""

from __future__ import annotations

from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.staff import LONGEST_PASSWORD, same_password

#: OWASP's least: 19 MiB, two passes, one lane. A worker has little memory to spare, so that it makes one at a time.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_ONE_AT_A_TIME = Lock()
#: Of nobody's password, with the same costs: an unknown address takes as long as a wrong password.
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$jAsfYdwr6LY+GNvzFpM1uA$2bbq4B5tmvCvK/1Glx1Iw+7uL5/DSNAsXFKAL+z6gyw"


def hash_password(password: str) -> str:
    """The hash to keep."""
    with _ONE_AT_A_TIME:
        return _HASHER.hash(same_password(password))


def fits(password: str, kept: str | None) -> bool:
    """Whether `password` is the one that was `kept`; None, for nobody's, takes as long and is never so."""
    if len(password) > LONGEST_PASSWORD:  # no such password was ever kept, and work on it would be for an attacker
        password = ""
    with _ONE_AT_A_TIME:
        try:
            return _HASHER.verify(kept or _NOBODYS, same_password(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other costs than now."""
    return _HASHER.check_needs_rehash(kept)
