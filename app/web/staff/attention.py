"""What waits for anybody at the practice, told on the day's first page: tasks, questions, visits, faults."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for

from app.domain.wording import counted
from app.publishing.schema.problems import faulty_paths
from app.services.asking.lists import count_asked
from app.services.diary.outside import find_outside
from app.services.upkeep.staff_tasks import count_open_tasks
from app.web.site import site
from app.web.staff import staff_pages


@staff_pages.context_processor
def for_templates() -> dict[str, Callable[[], list[tuple[str, str]]]]:
    """`attention()`: asked only where a template shows it."""
    return {"attention": attention}


def attention() -> list[tuple[str, str]]:
    """Addresses, and how much waits there in words; nothing of what does not wait."""
    here = site()
    outside = len(find_outside(here.library().catalogue, now=here.clock()))
    faults = len(faulty_paths(here.library().shelf.faults))
    found = (
        (count_open_tasks(), "staff.tasks", "task is open", "tasks are open"),
        (count_asked(), "staff.enquiries", "question waits", "questions wait"),
        (outside, "staff.hours", "visit is outside the hours", "visits are outside the hours"),
        (faults, "staff.content", "file has errors", "files have errors"),
    )
    return [(url_for(place), counted(number, one, many)) for number, place, one, many in found if number]
