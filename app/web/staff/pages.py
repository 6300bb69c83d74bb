"""Every module of the staff area, so that its views stand on the blueprint when the application registers it."""

from __future__ import annotations

from app.web.staff import content, gate, staff_pages, tasks, today

__all__ = ["content", "gate", "staff_pages", "tasks", "today"]
