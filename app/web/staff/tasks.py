"""The staff's list: what only a person can settle, and what the worker cannot do at the moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for

from app.services.upkeep.staff_tasks import open_tasks, reopen_task, settle_task, settled_tasks, try_work_again
from app.services.upkeep.worker_steps import StepState, read_steps
from app.web.health import WORKER_LATE_S
from app.web.site import site
from app.web.staff import staff_pages
from app.web.staff.gate import current_staff
from app.web.staff.lists import A_PAGE, NUMBER, one_page, wanted_page
from app.web.staff.task_words import STEPS, words_for

#: How long settled tasks can be looked up, and put back.
SHOWN_FOR = timedelta(days=30)


@staff_pages.get("/tasks")
def tasks() -> str:
    """What is open, oldest first; what was settled lately; which work of the worker fails."""
    now = site().clock()
    steps = read_steps()
    return render_template(
        "staff/tasks.html",
        listed=one_page(open_tasks(), wanted_page()),
        settled=settled_tasks(since=now - SHOWN_FOR, most=A_PAGE),
        words_for=words_for,
        failing=[step for step in steps if step.failures],
        step_words=STEPS,
        quiet_since=_quiet_since(steps, now),
        never=not steps,
        now=now,
    )


@staff_pages.post(f"/tasks/<{NUMBER}:number>/done")
def settle(number: int) -> Any:
    """Take a task off the list. Whoever comes second is told."""
    done = settle_task(number, now=site().clock(), by=current_staff().id)
    flash("Done. It is off the list; below you can put it back." if done else "That was off the list already.")
    return redirect(url_for("staff.tasks"), 303)


@staff_pages.post(f"/tasks/<{NUMBER}:number>/open")
def put_back(number: int) -> Any:
    """Put a settled task on the list again."""
    done = reopen_task(number)
    flash("It is on the list again." if done else "That is on the list already, or was deleted.")
    return redirect(url_for("staff.tasks"), 303)


@staff_pages.post(f"/tasks/<{NUMBER}:number>/again")
def try_again(number: int) -> Any:
    """Let the worker try once more to send what was given up."""
    done = try_work_again(number, now=site().clock(), by=current_staff().id)
    flash("It is tried again. If it fails, it comes back to this list." if done else "That was tried again already.")
    return redirect(url_for("staff.tasks"), 303)


def _quiet_since(steps: list[StepState], now: datetime) -> datetime | None:
    """Since when the worker gave no sign of life, when that is too long ago."""
    seen = max((step.tried_at for step in steps), default=None)
    return seen if seen is not None and (now - seen).total_seconds() > WORKER_LATE_S else None
