"""Every module of the staff area, so that its views stand on the blueprint when the application registers it."""

from __future__ import annotations

from app.web.staff import (
    content,
    day,
    find,
    gate,
    staff_pages,
    tasks,
    visit,
    visit_steps,
    week,
)

__all__ = [
    "content",
    "day",
    "find",
    "gate",
    "staff_pages",
    "tasks",
    "visit",
    "visit_steps",
    "week",
]
