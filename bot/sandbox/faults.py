"""What can be told to go wrong, and when: for a method (or all), for one chat (or all), a number of times or until cleared.
*After accepting* means that the call was carried out and only its answer is lost or spoiled."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    TOO_MANY_REQUESTS = "too-many-requests"
    BAD_REQUEST = "bad-request"
    FORBIDDEN = "forbidden"
    UNAUTHORIZED = "unauthorized"
    TOO_LARGE = "too-large"
    CONFLICT = "conflict"
    MIGRATED = "migrated"
    SERVER_ERROR = "server-error"
    """500 as JSON; whether it was carried out is not told (it was not)."""
    BAD_GATEWAY = "bad-gateway"
    """502 as HTML."""
    REFUSED = "refused"
    """Nobody listens at the address."""
    SLOW = "slow"
    """Late by `seconds`, then right."""
    HANG = "hang"
    """No answer, and nothing was carried out."""
    RESET = "reset"
    SERVER_ERROR_AFTER_ACCEPTING = "server-error-after-accepting"
    BAD_GATEWAY_AFTER_ACCEPTING = "bad-gateway-after-accepting"
    RESET_AFTER_ACCEPTING = "reset-after-accepting"
    TIMEOUT_AFTER_ACCEPTING = "timeout-after-accepting"
    TRUNCATED_AFTER_ACCEPTING = "truncated-after-accepting"
    GARBLED_AFTER_ACCEPTING = "garbled-after-accepting"
    BROKEN_UTF8_AFTER_ACCEPTING = "broken-utf8-after-accepting"
    UNKNOWN_TYPE_AFTER_ACCEPTING = "unknown-type-after-accepting"

    @property
    def accepts(self) -> bool:
        return self is Fault.SLOW or self.endswith("-after-accepting")


@dataclass(eq=False)
class Plan:
    """One fault to come. `method` may be `*`; `times` None lasts until cleared."""

    fault: Fault
    method: str = "*"
    chat: str | None = None
    times: int | None = 1
    text: str = ""
    retry_after: int = 5
    migrate_to: int = -1_009_999_999_999
    seconds: float = 3600.0

    def meets(self, method: str, chats: set[str]) -> bool:
        return self.method.lower() in ("*", method.lower()) and (self.chat is None or self.chat in chats)


class Faults:
    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.refusing: Plan | None = None
        self.is_closed = False
        self.generation = 0

    def add(self, plan: Plan) -> None:
        if plan.fault is Fault.REFUSED:
            self.refusing = plan
        else:
            self.plans.append(plan)

    def take(self, method: str, chats: set[str]) -> Plan | None:
        """The first fault that meets this call, counted down."""
        plan = next((plan for plan in self.plans if plan.meets(method, chats)), None)
        if plan is not None and plan.times is not None:
            plan.times -= 1
            if plan.times <= 0:
                self.plans.remove(plan)
        return plan

    def clear(self) -> None:
        """No more faults; what hangs is let go of."""
        self.plans.clear()
        self.refusing = None
        self.generation += 1
