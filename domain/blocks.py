"""A block keeps a user, or a channel, from anything new: a blocked user books, approves, lists and withdraws nothing, a blocked
channel cannot be booked or approved. What runs runs out, and is paid as it is owed.

Admins block and unblock, with a reason that the audit trail keeps; whoever is blocked is told, without the reason. No admin is
blocked by another, but one may be blocked all the same: before the settings named them, or because Stars were taken back, which
blocks anybody. They decide as before and use the market no more, until another admin unblocks them.
"""

from dataclasses import dataclass
from typing import Any

from domain import notices
from domain.action import ADMINS, Act, action
from domain.channels import Channel
from domain.errors import NotFound, Refusal, Refused
from domain.users import User, check_reason, locked, to_change


@dataclass(frozen=True)
class OwnBlock(Refusal):
    """Nobody unblocks themselves."""


@action("users.block", roles=ADMINS, gates=())
def block_user(act: Act, user_id: int, reason: str, *, blocked: bool) -> User:
    """Blocks a user, or no longer. An operator who is blocked is none; an admin is not blocked, and is unblocked by
    another. Again: nothing more.
    """
    reason = check_reason(reason)
    if not blocked and act.actor.is_user(user_id):
        raise Refused(OwnBlock())
    user = to_change(act, user_id) if blocked else locked(act, user_id)
    if (user.blocked_at is not None) != blocked:
        user.blocked_at = act.now if blocked else None
        told: dict[str, Any] = {"blocked": blocked}
        notices.owe(act, [(user_id, "blocked", None, told)])
        act.record("users", user_id, blocked=blocked, reason=reason)
    return user


@action("channels.block", roles=ADMINS, gates=())
def block_channel(act: Act, channel_id: int, reason: str, *, blocked: bool) -> Channel:
    """Takes a channel out of the catalogue until it is unblocked, whatever its owner does."""
    reason = check_reason(reason)
    channel = act.session.get(Channel, channel_id, with_for_update=True)
    if channel is None:
        raise Refused(NotFound("channels"))
    if (channel.blocked_at is not None) != blocked:
        channel.blocked_at = act.now if blocked else None
        told: dict[str, Any] = {"channel": channel.title, "blocked": blocked}
        notices.owe(act, [(channel.owner_id, "channel-blocked", channel_id, told)])
        act.record("channels", channel_id, blocked=blocked, reason=reason)
    return channel
