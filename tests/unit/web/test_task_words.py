"""Every task, mail and step of the worker has plain words in the staff area."""

from __future__ import annotations

import re
from pathlib import Path

from app.jobs import mails, steps
from app.web.staff import task_words

ROOT = Path(__file__).resolve().parents[3]
#: Named alike, and not a task.
STRIPE_EVENTS = {"refund.created", "refund.updated"}


def test_every_kind_that_is_described_has_words() -> None:
    table = (ROOT / "docs/payments.md").read_text().split("| task |")[1].split("\n\n")[0]
    kinds = {kind for line in table.splitlines()[2:] for kind in re.findall(r"`([a-z_.]+)`", line.split("|")[1])}
    assert kinds == set(task_words.TASKS)
    written = "\n".join(path.read_text() for path in (ROOT / "app/services").rglob("*.py"))
    named = set(re.findall(r'"((?:deposit|refund|audit|restore|diary|booking|outbox|key)\.[a-z_]+)"', written))
    assert named - STRIPE_EVENTS <= kinds


def test_every_mail_and_step_has_words() -> None:
    assert set(mails.MAILS) == set(task_words.MAILS)
    assert {step.name for step in steps.STEPS} == set(task_words.STEPS)
