"""Every module of the staff area, so that its views stand on the blueprint when the application registers it."""

from __future__ import annotations

from app.web.staff import (
    account,
    attention,
    book,
    content,
    day,
    enquiries,
    factor,
    find,
    gate,
    hours,
    money,
    move,
    sign_in,
    staff_pages,
    tasks,
    visit,
    visit_steps,
    week,
    welcome,
)

__all__ = [
    "account",
    "attention",
    "book",
    "content",
    "day",
    "enquiries",
    "factor",
    "find",
    "gate",
    "hours",
    "money",
    "move",
    "sign_in",
    "staff_pages",
    "tasks",
    "visit",
    "visit_steps",
    "week",
    "welcome",
]
