"""People of the practice who sign in: roles, what a password must be, how long tries wait, how long a sitting lasts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

Role = Literal["therapist", "desk"]
ROLES: tuple[Role, ...] = get_args(Role)
#: What a sitting is for: `code` waits for the second factor, `factor` sets one up, `full` is signed in.
Stage = Literal["code", "factor", "full"]
Purpose = Literal["welcome", "forgot"]

#: How long a mailed link may be used.
LINK_LIFE: dict[Purpose, timedelta] = {"welcome": timedelta(hours=24), "forgot": timedelta(minutes=30)}
#: A sitting ends after so long, whatever is done in it, and sooner when nothing is.
LONGEST_SITTING, LONGEST_IDLE = timedelta(hours=12), timedelta(hours=2)
#: So long somebody may take to sign in again and find what they had written.
UNSENT_KEPT = timedelta(days=1)
#: Until the second factor is given, or set up.
HALF_WAY = timedelta(minutes=15)
#: NIST SP 800-63B asks for length, a look-up of common passwords, and no rules about kinds of characters.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
#: A password made of common words needs so many different signs beside them.
LEAST_LEFT = 8
RECOVERY_CODES = 8
#: Without 0, 1, i, l, o, u: nobody mistakes one sign for another, or reads a word.
CODE_SIGNS = "23456789abcdefghjkmnpqrstvwxyz"
CODE_LENGTH = 12

#: Wrong tries that nobody has to wait for, of one account or code, and of a network that many may share.
FREE_TRIES, FREE_TRIES_OF_NETWORK = 5, 20
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
#: Wrong tries are forgotten after so long without another.
TRIES_FORGOTTEN = timedelta(hours=24)
#: How long a network stays known to an account that has signed in from it.
NETWORK_KNOWN = timedelta(days=30)

#: The account of the example practice: everyone may know its password, and it has no second factor. It is never let
#: in where real clients are served.
EXAMPLE_EMAIL, EXAMPLE_PASSWORD = "demo@practice.example", "only-an-example-account"

#: What many people put into a password, in letters alone. Our own list: kinds of words, not a copy of any.
COMMON = (
    "password", "passwort", "passphrase", "passcode", "letmein", "welcome", "hello", "login", "signin", "access",
    "admin", "administrator", "root", "user", "guest", "test", "changeme", "default", "secret", "master", "example",
    "iloveyou", "princess", "dragon", "monkey", "sunshine", "football", "liverpool", "arsenal", "chelsea",
    "spring", "summer", "autumn", "winter", "january", "february", "march", "april", "june", "july", "august",
    "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday", "london", "england", "massage", "sports", "sport", "therapist", "therapy", "practice",
    "clinic", "treatment", "booking", "staff", "muscle",
)  # fmt: skip
#: Runs that fingers or counting make.
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qazwsxedcrfvtgb")
_LOOKS_LIKE = str.maketrans("013457@$!", "oleastasi")


@dataclass(frozen=True, slots=True)
class Staff:
    """Someone of the practice. A `therapist` may see clients' health answers, a `desk` may not."""

    id: int
    email: str
    name: str
    role: Role

    @property
    def sees_health(self) -> bool:
        """Whether clients' health answers may be shown to them."""
        return self.role == "therapist"


def same_password(typed: str) -> str:
    """A password as it is compared: signs that look the same are the same (NFKC), as NIST SP 800-63B asks."""
    return unicodedata.normalize("NFKC", typed)


def password_fault(password: str, *, email: str, practice: str) -> str | None:
    """Why `password` cannot be chosen, in words for its field; None when it can."""
    if len(password) > LONGEST_PASSWORD:  # as it is typed, which is how signing in measures it
        return f"Use {LONGEST_PASSWORD} characters or fewer"
    password = same_password(password)
    if len(password) < SHORTEST_PASSWORD:
        return f"Use {SHORTEST_PASSWORD} characters or more"
    own = [_plain(part) for part in (*re.split(r"[@.]", email), *practice.split(), practice)]
    if _is_made_of(password, tuple(part for part in own if len(part) >= 3)):
        return "Choose something that is not your email address or the practice's name"
    if _is_made_of(password, COMMON) or _runs(password):
        return "That is easy to guess. Try three or four words that have nothing to do with each other"
    return None


def _plain(text: str) -> str:
    return re.sub(r"[\s\-_.]", "", text.casefold())


def _is_made_of(password: str, words: tuple[str, ...]) -> bool:
    """Whether little is left of `password` without `words`, whichever way its figures are read."""
    plain = _plain(password)
    for text in (plain, plain.translate(_LOOKS_LIKE)):
        left = text
        for word in sorted(words, key=len, reverse=True):
            left = left.replace(word, "")
        if left != text and len(set(left)) < LEAST_LEFT:
            return True
    return False


def _runs(password: str) -> bool:
    """Whether it is one piece again and again, few different signs, or runs along keys."""
    text = _plain(password)
    if len(set(text)) < 5 or re.fullmatch(r"(.{1,6}?)\1+.{0,5}", text):
        return True
    for run in _RUNS:
        pieces = {(way * 2)[start : start + 4] for way in (run, run[::-1]) for start in range(len(run))}
        text = re.sub("|".join(map(re.escape, sorted(pieces))), " ", text)
    return sum(len(part) for part in text.split()) < SHORTEST_PASSWORD // 2


def wait_after(wrong: int, *, free: int = FREE_TRIES) -> timedelta:
    """How long the next try waits after so many `wrong` ones in a row: nothing for `free`, then doubling to a quarter
    of an hour. It never grows further: an owner who waits gets in.
    """
    if wrong < free:
        return timedelta(0)
    return min(FIRST_WAIT * int(2 ** min(wrong - free, 10)), LONGEST_WAIT)


def sitting_ends(stage: Stage, *, since: datetime) -> datetime:
    """When a sitting that began `since` is over at the latest."""
    return since + (LONGEST_SITTING if stage == "full" else HALF_WAY)


def still_sits(*, now: datetime, ends_at: datetime, seen_at: datetime) -> bool:
    """Whether a sitting goes on."""
    return now < ends_at and now - seen_at < LONGEST_IDLE


def read_code(typed: str) -> str:
    """A code as people type it, without spaces and hyphens, in small letters."""
    return "".join(sign for sign in typed.casefold() if sign.isalnum())
