"""A check is one look at whether a post is still up and unchanged. Only what was seen moves anything; `unknown` moves nothing.

A post is what the worst of its messages is. One that is *gone* twice, some minutes apart, was taken down. One that was *changed*
has some time to be restored, all its changes taken together; both sides are told at once. Either ends its job, and only while its
money is held. The confirming look after the end, late enough for Telegram's caches, makes its time *served*. Looks that cannot
tell are repeated after 5, 15, 45 and 120 minutes; then a person decides, with a verdict, which is a check too and carries its
evidence.
"""

from domain.checks.edits import go_on, saw_edit, saw_post
from domain.checks.looking import due, record, timeline
from domain.checks.row import PostCheck, Seen, ToLook, Verdict, together
from domain.checks.verdicts import (
    MOST_NUMBER,
    SUCCESS,
    AnotherMessage,
    MessageTaken,
    NoEvidence,
    NotThereYet,
    PartyCannotJudge,
    parties,
    verdict,
)

__all__ = [
    "MOST_NUMBER",
    "SUCCESS",
    "AnotherMessage",
    "MessageTaken",
    "NoEvidence",
    "NotThereYet",
    "PartyCannotJudge",
    "PostCheck",
    "Seen",
    "ToLook",
    "Verdict",
    "due",
    "go_on",
    "parties",
    "record",
    "saw_edit",
    "saw_post",
    "timeline",
    "together",
    "verdict",
]
