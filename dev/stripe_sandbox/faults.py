"""The faults the sandbox is told to have. They are gone when it restarts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

#: `down`: 503 at the door, nothing done. `rate_limit`: 429. `lose_request`: the connection ends, nothing done.
#: `error_before`: 500, nothing done; `error_after`: 500, all done; both are remembered under the idempotency key, as
#: Stripe does. `lose_answer`: all done, then the connection ends. `slow`: waits `seconds` first; `slow_answer`: all
#: done, then waits `seconds` with the answer.
FaultKind = Literal[
    "down", "rate_limit", "lose_request", "error_before", "error_after", "lose_answer", "slow", "slow_answer"
]
FAULT_KINDS: tuple[str, ...] = get_args(FaultKind)


@dataclass
class ApiFault:
    """One fault for the next `times` requests whose method and path match (`path` is the beginning of it)."""

    kind: FaultKind
    method: str = "POST"
    path: str = "/v1/"
    times: int = 1
    seconds: float = 0.0

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault is meant for such a request."""
        return self.times > 0 and self.method in {"*", method} and path.startswith(self.path)


@dataclass
class Faults:
    """All switches. Whoever reads or moves one holds the store's transaction."""

    api: list[ApiFault] = field(default_factory=list)
    webhooks_stopped: bool = False
    webhook_delay_s: int = 0
    webhooks_reordered: bool = False
    drop_next: int = 0
    duplicate_next: int = 0
    next_refunds: list[str] = field(default_factory=list)

    def take(self, method: str, path: str) -> ApiFault | None:
        """The fault for this request, used up by one."""
        for fault in self.api:
            if fault.matches(method, path):
                fault.times -= 1
                self.api = [one for one in self.api if one.times > 0]
                return fault
        return None

    def take_refund_status(self) -> str:
        """How the next refund begins: succeeded unless a switch says pending or failed."""
        return self.next_refunds.pop(0) if self.next_refunds else "succeeded"

    def take_drop(self) -> bool:
        """Whether the next delivery is lost for good."""
        self.drop_next, dropped = max(0, self.drop_next - 1), self.drop_next > 0
        return dropped

    def take_duplicate(self) -> bool:
        """Whether the next delivery comes twice."""
        self.duplicate_next, twice = max(0, self.duplicate_next - 1), self.duplicate_next > 0
        return twice
