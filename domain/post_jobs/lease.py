"""A lease: while it runs, one worker and no other may publish the job. Its token is the act that claimed it.

Whoever holds the token may start, give back or record; whoever comes with another one is told that the lease is lost.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from domain import flow
from domain.action import Act, Asked, Outcomes, in_order
from domain.base import table
from domain.campaigns import Campaign, CampaignTarget
from domain.channels import Channel
from domain.errors import NotFound, Refusal
from domain.post_jobs.row import ATTEMPT_FLOW, AttemptStatus, PostAttempt, a, j

c, ct, cp = table(Channel), table(CampaignTarget), table(Campaign)

NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_until": None}
LOCK = (
    select(j.c.id, j.c.status, j.c.lease_token, j.c.lease_until, j.c.lost_alone)
    .where(j.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(j.c.id)
    .with_for_update()
)
FACTS = (
    select(
        j.c.id,
        j.c.retries,
        j.c.deadline,
        j.c.bot_id,
        ct.c.hours,
        ct.c.pin,
        ct.c.publisher_id,
        c.c.chat_id,
        c.c.title,
        c.c.username,
        c.c.courier_id,
        cp.c.advertiser_id,
        a.c.id.label("attempt_id"),
        a.c.status.label("attempt"),
    )
    .join(ct, ct.c.id == j.c.campaign_target_id)
    .join(c, c.c.id == ct.c.channel_id)
    .join(cp, cp.c.id == ct.c.campaign_id)
    .outerjoin(a, (a.c.post_job_id == j.c.id) & (a.c.token == j.c.lease_token))
    .where(j.c.id.in_(bindparam("ids", expanding=True)))
)
ENDED = (
    select(a.c.post_job_id, a.c.status, a.c.error, j.c.message_ids)
    .join(j, j.c.id == a.c.post_job_id)
    .where(
        a.c.token == bindparam("token"),
        a.c.post_job_id.in_(bindparam("ids", expanding=True)),
        a.c.started_at.is_not(None),
        a.c.ended_at.is_not(None),
    )
)
ATTEMPT_DROPPED = flow.move(
    PostAttempt, AttemptStatus.dropped, ATTEMPT_FLOW, ended_at=bindparam("now"), error=bindparam("why")
)


@dataclass(frozen=True)
class LeaseLost(Refusal):
    """The lease ran out or is another worker's: this worker must not send, and its result does not count."""

    id: int


def leased(
    act: Act, asked: Asked[int], token: str, attempt: AttemptStatus, *, running: bool = False
) -> tuple[Outcomes[int, Any], dict[int, Any], dict[int, Any]]:
    """Locks the jobs: refusals for those that are not `token`'s, and for the others their rows and their facts.

    With `running` the lease must not have run out. (Recording needs no running lease: as long as nobody took it away, the
    worker's word is the best there is.)
    """
    ids = in_order(asked)
    locked = {row.id: row for row in act.conn.execute(LOCK, {"ids": ids})}
    facts = {row.id: row for row in act.conn.execute(FACTS, {"ids": ids})}
    came: Outcomes[int, Any] = Outcomes()
    for i in ids:
        job = locked.get(i)
        if job is None:
            came[i] = NotFound("post_jobs")
        elif job.lease_token != token or facts[i].attempt != attempt or (running and job.lease_until <= act.now):
            came[i] = LeaseLost(i)
    mine = [i for i in ids if i not in came]
    return came, {i: locked[i] for i in mine}, {i: facts[i] for i in mine}


def recorded_before(
    act: Act, lost: Outcomes[int, Any], token: str, results: dict[int, Any]
) -> dict[int, AttemptStatus]:
    """Of what is no longer under the lease: what was recorded under this token with the very same result as is said now.

    What Telegram took as a message that was another job's (the attempt says so) was answered as if nobody knew.
    """
    found = {}
    for row in act.conn.execute(ENDED, {"token": token, "ids": list(lost)}) if lost else ():
        said = results[row.post_job_id]
        if row.status != said.status:
            continue
        if row.status == AttemptStatus.accepted and row.message_ids == list(said.message_ids):
            found[row.post_job_id] = AttemptStatus.unknown if row.error else AttemptStatus.accepted
        elif row.status != AttemptStatus.accepted and row.error == said.error:
            found[row.post_job_id] = AttemptStatus(row.status)
    return found
