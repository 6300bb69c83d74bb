"""The summary of errors leads down the page: its lines come in the order of the fields."""

from __future__ import annotations

import pytest

from tests.booking_visitor import BookingVisitor


@pytest.mark.parametrize("path", ["/book/waitlist", "/book/details", "/ask", "/ask/call"])
def test_errors_come_in_the_order_of_the_fields(booker: BookingVisitor, path: str) -> None:
    booker.reach_details()
    booker.send(path)
    linked = list(booker.errors())
    assert len(linked) > 1
    places = booker.page.ids
    assert linked == sorted(linked, key=places.index)


def test_the_waitlist_names_only_days_on_which_someone_works(booker: BookingVisitor) -> None:
    booker.reach_times()
    booker.get("/book/waitlist")
    boxes = booker.page.all("input", name="weekdays")
    assert [box.attributes["value"] for box in boxes] == ["1", "2", "3", "4", "5"]  # closed on Sunday and Monday
