"""Every module of the staff area, so that its views stand on the blueprint when the application registers it."""

from __future__ import annotations

from app.web.staff import (
    content,
    day,
    gate,
    staff_pages,
    tasks,
    week,
)

__all__ = [
    "content",
    "day",
    "gate",
    "staff_pages",
    "tasks",
    "week",
]
