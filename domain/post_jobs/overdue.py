"""A job that may have been published is never failed by its age: past its deadline the admins are told of it, once."""

from sqlalchemy import bindparam, exists, select

from domain import notices
from domain.action import SYSTEM, Act, action
from domain.base import table
from domain.campaigns import CampaignTarget
from domain.channels import Channel
from domain.notices import Notice
from domain.post_jobs.row import Status, j

c, ct, n = table(Channel), table(CampaignTarget), table(Notice)

LOCK_UNCERTAIN = (
    select(j.c.id)
    .where(
        j.c.status == Status.uncertain,
        j.c.deadline <= bindparam("before"),
        ~exists().where(n.c.kind == "overdue", n.c.about == j.c.id),
    )
    .order_by(j.c.deadline, j.c.id)
    .limit(200)
    .with_for_update(of=j, skip_locked=True)
)
"""Whichever another act holds has its turn a minute later."""
UNTOLD = (
    select(ct.c.id, ct.c.price, c.c.title)
    .join(c, c.c.id == ct.c.channel_id)
    .where(
        ct.c.id.in_(bindparam("ids", expanding=True)),
        ct.c.id.not_in(select(n.c.about).where(n.c.kind == "overdue", n.c.about.in_(bindparam("ids", expanding=True)))),
    )
    .order_by(ct.c.id)
)


@action("post_jobs.tell_overdue", roles=SYSTEM, gates=())
def tell_overdue(act: Act) -> list[int]:
    """Tells the admins of uncertain jobs some time (the terms') past their deadline, once of each; moves nothing."""
    ids = list(act.conn.scalars(LOCK_UNCERTAIN, {"before": act.now - act.terms.stuck}))
    untold = act.conn.execute(UNTOLD, {"ids": ids}).all() if ids else []
    notices.owe_admins_each(act, "overdue", [(row.id, {"channel": row.title, "price": row.price}) for row in untold])
    for row in untold:
        act.record("post_jobs", row.id, overdue=True)
    return [row.id for row in untold]
