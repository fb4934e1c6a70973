"""What an admin types about a withdrawal: why not, under which reference it was paid, why nobody can tell, how it came back."""

from typing import Any

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager

from bot import findings
from bot.buttons import Handling
from bot.dialogs.states import Paying
from bot.dialogs.widgets import CANCEL, Given, Say, typed, window
from bot.screen import Screen, show
from bot.texts import Safe, Text
from domain import withdrawals
from domain.countersigns import NeedsCountersign
from domain.errors import Refused
from domain.finds import Kind
from storage.gate import Do

WITH_WORDS: dict[Handling, Any] = {
    Handling.reject: withdrawals.reject,
    Handling.paid: withdrawals.pay,
    Handling.uncertain: withdrawals.doubt,
    Handling.returned: withdrawals.give_back,
}


async def done(do: Do, text: Text, withdrawal_id: int) -> Screen:
    """The withdrawal as it is after what was done."""
    shown = await findings.card(do, text, Kind.withdrawal, withdrawal_id)
    return Screen(Safe(f"{text('desk-done')}\n\n{shown.text}"), shown.keyboard)


async def facts(dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    start = dialog_manager.start_data
    assert isinstance(start, dict)
    return {"deed": start["deed"], "id": str(start["id"])}


async def words(message: Message, manager: DialogManager) -> None:
    given, start = Given.of(manager), manager.start_data
    assert isinstance(start, dict)
    try:
        await given.do(WITH_WORDS[Handling(start["deed"])], int(start["id"]), message.text or "")
    except Refused as refused:
        if isinstance(refused.refusal, NeedsCountersign):
            await manager.done()  # the card of the signature goes on from here
        raise
    await manager.done()
    await show(message, await done(given.do, given.text, int(start["id"])))


def dialog() -> Dialog:
    return Dialog(window(Paying.words, Say("handle-ask", "deed", "id"), CANCEL, typed(words), getter=facts))
