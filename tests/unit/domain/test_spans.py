"""Spans and their algebra, against sets of minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.spans import Span, subtract, union

MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC)
MINUTES = st.integers(0, 60)
SPANS = st.lists(
    st.builds(lambda a, b: Span(MIDNIGHT + timedelta(minutes=a), MIDNIGHT + timedelta(minutes=b)), MINUTES, MINUTES),
    max_size=6,
)


def minutes(spans: tuple[Span, ...] | list[Span]) -> set[datetime]:
    return {
        MIDNIGHT + timedelta(minutes=number)
        for number in range(61)
        if any(s.starts_at <= MIDNIGHT + timedelta(minutes=number) < s.ends_at for s in spans)
    }


def is_tidy(spans: tuple[Span, ...]) -> bool:
    """Sorted, none empty, none touching its neighbour."""
    edges = [edge for span in spans for edge in (span.starts_at, span.ends_at)]
    return edges == sorted(set(edges))


@given(SPANS)
def test_union_keeps_every_moment_once(spans: list[Span]) -> None:
    assert minutes(union(spans)) == minutes(spans)
    assert is_tidy(union(spans))


@given(SPANS, SPANS)
def test_subtract_takes_exactly_what_is_taken(spans: list[Span], taken: list[Span]) -> None:
    left = subtract(spans, taken)
    assert minutes(left) == minutes(spans) - minutes(taken)
    assert is_tidy(left)


def test_touching_spans_do_not_overlap() -> None:
    one = Span(MIDNIGHT, MIDNIGHT + timedelta(minutes=5))
    next_one = Span(one.ends_at, one.ends_at + timedelta(minutes=5))
    assert not one.overlaps(next_one)
    assert one.overlaps(one)
    assert Span(one.starts_at, next_one.ends_at).holds(next_one)
    assert not one.holds(next_one)
