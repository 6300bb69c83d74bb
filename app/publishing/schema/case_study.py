"""The parts of a case study: what was felt visit by visit, and on what ground it is told."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.publishing.schema.fields import Day, Line, Strict


class Visit(Strict):
    """One visit of a case study's timeline. `mark` is how much of the patch is hatched; none leaves it out."""

    label: Line
    caption: Line
    mark: Literal["0", "1", "2", "3", "none"]
    felt: Line | None = None
    did: Line | None = None
    changed: Line | None = None


class Score(Strict):
    """How much it hurt at one moment, as the person said it: 0 for not at all, 10 for the worst they can think of."""

    label: Line
    value: Annotated[int, Field(ge=0, le=10)]


class Consent(Strict):
    """On what ground a person's course is told. A real person agreed in writing, on `date`, under `ref`."""

    basis: Literal["real", "composite"]
    date: Day
    ref: Line
    expires: Day | None = None
    withdrawn: Day | None = None

    @property
    def ends(self) -> datetime.datetime | None:
        """When the agreement ends or was withdrawn: from the beginning of that day (UTC) nobody sees the story."""
        days = [day for day in (self.expires, self.withdrawn) if day is not None]
        return datetime.datetime.combine(min(days), datetime.time(), datetime.UTC) if days else None
