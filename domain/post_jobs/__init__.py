"""A post job is the duty to publish one campaign target; its outcome alone decides where the escrow goes.

Publishing is claim (attempt `prepared`, a lease), start (attempt `started`, the last commit before the call), the call, record.
Whoever crashed before `start` has sent nothing; whoever crashed after it may have, so the job is `uncertain` and nobody sends it
again. The lease's token keeps a late worker from overwriting. An outcome is recorded whatever the switches say.

A job has the number of its placement: job 42 and escrow 42 are of placement 42.
"""

from domain.post_jobs.beside import ALBUM, BeingSent, owners
from domain.post_jobs.ending import drop, expire_leases, fail, fail_overdue
from domain.post_jobs.lateness import Overdue, accept_late, ask_late, ask_rights
from domain.post_jobs.lease import LeaseLost
from domain.post_jobs.moments import end_of, next_look
from domain.post_jobs.newest import raise_newest, saw
from domain.post_jobs.on_top import covered_by
from domain.post_jobs.overdue import tell_overdue
from domain.post_jobs.pinning import PIN_DUE, ToPin, claim_pins, pinned
from domain.post_jobs.publishing import (
    Duty,
    HeldBack,
    Sent,
    claim,
    link,
    published,
    put_back,
    record,
    start,
)
from domain.post_jobs.queries import by_status, next_slot, soonest_look
from domain.post_jobs.reviewing import TECHNICAL, UNSEEN, in_review, review, reviewed, set_aside
from domain.post_jobs.row import FLOW, AttemptStatus, Failure, PostAttempt, PostJob, Status

__all__ = [
    "ALBUM",
    "FLOW",
    "PIN_DUE",
    "TECHNICAL",
    "UNSEEN",
    "AttemptStatus",
    "BeingSent",
    "Duty",
    "Failure",
    "HeldBack",
    "LeaseLost",
    "Overdue",
    "PostAttempt",
    "PostJob",
    "Sent",
    "Status",
    "ToPin",
    "accept_late",
    "ask_late",
    "ask_rights",
    "by_status",
    "claim",
    "claim_pins",
    "covered_by",
    "drop",
    "end_of",
    "expire_leases",
    "fail",
    "fail_overdue",
    "in_review",
    "link",
    "next_look",
    "next_slot",
    "owners",
    "pinned",
    "published",
    "put_back",
    "raise_newest",
    "record",
    "review",
    "reviewed",
    "saw",
    "set_aside",
    "soonest_look",
    "start",
    "tell_overdue",
]
