"""A refusal is an answer: a code, Telegram's own words, and sometimes parameters. Everything that refuses a Bot API call raises
`Refusal`; what the person's side of the sandbox cannot do raises `Impossible`, and a payment that failed `PaymentFailed`."""

from typing import Any


class Refusal(Exception):
    """What the Bot API answers instead of a result."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | {"parameters": self.parameters} if self.parameters else body


class Impossible(AssertionError):
    """A person tried what Telegram's client would not offer."""


class PaymentFailed(Exception):
    """The payer sees an error; no Stars moved. The text is what the payer reads."""


def bad(text: str) -> Refusal:
    return Refusal(400, f"Bad Request: {text}")


def forbidden(text: str) -> Refusal:
    return Refusal(403, f"Forbidden: {text}")


def conflict(text: str) -> Refusal:
    return Refusal(409, f"Conflict: {text}")


def too_many(seconds: int) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
