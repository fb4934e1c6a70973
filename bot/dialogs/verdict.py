"""An admin's word on a job in review: a verdict, and how others can check it; or that they are done with one that failed.

Starts with the job's number and the ruling. Where a second admin has to sign, the verdict waits in the last window until it is
pressed again.
"""

import re
from dataclasses import dataclass
from typing import Any

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import Dialog, DialogManager

from bot.buttons import Go, Ruling, To, button, keyboard, menu
from bot.dialogs.states import Verdict
from bot.dialogs.widgets import CANCEL, Given, Label, Say, press, typed, window
from bot.screen import Screen, say
from domain import checks, countersigns, post_jobs
from domain.countersigns import NeedsCountersign, Status
from domain.errors import NotFound, OutOfRange, Refusal, Refused
from domain.post_jobs import Status as JobStatus

NUMBER = re.compile(
    r"(?:(?:https?://)?(?:t\.me|telegram\.me)/(?:c/(?P<chat>[0-9]+)|(?P<name>\w+))/)?(?P<number>[0-9]{1,15})(?:\?\S*)?",
    re.IGNORECASE,
)
VERDICTS = {
    Ruling.found: JobStatus.success,
    Ruling.absent: JobStatus.failed,
    Ruling.served: JobStatus.success,
    Ruling.gone: JobStatus.removed,
}


@dataclass(frozen=True)
class AnotherChannel(Refusal):
    """The link leads to another channel than the one the post was booked in."""

    channel: str


def number_of(words: str, job: Any) -> int:
    """A message's number, or the one at the end of its link. Refuses a link to another channel, and whatever else."""
    found = NUMBER.fullmatch(words.strip())
    if found is None or int(found["number"]) == 0:
        raise Refused(OutOfRange("message", 1, checks.MOST_NUMBER))
    names = {f"c/{str(job.channel_chat).removeprefix('-100')}", (job.username or "").lower()}
    named = f"c/{found['chat']}" if found["chat"] else found["name"]
    if named is not None and named.lower() not in names:
        raise Refused(AnotherChannel(job.title))
    return int(found["number"])


async def facts(dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    about = {"id": str(_job(dialog_manager)), "ruling": _ruling(dialog_manager)}
    return about | {"countersign": str(dialog_manager.dialog_data.get("countersign"))}


def _job(manager: DialogManager) -> int:
    start = manager.start_data
    assert isinstance(start, dict)
    return int(start["job"])


def _ruling(manager: DialogManager) -> Ruling:
    start = manager.start_data
    assert isinstance(start, dict)
    return Ruling(start["ruling"])


async def message_typed(message: Message, manager: DialogManager) -> None:
    job = await Given.of(manager).do.ask(post_jobs.reviewed, _job(manager))
    if job is None:  # decided meanwhile
        raise Refused(NotFound("post_jobs"))
    manager.dialog_data["message"] = number_of(message.text or "", job)
    await manager.switch_to(Verdict.evidence)


async def evidence_typed(message: Message, manager: DialogManager) -> None:
    manager.dialog_data["evidence"] = message.text or message.caption or ""
    await decide(manager)


async def signed(query: CallbackQuery, manager: DialogManager) -> None:
    await decide(manager)


async def decide(manager: DialogManager) -> None:
    """The verdict; where it needs a signature it is asked for, and used as soon as it is there."""
    given, data = Given.of(manager), manager.dialog_data
    job, ruling, evidence = _job(manager), _ruling(manager), str(data["evidence"])
    if ruling == Ruling.aside:
        await given.do(post_jobs.set_aside, job, evidence)
        await end(manager)
        return
    to, message = VERDICTS[ruling], data.get("message")
    try:
        await given.do(checks.verdict, job, to, evidence, message)
    except Refused as refused:
        if not isinstance(refused.refusal, NeedsCountersign):
            raise
        asked = await given.do(countersigns.ask, refused.refusal.act, refused.refusal.arguments)
        if asked.status != Status.signed:
            data["countersign"] = asked.id
            await manager.switch_to(Verdict.signature)
            return
        await given.do(checks.verdict, job, to, evidence, message, asked.id)
    await end(manager)


async def end(manager: DialogManager) -> None:
    given, job, ruling = Given.of(manager), _job(manager), _ruling(manager)
    await manager.done()
    rows = [button(given.text.plain("menu-review"), Go(to=To.review))], menu(given.text)
    said = given.text("verdict-done", id=str(job), ruling=ruling)
    await say(given.data["bot"], given.user.id, Screen(said, keyboard(*rows)))


def dialog() -> Dialog:
    return Dialog(
        window(Verdict.message, Say("verdict-message", "id"), CANCEL, typed(message_typed), getter=facts),
        window(Verdict.evidence, Say("verdict-evidence", "id", "ruling"), CANCEL, typed(evidence_typed), getter=facts),
        window(
            Verdict.signature,
            Say("verdict-signature", "id", "countersign"),
            press(Label("verdict-again"), "again", signed),
            CANCEL,
            getter=facts,
        ),
    )
