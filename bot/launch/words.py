"""How a launch reads, in the chat and at the shell: a step by its name, its evidence as it was recorded."""

import json
from typing import Any

from bot.texts import Text
from domain.launch import HaltedSince, Line, OtherLimit, Outcome

MARKS = {Outcome.passed: "✅", Outcome.failed: "❌", Outcome.waiting: "🕒", None: "▫️"}
MOST_EVIDENCE = 160
"""Longer evidence is cut on a screen; `holdfast launch status` has all of it."""


def facts(evidence: dict[str, Any] | None) -> str:
    """`rows 7, missing []`, as it was recorded."""
    told = {name: value for name, value in (evidence or {}).items() if value is not None}
    return ", ".join(f"{name} {_plain(value)}" for name, value in told.items())


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def short(words: str) -> str:
    return f"{words[:MOST_EVIDENCE]}…" if len(words) > MOST_EVIDENCE else words


def awaited(text: Text, line: Line) -> str | None:
    """What a waiting step waits for, where it is something that people do."""
    if line.outcome != Outcome.waiting or line.evidence is None:
        return None
    of = {name: str(line.evidence.get(name, "")) for name in ("user", "countersign", "channel", "publisher")}
    absent = ", ".join(str(one) for one in line.evidence.get("have_to_start", []))
    stars = int(line.evidence.get("stars", 0))
    return text.plain("launch-wait", step=line.step, absent=absent, stars=stars, **of)


def advice(text: Text, line: Line) -> str | None:
    """What people do about a step that failed since something was halted or flipped by somebody else."""
    if line.outcome != Outcome.failed or line.evidence is None:
        return None
    if (refusal := line.evidence.get("refusal")) in (HaltedSince.key(), OtherLimit.key()):
        return text.plain(f"error-{refusal}", **{name: line.evidence[name] for name in ("switch", "by", "reason")})
    halted = line.evidence.get("halted") if line.step == "watch" else None
    return text.plain("launch-halted", halted="; ".join(halted)) if halted else None
