"""Half-open spans of time in UTC, and their algebra."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `starts_at` up to, and not including, `ends_at`. Empty when they do not come in that order."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Span) -> bool:
        """Whether the two share any moment; touching ends do not count."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def holds(self, other: Span) -> bool:
        """Whether `other` lies wholly inside."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same moments as sorted spans that neither overlap nor touch; empty spans vanish."""
    merged: list[Span] = []
    for span in sorted(s for s in spans if s.starts_at < s.ends_at):
        if merged and span.starts_at <= merged[-1].ends_at:
            merged[-1] = Span(merged[-1].starts_at, max(merged[-1].ends_at, span.ends_at))
        else:
            merged.append(span)
    return tuple(merged)


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """The moments of `spans` that are in none of `taken`, as sorted separate spans."""
    left: list[Span] = []
    cuts = union(taken)
    for span in union(spans):
        start = span.starts_at
        for cut in cuts:
            if cut.ends_at <= start:
                continue
            if cut.starts_at >= span.ends_at:
                break
            if cut.starts_at > start:
                left.append(Span(start, cut.starts_at))
            start = cut.ends_at
        if start < span.ends_at:
            left.append(Span(start, span.ends_at))
    return tuple(left)
