"""What machines ask: is the process alive, is the site ready, and how is it doing."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from app.domain.refusals import StoreUnavailable
from app.services.upkeep.health import Health, read_health, touch_store
from app.web.site import site

health_pages = Blueprint("health", __name__)

#: Money that was due to be looked at so long ago is not being looked after. Seconds.
LAG_LATE_S = 900
#: Compared once a day; two hours of grace. Seconds.
AUDIT_LATE_S = 26 * 3600
#: A worker that gave no sign of life for so long does not run. Seconds.
WORKER_LATE_S = 180
#: An outbox row older than this means that no worker runs, or that it is stuck. Seconds.
OUTBOX_LATE_S = 300


@health_pages.get("/healthz")
def healthz() -> Response:
    """The process answers. Looks at nothing else, so that a database fault does not restart the process."""
    return Response("ok\n", mimetype="text/plain")


@health_pages.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when the database answers and content is loaded; faults in single files and lateness are told beside it.

    Strangers are told no more than that: names of drafts and how the money is doing are the practice's own.
    """
    if not _is_ours():
        return _ready_or_not()
    library = site().library()
    report: dict[str, Any] = {
        "content": {
            "version": library.version,
            "problems": [f"{p.path}:{p.line}: {p.field}: {p.message}" for p in library.shelf.faults],
            "waiting_to_be_read": library.shelf.unread,
            "waiting_for_pictures": [document.path for document in library.shelf.waiting],
        }
    }
    try:
        health = read_health(now=site().clock())
    except StoreUnavailable:
        report["database"] = "does not answer"
        return jsonify(report), 503
    report["database"] = "ok"
    report["outbox"] = {
        "due": health.outbox_due,
        "oldest_s": round(health.outbox_age_s),
        "failed": health.outbox_failed,
        "late": health.outbox_age_s > OUTBOX_LATE_S,
    }
    seen = health.worker_age_s
    report["worker"] = {
        "seen_s": None if seen is None else round(seen),
        "late": seen is None or seen > WORKER_LATE_S,
        "failing": health.failing,
    }
    report["money"] = _money(health)
    return jsonify(report), 200


def _money(health: Health) -> dict[str, Any]:
    return {
        "compared_s": None if health.audit_age_s is None else round(health.audit_age_s),
        "checked": health.audit_checked,
        "differences": health.audit_differences,
        "lag_s": {name: round(lag) for name, lag in health.lags.items()},
        "late": (health.audit_age_s or 0) > AUDIT_LATE_S or max(health.lags.values()) > LAG_LATE_S,
    }


def _ready_or_not() -> tuple[Response, int]:
    site().library()  # without any content nothing can be served
    try:
        touch_store()
    except StoreUnavailable:
        return jsonify(ready=False), 503
    return jsonify(ready=True), 200


@health_pages.get("/metrics")
def metrics() -> Response:
    """Figures in Prometheus' format, counted from the tables. For this machine, or with the token of METRICS_TOKEN."""
    if not _is_ours():
        abort(404)
    registry = CollectorRegistry()
    registry.register(_Figures(read_health(now=site().clock())))
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")


def _is_ours() -> bool:
    """Whether the practice's own machines ask: this one, or one that has the token."""
    token = site().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token is not None:
        return hmac.compare_digest(given.encode(), token.encode())
    # behind a proxy every visitor looks local, so a forwarded request is never believed to be
    return request.remote_addr in {"127.0.0.1", "::1"} and "X-Forwarded-For" not in request.headers


class _Figures:
    def __init__(self, health: Health) -> None:
        self.health = health

    def collect(self) -> list[GaugeMetricFamily]:
        health = self.health
        single = {
            "outbox_due": ("Work that is due", health.outbox_due),
            "outbox_age_seconds": ("Age of the oldest due work", health.outbox_age_s),
            "outbox_failed": ("Work that was given up", health.outbox_failed),
            "stripe_events_waiting": ("Events stored and not yet handled", health.events_waiting),
            "money_audit_checked": ("Compared with Stripe the last time", health.audit_checked),
            "money_audit_differences": ("Not the same on both sides the last time", health.audit_differences),
            "staff_tasks_open": ("Things a person must look at", health.staff_tasks_open),
        }
        ages = {
            "money_audit_age_seconds": ("Since the ledger was last compared with Stripe", health.audit_age_s),
            "worker_seen_seconds": ("Since the worker's last sign", health.worker_age_s),
        }
        known = single | {name: (words, age) for name, (words, age) in ages.items() if age is not None}
        return [
            *(GaugeMetricFamily(f"practice_{name}", words, value=value) for name, (words, value) in known.items()),
            _labelled("money_lag_seconds", "Since it was due to be looked at at Stripe", "what", health.lags),
            _labelled("worker_step_seconds", "Since a step was last done", "step", health.steps),
            _labelled("bookings", "Bookings by state", "state", health.bookings),
            _labelled("deposits", "Deposits by state", "state", health.deposits),
            _labelled("refunds", "Refunds by state", "state", health.refunds),
        ]


def _labelled(name: str, words: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"practice_{name}", words, labels=[label])
    for which, value in sorted(values.items()):
        family.add_metric([which], value)
    return family
