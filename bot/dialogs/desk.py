"""What the staff types at its desk: what to look for, and the reason of an act. The reason starts with the act and its thing."""

from typing import Any

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager

from bot import findings
from bot.buttons import Deed
from bot.dialogs.states import Desk
from bot.dialogs.widgets import CANCEL, Given, Say, typed, window
from bot.filters import is_staff
from bot.handlers.start import menu_screen
from bot.screen import Screen, show
from bot.texts import Safe, Text
from domain import blocks, reports, tickets, users
from domain.errors import NotFound, Refused
from domain.finds import Kind
from storage.gate import Do


async def perform(do: Do, text: Text, deed: Deed, kind: Kind, number: int, reason: str) -> Screen:
    """Does it, and shows the thing as it is then."""
    match deed, kind:
        case Deed.block | Deed.unblock, Kind.user:
            await do(blocks.block_user, number, reason, blocked=deed == Deed.block)
        case Deed.block | Deed.unblock, Kind.channel:
            await do(blocks.block_channel, number, reason, blocked=deed == Deed.block)
        case Deed.appoint | Deed.dismiss, Kind.user:
            await do(users.appoint, number, reason, operator=deed == Deed.appoint)
        case Deed.uphold | Deed.reject, Kind.report:
            await do(reports.judge, number, reason, upheld=deed == Deed.uphold)
        case Deed.close, Kind.ticket:
            await do(tickets.close, number, reason)
        case _:
            raise Refused(NotFound("users"))
    shown = await findings.card(do, text, kind, number)
    return Screen(Safe(f"{text('desk-done')}\n\n{shown.text}"), shown.keyboard)


async def words(message: Message, manager: DialogManager) -> None:
    given = Given.of(manager)
    await manager.done()
    if is_staff(given.user, given.settings):
        await show(message, await findings.search(given.do, given.text, message.text or ""))
    else:
        await show(message, menu_screen(given.text, given.user, given.settings))


async def facts(dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    start = dialog_manager.start_data
    assert isinstance(start, dict)
    return {"deed": start["deed"], "kind": start["kind"], "id": str(start["id"])}


async def reason(message: Message, manager: DialogManager) -> None:
    given, start = Given.of(manager), manager.start_data
    assert isinstance(start, dict)
    thing = Deed(start["deed"]), Kind(start["kind"]), int(start["id"])
    screen = await perform(given.do, given.text, *thing, message.text or "")
    await manager.done()
    await show(message, screen)


def dialog() -> Dialog:
    return Dialog(
        window(Desk.words, Say("find-ask"), CANCEL, typed(words)),
        window(Desk.reason, Say("desk-reason", "deed", "kind", "id"), CANCEL, typed(reason), getter=facts),
    )
