"""What is to be searched for, what was searched, and what a publisher may show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from domain.action import ANYONE, STAFF, SYSTEM, Look, query
from domain.base import table
from domain.campaigns import CampaignTarget, Content, Creative
from domain.channels import Channel, ChannelManager
from domain.post_jobs import ALBUM, AttemptStatus, PostAttempt, PostJob, Status, owners
from domain.searches.row import Shown, Wanted, is_same, part, s

c, m, ct, cr, j, a = (table(row) for row in (Channel, ChannelManager, CampaignTarget, Creative, PostJob, PostAttempt))


@dataclass(frozen=True)
class Claim:
    """An uncertain job in a channel that one manages: what the post would be, and where."""

    id: int
    chat_id: int
    channel: str
    content: Content
    bot_id: int | None = None


def is_claimed(claim: Claim, shown: Shown) -> bool:
    """Does this message look like the post (an album's first one)?"""
    return is_same(part(claim.content, 0), shown.content)


DUE = (
    select(
        j.c.id,
        j.c.status,
        j.c.bot_id,
        c.c.chat_id,
        c.c.newest_message_id,
        cr.c.content,
        func.coalesce(a.c.newest_before, 0).label("after"),
        a.c.started_at,
    )
    .join(a, (a.c.post_job_id == j.c.id) & (a.c.status == AttemptStatus.unknown))
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(c, c.c.id == ct.c.channel_id)
    .join(cr, cr.c.id == ct.c.creative_id)
    .where(j.c.next_search_at <= bindparam("now"))
    .order_by(j.c.next_search_at, j.c.id)
    .limit(bindparam("most"))
)
CLAIMS = (
    select(j.c.id, j.c.bot_id, c.c.chat_id, c.c.title, cr.c.content)
    .join(a, (a.c.post_job_id == j.c.id) & (a.c.status == AttemptStatus.unknown))
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(c, c.c.id == ct.c.channel_id)
    .join(m, m.c.channel_id == c.c.id)
    .join(cr, cr.c.id == ct.c.creative_id)
    .where(j.c.status == Status.uncertain, m.c.user_id == bindparam("user"))
    .order_by(j.c.id)
)


def _own_messages(look: Look, after: Mapping[int, int]) -> dict[int, frozenset[int]]:
    """The messages of each chat that are posts of ours whose first number is greater than what is said for it.

    For each its own: in a busy one another's would let in all its past.
    """
    found: dict[int, frozenset[int]] = dict.fromkeys(after, frozenset())
    if found:
        later = or_(*((j.c.chat_id == chat) & (j.c.message_id > least) for chat, least in after.items()))
        for row in look.conn.execute(select(j.c.chat_id, j.c.message_ids).where(later)):
            found[row.chat_id] |= frozenset(row.message_ids)
    return found


@query(roles=SYSTEM)
def due(look: Look, most: int = 10) -> list[Wanted]:
    """The posts to search for now, the longest due first."""
    rows = look.conn.execute(DUE, {"now": look.now, "most": most}).all()
    after: dict[int, int] = {}
    for row in rows:
        after[row.chat_id] = min(row.after - ALBUM, after.get(row.chat_id, row.after))
    own = _own_messages(look, after)
    return [
        Wanted(
            id=row.id,
            status=row.status,
            chat_id=row.chat_id,
            content=Content.from_json(row.content),
            after=row.after,
            newest=row.newest_message_id,
            known=own[row.chat_id],
            since=row.started_at,
            gap=look.terms.search_gap,
            most=look.terms.search_most,
            bot_id=row.bot_id,
            asked=look.now,
        )
        for row in rows
    ]


@query(roles=STAFF | SYSTEM)
def history(look: Look, job_id: int, most: int = 5) -> list[Any]:
    """The latest searches for one job, newest first."""
    return list(look.conn.execute(select(s).where(s.c.post_job_id == job_id).order_by(s.c.id.desc()).limit(most)))


@query(roles=ANYONE | STAFF)
def claims(look: Look) -> list[Claim]:
    """The uncertain jobs in the channels that the one who asks manages."""
    rows = look.conn.execute(CLAIMS, {"user": look.actor.user_id})
    return [Claim(row.id, row.chat_id, row.title, Content.from_json(row.content), row.bot_id) for row in rows]


@query(roles=ANYONE | STAFF)
def is_known(look: Look, chat_id: int, message_id: int) -> bool:
    """Is this message a post of ours already, in a channel that the one who asks manages?"""
    mine = select(c.c.id).join(m, m.c.channel_id == c.c.id)
    mine = mine.where(c.c.chat_id == chat_id, m.c.user_id == look.actor.user_id)
    if look.conn.execute(mine).one_or_none() is None:
        return False
    return (chat_id, message_id) in owners(look, [(chat_id, [message_id])])
