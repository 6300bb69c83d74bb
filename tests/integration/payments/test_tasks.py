"""The staff's list: seen, settled, and every kind on it explained where staff look."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from tests.integration.payments.conftest import Desk

ROOT = Path(__file__).resolve().parents[3]
#: Kinds of tasks begin with one of these; other dotted names in the services are Stripe's event types.
KIND = re.compile(r'"((?:audit|booking|deposit|diary|key|outbox|refund|restore)\.[a-z_]+)"')
EVENTS = {"refund.created", "refund.updated"}


def test_a_task_is_listed_until_it_is_done(desk: Desk, app: Flask) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["tasks", "list"]).output == "0 open\n"
    booking = desk.hold()
    desk.open(booking)
    session_id = desk.pay(booking)
    there = desk.bench.session(session_id) | {"amount_total": 1}
    desk.bench.act(lambda world: world.store.put("checkout.session", there))
    desk.deliver()
    listed = run(args=["tasks", "list"]).output.splitlines()
    assert listed[-1] == "1 open"
    number, *said = listed[0].split()
    assert said[2:4] == ["deposit.mismatch", booking.reference]
    assert run(args=["tasks", "done", number]).output == "Done.\n"
    assert run(args=["tasks", "list"]).output == "0 open\n"
    assert run(args=["tasks", "done", number]).exit_code == 2
    assert run(args=["tasks", "done", "999"]).exit_code == 2


def test_every_kind_is_explained() -> None:
    written = {
        kind
        for path in (ROOT / "app/services").rglob("*.py")
        for kind in KIND.findall(path.read_text(encoding="utf-8"))
    } - EVENTS
    explained = (ROOT / "docs/payments.md").read_text(encoding="utf-8")
    assert len(written) > 15
    assert not {kind for kind in written if f"`{kind}`" not in explained}
