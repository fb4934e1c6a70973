"""deploy/RUNBOOK.md as a list of what it has people type: the blocks of each section, in their order."""

import re
from dataclasses import dataclass
from pathlib import Path

RUNBOOK = Path(__file__).parents[1] / "deploy/RUNBOOK.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INCIDENTS = (
    "Ledger Invariant Violation",
    "Escrow Stuck in HELD",
    "Wallet Balance Mismatch (User-Reported)",
    "Telegram API Outage",
    "Redis Outage",
    "Worker Crash Loop",
    "Partial Payout Executed",
)
"""As the plan calls them."""


@dataclass(frozen=True)
class Block:
    """`kind` is sh, sql, or nothing: what is written to the bot."""

    section: str
    kind: str
    text: str

    @property
    def lines(self) -> list[str]:
        return [line for line in self.text.splitlines() if line]


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def blocks(kind: str, section: str | None = None) -> list[Block]:
    return [
        Block(name, found[1], found[2])
        for name, text in sections().items()
        for found in BLOCK.finditer(text)
        if found[1] == kind and section in (None, name)
    ]
