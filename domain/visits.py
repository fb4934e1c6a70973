"""Visits: the bot makes sure, now and then, that it still has its rights in the channels it has promised to publish in.

Telegram tells at once when they change (`my_chat_member`), but not to a bot that is down. What a visit finds is recorded by
`channels.inspect`, like what Telegram tells by itself.
"""

from sqlalchemy import bindparam, select

from domain.action import SYSTEM, Look, query
from domain.base import table
from domain.campaigns import CampaignTarget
from domain.channels import Channel, Status
from domain.escrow import Escrow
from domain.escrow import Status as EscrowStatus

c, ct, es = table(Channel), table(CampaignTarget), table(Escrow)

OFFERED = c.c.status != Status.pending
OLDEST = (
    select(c.c.chat_id, c.c.visited_at)
    .where(OFFERED, c.c.visited_at <= bindparam("before"))
    .order_by(c.c.visited_at)
    .limit(bindparam("most"))
)
OPEN = (
    select(c.c.chat_id, c.c.visited_at)
    .distinct()
    .join(ct, ct.c.channel_id == c.c.id)
    .join(es, es.c.campaign_target_id == ct.c.id)
    .where(es.c.status == EscrowStatus.held, OFFERED, c.c.visited_at <= bindparam("before"))
    .order_by(c.c.visited_at)
    .limit(bindparam("most"))
)


@query(roles=SYSTEM)
def due(look: Look, most: int = 20) -> list[int]:
    """The chats to visit now, by Telegram's numbers: those with open placements and all others, the longest unvisited first."""
    found = {
        row.chat_id: row.visited_at
        for statement, age in ((OPEN, look.terms.visit_open), (OLDEST, look.terms.visit))
        for row in look.conn.execute(statement, {"before": look.now - age, "most": most})
    }
    return sorted(found, key=lambda chat: (found[chat], chat))[:most]
