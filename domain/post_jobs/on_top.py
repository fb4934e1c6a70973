"""Time on top: a post is on top of its channel until the next message follows, ours or anybody's.

Telegram tells the bot of others' posts and never of its own. They come in any order and perhaps twice, so a post is covered at
the earliest moment that was told of, and a channel remembers the greatest message id it was seen to have.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from domain.action import Act
from domain.base import table
from domain.channels import Channel
from domain.post_jobs.newest import raise_newest
from domain.post_jobs.row import j

c = table(Channel)

LOCK_CHANNELS = (
    select(c.c.chat_id, c.c.newest_message_id)
    .where(c.c.chat_id.in_(bindparam("chats", expanding=True)))
    .order_by(c.c.id)
    .with_for_update(key_share=True)
)
UNCOVERED = (
    select(j.c.id, j.c.chat_id, j.c.message_ids)
    .where(j.c.chat_id.in_(bindparam("chats", expanding=True)), j.c.covered_at.is_(None))
    .order_by(j.c.id)
    .with_for_update()
)
COVER = update(j).where(j.c.id == bindparam("job")).values(covered_at=bindparam("at"))
below = j.alias()
COVER_NEWEST = (
    update(j)
    .where(
        j.c.id
        == select(below.c.id)
        .where(below.c.chat_id == bindparam("chat"), below.c.message_id < bindparam("newest"))
        .order_by(below.c.message_id.desc())
        .limit(1)
        .scalar_subquery(),
        or_(j.c.covered_at.is_(None), j.c.covered_at > bindparam("at")),
    )
    .values(covered_at=bindparam("at"))
)


def cover(act: Act, published: Sequence[dict[str, Any]]) -> None:
    """What was just published (rows with `chat` and `messages`) covers what is below it, and is covered by what is above.

    Locks the channels, after the caller's own jobs; then the uncovered posts in them.
    """
    newest: dict[int, int] = {}
    for row in published:
        newest[row["chat"]] = max(row["messages"][-1], newest.get(row["chat"], 0))
    if not newest:
        return
    chats = {"chats": list(newest)}
    for channel in act.conn.execute(LOCK_CHANNELS, chats):
        newest[channel.chat_id] = max(newest[channel.chat_id], channel.newest_message_id)
    covered = [
        {"job": row.id, "at": act.now}
        for row in act.conn.execute(UNCOVERED, chats)
        if row.message_ids[-1] < newest[row.chat_id]
    ]
    if covered:
        act.conn.execute(COVER, covered)
    raise_newest(act, newest.items())


def covered_by(act: Act, chat_id: int, message_id: int, at: datetime) -> None:
    """Somebody's post: the newest of ours below it was on top until then."""
    act.conn.execute(LOCK_CHANNELS, {"chats": [chat_id]})
    act.conn.execute(COVER_NEWEST, {"chat": chat_id, "newest": message_id, "at": at})
    raise_newest(act, [(chat_id, message_id)])
