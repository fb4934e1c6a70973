"""What somebody halted, or limited otherwise, while a launch ran: the launch does not overrule them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from domain import kill_switches
from domain.action import Act, Limit, Switch
from domain.errors import Halted, Refusal, Refused
from domain.launch.closed import f


@dataclass(frozen=True)
class HaltedSince(Refusal):
    """Somebody halted what the launch had resumed: running the phase on does not overrule them."""

    switch: str
    by: str
    reason: str


@dataclass(frozen=True)
class OtherLimit(Refusal):
    """The switch does not carry the launch's limit any more, and it was not the launch that cleared it."""

    switch: str
    by: str
    reason: str


def check_limit(act: Act, key: Switch, stands: Any, micro: Limit, reason: str) -> None:
    """It is ENABLED, and carries the launch's limit, or none because this very step of the launch has cleared it before."""
    if stands is None:
        raise Refused(Halted(key))
    if not stands.enabled:
        raise Refused(HaltedSince(key, stands.actor, stands.reason))
    limit = kill_switches.limit_of(stands)
    is_cleared = limit == kill_switches.UNLIMITED and _resumed(act, key, reason)
    if limit != micro and not is_cleared:
        raise Refused(OtherLimit(key, stands.actor, stands.reason))


def check_halt(act: Act, key: Switch, stands: Any, reason: str, began: datetime) -> None:
    """It is ENABLED still, or this run did not resume it before; the halt of a failed run is none of this one's."""
    if stands is None or stands.enabled or stands.reason.startswith(f"{reason.rpartition(' ')[0]} failed: "):
        return
    if _resumed(act, key, reason, began):
        raise Refused(HaltedSince(key, stands.actor, stands.reason))


def _resumed(act: Act, key: Switch, reason: str, began: datetime | None = None) -> bool:
    """Has this step of the launch flipped the switch before (since then)?"""
    flips = select(f.c.epoch).where(f.c.key == key, f.c.enabled, f.c.reason == reason).limit(1)
    flips = flips if began is None else flips.where(f.c.at >= began)
    return act.conn.execute(flips).one_or_none() is not None
