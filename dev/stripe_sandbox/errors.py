"""What the API says when it refuses, in Stripe's shape."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal: an HTTP status and Stripe's error object."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"type": kind, "message": message}
        if code is not None:
            self.error |= {"code": code, "doc_url": f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}"}
        if param is not None:
            self.error["param"] = param
        self.error |= more

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON answer."""
        return {"error": {**self.error, "request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}"}}


def missing(kind: str, identifier: str, param: str) -> ApiError:
    """404: there is no such object."""
    return ApiError(f"No such {kind}: '{identifier}'", status=404, code="resource_missing", param=param)


class AnswerLost(Exception):
    """The work was done, and the answer never reaches the caller (a fault switch)."""
