"""Asking for a withdrawal: how much, where to, and a yes to the whole of it. What may be asked for is looked up each time."""

from typing import Any

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import Dialog, DialogManager

from bot import payable
from bot.dialogs.states import Withdraw
from bot.dialogs.widgets import CANCEL, Given, Label, Say, press, typed, window
from bot.screen import Screen, say
from bot.texts import Safe
from domain import withdrawals
from domain.money import parse


async def facts(dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    given, data = Given.of(dialog_manager), dialog_manager.dialog_data
    may = await given.do.ask(withdrawals.offer)
    amount = int(data.get("amount", 0))
    waits = may.not_before > given.gate.now()
    words = {"amount": amount, "destination": data.get("destination", ""), "after": may.balance - amount}
    when = {"waits": waits, "since": may.not_before}
    return {"available": may.available, "least": may.least, **words, **when}


async def choose(manager: DialogManager, amount: int) -> None:
    may = await Given.of(manager).do.ask(withdrawals.offer)
    manager.dialog_data["amount"] = withdrawals.check_asked(may, amount)
    await manager.switch_to(Withdraw.destination)


async def amount_typed(message: Message, manager: DialogManager) -> None:
    await choose(manager, parse(message.text or ""))


async def everything(query: CallbackQuery, manager: DialogManager) -> None:
    may = await Given.of(manager).do.ask(withdrawals.offer)
    await choose(manager, may.available)


async def destination_typed(message: Message, manager: DialogManager) -> None:
    manager.dialog_data["destination"] = withdrawals.check_destination(message.text or "")
    await manager.switch_to(Withdraw.confirm)


async def yes(query: CallbackQuery, manager: DialogManager) -> None:
    given, data = Given.of(manager), manager.dialog_data
    made = await given.do(withdrawals.request, int(data["amount"]), str(data["destination"]))
    await manager.done()
    shown = await payable.own(given.do, given.text, made.id)
    said = Safe(f"{given.text('withdraw-done')}\n\n{shown.text}")
    await say(given.data["bot"], given.user.id, Screen(said, shown.keyboard))


def dialog() -> Dialog:
    return Dialog(
        window(
            Withdraw.amount,
            Say("withdraw-amount", "available", "least"),
            press(Label("withdraw-all", "available"), "all", everything),
            CANCEL,
            typed(amount_typed),
            getter=facts,
        ),
        window(
            Withdraw.destination, Say("withdraw-destination", "amount"), CANCEL, typed(destination_typed), getter=facts
        ),
        window(
            Withdraw.confirm,
            Say("withdraw-confirm", "amount", "destination", "after", "waits", "since"),
            press(Label("withdraw-yes", "amount"), "yes", yes),
            CANCEL,
            getter=facts,
        ),
    )
