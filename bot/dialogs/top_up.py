"""How many Stars, in the person's own number. Started above whatever they were doing, which goes on afterwards."""

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager, LaunchMode

from bot.dialogs.states import TopUp
from bot.dialogs.widgets import CANCEL, Given, Say, typed, window
from bot.handlers.wallet import send_invoice
from domain.money import parse


async def amount(message: Message, manager: DialogManager) -> None:
    given = Given.of(manager)
    assert message.bot is not None
    await send_invoice(message.bot, given.do, given.text, given.user, parse(message.text or ""))
    await manager.done()


def dialog() -> Dialog:
    return Dialog(window(TopUp.amount, Say("deposit-ask"), CANCEL, typed(amount)), launch_mode=LaunchMode.SINGLE_TOP)
