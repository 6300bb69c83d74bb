"""The API without its transport: a request in, an answer out. `server` puts HTTP around it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dev.stripe_sandbox import checkout, disputes, idempotency, listing, refunds
from dev.stripe_sandbox.errors import AnswerLost, ApiError, missing
from dev.stripe_sandbox.faults import ApiFault
from dev.stripe_sandbox.objects import Cause
from dev.stripe_sandbox.parameters import check, read_brackets
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.world import API_VERSION, World


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """What came over the wire. `pairs` are the decoded form fields or query parameters."""

    method: str
    path: str
    pairs: tuple[tuple[str, str], ...] = ()
    authorization: str = ""
    idempotency_key: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    body: Object
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Call:
    world: World
    identifier: str
    params: dict[str, Any]
    cause: Cause


def _find(kind: str, param: str) -> Callable[[_Call], Object]:
    def read(call: _Call) -> Object:
        found = call.world.store.find(kind, call.identifier)
        if found is None:
            raise missing(kind, call.identifier, param)
        return found

    return read


def _list(kind: str) -> Callable[[_Call], Object]:
    return lambda call: listing.page(call.world, kind, call.params)


_OPERATIONS: dict[str, Callable[[_Call], Object]] = {
    "POST /v1/checkout/sessions": lambda call: checkout.create(call.world, call.params),
    "GET /v1/checkout/sessions": _list("checkout.session"),
    "GET /v1/checkout/sessions/{session}": _find("checkout.session", "session"),
    "POST /v1/checkout/sessions/{session}/expire": lambda call: checkout.expire(
        call.world, call.identifier, call.cause
    ),
    "GET /v1/payment_intents/{intent}": _find("payment_intent", "intent"),
    "GET /v1/charges/{charge}": _find("charge", "charge"),
    "POST /v1/refunds": lambda call: refunds.create(call.world, call.params, call.cause),
    "GET /v1/refunds": _list("refund"),
    "GET /v1/refunds/{refund}": lambda call: refunds.get(call.world, call.identifier),
    "GET /v1/events": _list("event"),
    "GET /v1/events/{id}": _find("event", "id"),
    "GET /v1/disputes": _list("dispute"),
    "GET /v1/balance_transactions": _list("balance_transaction"),
    "GET /v1/disputes/{dispute}": lambda call: disputes.get(call.world, call.identifier),
}
_PATTERNS = {name: re.compile(re.sub(r"\{\w+\}", r"([^/]+)", name)) for name in _OPERATIONS}


def answer(world: World, request: ApiRequest) -> Answer:
    """Handle one request. Raises AnswerLost when a fault switch cuts the connection."""
    request_id = world.new_id("req_", 14)
    headers = {"Request-Id": request_id, "Stripe-Version": request.version or API_VERSION}
    if request.idempotency_key:
        headers["Idempotency-Key"] = request.idempotency_key
    try:
        _check_key(request.authorization)
        if request.version and not re.fullmatch(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?", request.version):
            raise ApiError(f"Invalid Stripe API version: {request.version[:40]}")
        fault = _front_fault(world, request)
        operation, identifier = _route(request)
        params = read_brackets(request.pairs)
        cause = Cause(request_id, request.idempotency_key)
        if request.method == "POST" and request.idempotency_key:
            return _once(world, request, operation, identifier, params, cause, fault, headers)
        status, body = _perform(world, operation, identifier, check(operation, params), cause, fault, key=None)
        return _finished(world, status, body, headers, fault)
    except ApiError as error:
        return Answer(error.status, error.body(request_id), headers)


def _check_key(authorization: str) -> None:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise ApiError("You did not provide an API key. Send it as a Bearer token.", status=401)
    if re.match(r"(sk|rk)_live_", key):
        raise ApiError("This is a sandbox: a live key must never be sent here.", status=401)
    if not re.fullmatch(r"(sk|rk)_test_\w+", key):
        raise ApiError("Invalid API Key provided.", status=401)


def _front_fault(world: World, request: ApiRequest) -> ApiFault | None:
    with world.store.transaction():
        fault = world.faults.take(request.method, request.path)
    if fault is None:
        return None
    if fault.kind == "lose_request":
        raise AnswerLost
    if fault.kind == "down":
        raise ApiError("The service is not available (fault switch).", status=503, kind="api_error")
    if fault.kind == "rate_limit":
        raise ApiError("Too many requests (fault switch).", status=429, code="rate_limit")
    return fault


def _route(request: ApiRequest) -> tuple[str, str]:
    wanted = f"{request.method} {request.path}"
    for name, pattern in _PATTERNS.items():
        match = pattern.fullmatch(wanted)
        if match:
            return name, match[1] if pattern.groups else ""
    raise ApiError(f"Unrecognized request URL ({wanted[:200]}).", status=404)


def _once(
    world: World,
    request: ApiRequest,
    operation: str,
    identifier: str,
    params: dict[str, Any],
    cause: Cause,
    fault: ApiFault | None,
    headers: dict[str, str],
) -> Answer:
    key = request.idempotency_key or ""
    stored = idempotency.begin(world, key, request.path, params)
    if stored is not None:
        more = {"Idempotent-Replayed": "true", "Original-Request": stored["request_id"]}
        return _finished(world, stored["status"], stored["body"], headers | more, fault)
    try:
        checked = check(operation, params)
        status, body = _perform(world, operation, identifier, checked, cause, fault, key=key)
    except BaseException:
        idempotency.give_up(world, key)
        raise
    return _finished(world, status, body, headers | {"Original-Request": cause.request_id or ""}, fault)


def _perform(
    world: World,
    operation: str,
    identifier: str,
    params: dict[str, Any],
    cause: Cause,
    fault: ApiFault | None,
    *,
    key: str | None,
) -> tuple[int, Object]:
    """Do the work and remember its answer under `key`, in one transaction."""
    kind = fault.kind if fault else None
    if fault is not None and fault.kind == "slow":
        world.rest(fault.seconds)
    if operation == "POST /v1/checkout/sessions":
        checkout.check_terms(world, params)  # wrong words are not remembered under the key
    with world.store.transaction():
        checkout.expire_overdue(world)
        status, body = (500, {}) if kind == "error_before" else _attempt(world, operation, identifier, params, cause)
        if kind in {"error_before", "error_after"}:
            broken = ApiError("Something went wrong on our side (fault switch).", status=500, kind="api_error")
            status, body = 500, broken.body(cause.request_id or "")
        if key:
            idempotency.finish(world, key, status, body, cause.request_id or "")
    return status, body


def _attempt(world: World, operation: str, identifier: str, params: dict[str, Any], cause: Cause) -> tuple[int, Object]:
    try:
        with world.store.transaction():
            body = copy.deepcopy(_OPERATIONS[operation](_Call(world, identifier, params, cause)))
            return 200, listing.expand(world, body, params.get("expand", []))
    except ApiError as error:
        return error.status, error.body(cause.request_id or "")


def _finished(world: World, status: int, body: Object, headers: dict[str, str], fault: ApiFault | None) -> Answer:
    if fault is not None and fault.kind == "slow_answer":
        world.rest(fault.seconds)
    if fault is not None and fault.kind == "lose_answer":
        raise AnswerLost
    return Answer(status, body, headers)
