"""A refusal is a small frozen value of facts; `Refused` is the exception that carries it out of a transaction.

    Refusal
    |-- NotAllowed, NotFound            who asks: not found and not yours answer alike
    |-- Halted                          which switch forbids it
    |-- BadInput                        an amount, a text, a time that cannot be
    `-- one class for each other fact, in the module of its noun

The text a person reads is the Fluent key `error-<name>` with the fields as its arguments; a guard test holds both together.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """Why something was not done. Subclasses add facts, never prose."""

    @classmethod
    def key(cls) -> str:
        """`NotEnoughMoney` -> `not-enough-money`: the name in texts and in the audit trail."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def facts(self) -> dict[str, Any]:
        return asdict(self)


class Refused(Exception):
    """Carries a refusal; whatever was done in the same transaction is undone."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


@dataclass(frozen=True)
class NotAllowed(Refusal):
    """The actor's roles do not include one that may do this."""

    action: str


@dataclass(frozen=True)
class NeedsOwner(Refusal):
    """It touches what no action may: it runs only from the shell, through the owner's database address."""

    action: str


@dataclass(frozen=True)
class NotFound(Refusal):
    """There is no such thing, or it is not the actor's: the answer is the same."""

    noun: str


@dataclass(frozen=True)
class Halted(Refusal):
    """A kill switch forbids it."""

    switch: str


@dataclass(frozen=True)
class OutOfRange(Refusal):
    """A number outside what is possible."""

    what: str
    least: int
    most: int


@dataclass(frozen=True)
class WrongState(Refusal):
    """The thing has moved on, so this can no longer be done to it."""

    noun: str
    status: str
