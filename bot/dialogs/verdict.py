"""An admin's verdict about an uncertain job: which message it is, or that there is none, and how others can check that.

Starts with the job's number. Where a second admin has to sign, the verdict waits in the last window until it is pressed again.
"""

import re
from typing import Any

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import Dialog, DialogManager

from bot.buttons import Go, To, button, keyboard, menu
from bot.dialogs.states import Verdict
from bot.dialogs.widgets import CANCEL, Given, Label, Say, press, typed, window
from bot.screen import Screen, say
from domain import checks, countersigns
from domain.countersigns import NeedsCountersign, Status
from domain.errors import OutOfRange, Refused
from domain.post_jobs import Status as JobStatus

NUMBER = re.compile(r"(?:(?:https?://)?(?:t\.me|telegram\.me)/(?:c/)?\w+/)?([0-9]{1,15})(?:\?\S*)?")
MOST_NUMBER = 10**15


def number_of(words: str) -> int:
    """A message's number, or the one at the end of its link. Refuses whatever else."""
    found = NUMBER.fullmatch(words.strip())
    if found is None or int(found[1]) == 0:
        raise Refused(OutOfRange("message", 1, MOST_NUMBER))
    return int(found[1])


async def facts(dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    return {"id": str(_job(dialog_manager)), "countersign": str(dialog_manager.dialog_data.get("countersign"))}


def _job(manager: DialogManager) -> int:
    start = manager.start_data
    assert isinstance(start, dict)
    return int(start["job"])


async def message_typed(message: Message, manager: DialogManager) -> None:
    manager.dialog_data["message"] = number_of(message.text or "")
    await manager.switch_to(Verdict.evidence)


async def evidence_typed(message: Message, manager: DialogManager) -> None:
    manager.dialog_data["evidence"] = message.text or message.caption or ""
    await decide(manager)


async def signed(query: CallbackQuery, manager: DialogManager) -> None:
    await decide(manager)


async def decide(manager: DialogManager) -> None:
    """The verdict; where it needs a signature it is asked for, and used as soon as it is there."""
    given, data = Given.of(manager), manager.dialog_data
    to = JobStatus.success if "message" in data else JobStatus.failed
    job, evidence, message = _job(manager), str(data["evidence"]), data.get("message")
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
    await manager.done()
    rows = [button(given.text.plain("menu-review"), Go(to=To.review))], menu(given.text)
    said = given.text("verdict-done", id=str(job), verdict=to)
    await say(given.data["bot"], given.user.id, Screen(said, keyboard(*rows)))


def dialog() -> Dialog:
    return Dialog(
        window(Verdict.message, Say("verdict-message", "id"), CANCEL, typed(message_typed), getter=facts),
        window(Verdict.evidence, Say("verdict-evidence", "id"), CANCEL, typed(evidence_typed), getter=facts),
        window(
            Verdict.signature,
            Say("verdict-signature", "id", "countersign"),
            press(Label("verdict-again"), "again", signed),
            CANCEL,
            getter=facts,
        ),
    )
