"""A channel's other posts: which messages are theirs, and that what is just being sent may be any that nobody knows yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from domain.action import Look
from domain.errors import Refusal
from domain.post_jobs.row import j

ALBUM = 10
"""The most messages of one post. Two posts that have one in common begin so near to each other."""


@dataclass(frozen=True)
class BeingSent(Refusal):
    """Another post is being sent in this channel, and the message may be that one: its worker is about to say so."""


def owners(look: Look, posts: Iterable[tuple[int, Sequence[int]]]) -> dict[tuple[int, int], int]:
    """Whose the messages are that these posts (chat, message ids) would have: a job for each (chat, message) that has one."""
    near = [(j.c.chat_id == chat) & j.c.message_id.between(ids[0] - ALBUM, ids[-1]) for chat, ids in posts if ids]
    rows = look.conn.execute(select(j.c.id, j.c.chat_id, j.c.message_ids).where(or_(*near))) if near else ()
    return {(row.chat_id, message): row.id for row in rows for message in row.message_ids}
