"""Which form of a body travels."""

from __future__ import annotations

import gzip

import brotli
import pytest

from app.web.encodings import squeeze

LONG = b"words that repeat, " * 200


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("br;q=0.0, gzip;q=0.000", None),
        ("br;q=0.5, gzip", "br"),
        ("*", "br"),
        ("*;q=0", None),
        ("br;q=0, *", "gzip"),
        ("GZIP", "gzip"),
        ("identity", None),
        ("brotli", None),
        (";;;,,", None),
    ],
)
def test_the_smallest_form_that_is_allowed_travels(accepted: str, coding: str | None) -> None:
    body = squeeze(LONG)
    used, content = body.best(accepted)
    assert used == coding
    undone = {None: lambda b: b, "gzip": gzip.decompress, "br": brotli.decompress}[used](content)
    assert undone == LONG


def test_a_small_body_is_left_alone() -> None:
    assert squeeze(b"ok").best("br, gzip") == (None, b"ok")


def test_squeezing_twice_gives_the_same_bytes() -> None:
    assert squeeze(LONG) == squeeze(LONG)
