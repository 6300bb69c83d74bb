"""What a password must be, how long wrong tries wait, and how long a sitting lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.staff import (
    FREE_TRIES,
    LONGEST_WAIT,
    Staff,
    password_fault,
    read_code,
    sitting_ends,
    still_sits,
    wait_after,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOO_SHORT, OWN, EASY = "12 characters or more", "not your email address", "easy to guess"


def fault(password: str) -> str:
    return password_fault(password, email="robin@practice.example", practice="Kestrel practice") or ""


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", TOO_SHORT),
        ("blue kettle", TOO_SHORT),
        ("x" * 201, "200 characters or fewer"),
        ("e\u0301" * 101, "200 characters or fewer"),  # typed longer than signing in looks at
        ("robin@practice.example", OWN),
        ("Kestrel-Practice-1", OWN),
        ("kestrelkestrel", OWN),
        ("robin.robin.2026", OWN),
        ("Password1234!", EASY),
        ("P@ssw0rd2026!!", EASY),
        ("pass-word-pass-word", EASY),
        ("Summer2026!!!", EASY),
        ("my-massage-clinic-2026", EASY),
        ("Wednesday welcome", EASY),
        ("aaaaaaaaaaaaaaaa", EASY),
        ("abcabcabcabcabc", EASY),
        ("123456789012", EASY),
        ("qwertyuiop12", EASY),
    ],
)
def test_a_password_that_is_refused_says_why(password: str, why: str) -> None:
    assert why in fault(password)


@pytest.mark.parametrize(
    "password",
    ["blue kettle waltz", "summer kettle waltz bridge", "x7#Kq9!vLm2$", "my-massage-x7#Kq9!vL", "7392 8461 5029",
     "zwölf graue Gänse", "πρωινός καφές"],
)  # fmt: skip
def test_long_and_unusual_is_enough(password: str) -> None:
    assert fault(password) == ""


def test_waits_grow_and_never_for_good() -> None:
    waits = [wait_after(wrong) for wrong in range(FREE_TRIES + 12)]
    assert waits[:FREE_TRIES] == [timedelta(0)] * FREE_TRIES
    assert waits[FREE_TRIES] == timedelta(seconds=30)
    assert waits == sorted(waits)
    assert waits[-1] == wait_after(10**6) == LONGEST_WAIT == timedelta(minutes=15)


def test_a_sitting_ends_after_twelve_hours_and_sooner_when_nothing_is_done() -> None:
    ends_at = sitting_ends("full", since=NOON)
    assert ends_at == NOON + timedelta(hours=12)
    last, second = NOON + timedelta(hours=11, minutes=59), timedelta(seconds=1)
    assert still_sits(now=last, ends_at=ends_at, seen_at=last)
    assert not still_sits(now=ends_at, ends_at=ends_at, seen_at=last)
    idle = NOON + timedelta(hours=2)
    assert still_sits(now=idle - second, ends_at=ends_at, seen_at=NOON)
    assert not still_sits(now=idle, ends_at=ends_at, seen_at=NOON)
    assert sitting_ends("code", since=NOON) == sitting_ends("factor", since=NOON) == NOON + timedelta(minutes=15)


def test_only_therapists_see_health_answers() -> None:
    assert [Staff(1, "a@b.example", "A", role).sees_health for role in ("therapist", "desk")] == [True, False]


def test_codes_are_read_as_people_type_them() -> None:
    assert read_code(" 123 456 ") == "123456"
    assert read_code("ABCD-efgh 2345") == "abcdefgh2345"
