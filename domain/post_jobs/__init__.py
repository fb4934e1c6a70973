"""A post job is the duty to publish one campaign target; its outcome alone decides where the escrow goes.

Publishing is claim (attempt `prepared`, a lease), start (attempt `started`, the last commit before the call), the call, record.
Whoever crashed before `start` has sent nothing; whoever crashed after it may have, so the job is `uncertain` and nobody sends it
again. The lease's token keeps a late worker from overwriting. An outcome is recorded whatever the switches say.

A job has the number of its placement: job 42 and escrow 42 are of placement 42.
"""

from domain.post_jobs.ending import drop, expire_leases, fail, fail_overdue
from domain.post_jobs.lease import LeaseLost
from domain.post_jobs.publishing import (
    CampaignPaused,
    Duty,
    Sent,
    claim,
    link,
    published,
    put_back,
    record,
    start,
)
from domain.post_jobs.queries import by_status, review
from domain.post_jobs.row import FLOW, AttemptStatus, Failure, PostAttempt, PostJob, Status

__all__ = [
    "FLOW",
    "AttemptStatus",
    "CampaignPaused",
    "Duty",
    "Failure",
    "LeaseLost",
    "PostAttempt",
    "PostJob",
    "Sent",
    "Status",
    "by_status",
    "claim",
    "drop",
    "expire_leases",
    "fail",
    "fail_overdue",
    "link",
    "published",
    "put_back",
    "record",
    "review",
    "start",
]
