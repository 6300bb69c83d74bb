"""Whoever goes back to an earlier step and straight on again is booked as they said last."""

from __future__ import annotations

from flask import Flask

from app.services.bookings import read_reason
from tests.booking_visitor import BookingVisitor
from tests.integration.web.test_practice_rules import booked


def test_another_reason_is_the_one_the_practitioner_reads(booker: BookingVisitor, booking_app: Flask) -> None:
    booker.reach_check()
    booker.pass_reason("lower-back")
    booker.pass_gate()
    booker.get("/book/check")
    booker.send("/book/check")
    with booking_app.app_context():
        assert read_reason(booked(booking_app)[-1].id).area == "lower-back"


def test_someone_else_after_all_cannot_be_paid_for_before_they_are_named(
    booker: BookingVisitor, booking_app: Flask
) -> None:
    booker.reach_check()
    booker.pass_reason(for_whom="other")
    booker.pass_gate()
    booker.send("/book/check")
    assert booker.place == "/book/details"
    assert booked(booking_app)[-1].state == "held"
