"""Links to a booking: what they carry, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from app.domain.refusals import BookingNotFound
from app.services.manage.booking_links import BookingLinks
from tests.factories.values import make_booking

SECRET = "a secret of more than thirty-two characters"
LINKS = BookingLinks(SECRET)


def test_a_token_names_its_booking_and_version() -> None:
    booking = make_booking(id=41, link_version=3)
    assert LINKS.read(LINKS.token_for(booking)) == (41, 3)
    assert LINKS.token_for(replace(booking, link_version=4)) != LINKS.token_for(booking)


def test_the_token_of_the_browser_that_booked_is_told_from_a_mailed_one() -> None:
    booking, other = make_booking(id=41, link_version=3), make_booking(id=42)
    mailed, typed = LINKS.token_for(booking), LINKS.token_on_booking(booking)
    assert LINKS.read(typed) == (41, 3)
    assert (LINKS.was_mailed(mailed), LINKS.was_mailed(typed)) == (True, False)
    assert LINKS.token_beside(mailed, other) == LINKS.token_for(other)
    assert LINKS.token_beside(typed, other) == LINKS.token_on_booking(other)


def test_a_token_tells_nothing_else() -> None:
    token = LINKS.token_for(make_booking(id=41))
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()
    assert len(token) < 60


@pytest.mark.parametrize("change", ["other secret", "cut", "altered", "other salt"])
def test_what_we_did_not_sign_is_not_found(change: str) -> None:
    token = LINKS.token_for(make_booking(id=41))
    forged = {
        "other secret": BookingLinks("another secret of thirty-two characters!").token_for(make_booking(id=41)),
        "cut": token[:-1],
        "altered": token.replace(token[0], "X", 1),
        "other salt": str(URLSafeSerializer(SECRET, salt="else").dumps([41, 1])),
    }[change]
    with pytest.raises(BookingNotFound):
        LINKS.read(forged)


@pytest.mark.parametrize("content", [41, [41], [41, 1, 1], ["41", 1], [41, None], {"id": 41}, None, [1.5, 1]])
def test_signed_nonsense_is_not_found(content: object) -> None:
    with pytest.raises(BookingNotFound):
        LINKS.read(str(URLSafeSerializer(SECRET, salt="booking-link").dumps(content)))


@given(st.text(max_size=300))
def test_any_text_is_not_found_and_never_an_error(text: str) -> None:
    with pytest.raises(BookingNotFound):
        LINKS.read(text)
