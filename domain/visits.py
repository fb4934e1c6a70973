"""Visits: the bots make sure, now and then, that they still have their rights in the channels they have promised to publish in.

Telegram tells at once when they change (`my_chat_member`), but not to a bot that is down. What a visit finds is recorded by
`channels.inspect`, like what Telegram tells by itself. Nobody tells of a courier's rights, so they are only seen here; where a
courier is not in the settings any more its channels are visited at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from domain.action import SYSTEM, Look, query
from domain.base import is_one, table
from domain.campaigns import CampaignTarget
from domain.channels import Channel, Status
from domain.escrow import Escrow
from domain.escrow import Status as EscrowStatus

c, ct, es = table(Channel), table(CampaignTarget), table(Escrow)


@dataclass(frozen=True)
class ToVisit:
    """A channel to visit, and the courier that publishes there."""

    chat_id: int
    courier_id: int | None = None


OFFERED = c.c.status != Status.pending
OLDEST = (
    select(c.c.chat_id, c.c.visited_at, c.c.courier_id)
    .where(OFFERED, c.c.visited_at <= bindparam("before"))
    .order_by(c.c.visited_at)
    .limit(bindparam("most"))
)
PROMISED = (
    select(ct.c.channel_id)
    .distinct()
    .join(es, es.c.id == ct.c.id)
    .where(is_one(es.c.status, EscrowStatus.held))
    .cte("promised")
    .prefix_with("MATERIALIZED")
)
"""Where something is to be published or stays up, found first: most channels that were not visited lately have nothing open."""
OPEN = (
    select(c.c.chat_id, c.c.visited_at, c.c.courier_id)
    .join(PROMISED, PROMISED.c.channel_id == c.c.id)
    .where(OFFERED, c.c.visited_at <= bindparam("before"))
    .order_by(c.c.visited_at)
    .limit(bindparam("most"))
)


ORPHANED = (
    select(c.c.chat_id, c.c.visited_at, c.c.courier_id)
    .where(
        c.c.courier_id.is_not(None),
        c.c.courier_id.not_in(bindparam("couriers", expanding=True)),
        c.c.status.not_in([Status.pending, Status.lost]),
    )
    .order_by(c.c.visited_at)
    .limit(bindparam("most"))
)


@query(roles=SYSTEM)
def due(look: Look, most: int = 20, couriers: Sequence[int] = ()) -> list[ToVisit]:
    """The channels to visit now, the longest unvisited first: those with open placements, and all others.

    `couriers` are those there are.
    """
    often, seldom = look.now - look.terms.visit_open, look.now - look.terms.visit
    found = {
        row.chat_id: (row.visited_at, ToVisit(row.chat_id, row.courier_id))
        for statement, given in (
            (OPEN, {"before": often}),
            (OLDEST, {"before": seldom}),
            (ORPHANED, {"couriers": list(couriers)}),
        )
        for row in look.conn.execute(statement, given | {"most": most})
    }
    return [visit for _, visit in sorted(found.values(), key=lambda one: (one[0], one[1].chat_id))[:most]]
