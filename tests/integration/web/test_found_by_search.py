"""What of booking a search engine may show."""

from __future__ import annotations

from tests.booking_visitor import BookingVisitor


def test_only_the_bare_first_step_may_be_found_by_search(booker: BookingVisitor) -> None:
    bare, led = booker.client.get("/book"), booker.client.get("/book?condition=neck")
    assert 'name="description"' in bare.text
    assert "noindex" not in bare.text
    assert "X-Robots-Tag" not in bare.headers
    assert "noindex" in led.text
    assert led.headers["X-Robots-Tag"] == "noindex"
    assert booker.client.get("/book/safety").headers["X-Robots-Tag"] == "noindex"
