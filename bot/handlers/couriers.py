"""Couriers: a publisher lets another bot of the house publish in a channel, and takes it back.

Telegram is asked with that bot's own token, before the act; the act decides by what was seen.
"""

from aiogram import F
from aiogram.types import CallbackQuery

from bot.buttons import Courier, Look, Run, To, button, keyboard, link, menu
from bot.handlers.channels import LINK, channel_screen
from bot.routes import Routes
from bot.screen import Screen, answer, show
from bot.texts import Text
from domain import channels
from domain.channels import NoCourier
from domain.errors import Refused
from domain.ports import Telegram
from scheduler.visiting import visited
from storage.gate import Do

routes = Routes()


@routes.callback_query(Courier.filter(F.run == Run.ask))
async def ask(query: CallbackQuery, callback_data: Courier, do: Do, text: Text, telegram: Telegram) -> None:
    channel, _ = await do.ask(channels.own, callback_data.id)
    name = await telegram.by(callback_data.bot).name() if callback_data.bot in telegram.couriers else None
    if name is None:
        raise Refused(NoCourier())
    check = button(text.plain("courier-check"), callback_data.model_copy(update={"run": Run.check}))
    rows = [[link(text.plain("courier-add", bot=name), LINK.format(name))], [check]]
    back = [button(text.plain("button-back"), Look(at=To.channels, id=channel.id)), *menu(text)]
    await show(query, Screen(text("courier-steps", channel=channel.title, bot=name), keyboard(*rows, back)))


@routes.callback_query(Courier.filter(F.run == Run.back))
async def ask_back(query: CallbackQuery, callback_data: Courier, do: Do, text: Text) -> None:
    channel, _ = await do.ask(channels.own, callback_data.id)
    sure = button(text.plain("courier-back-yes"), callback_data.model_copy(update={"run": Run.sure}))
    back = [button(text.plain("button-back"), Look(at=To.channels, id=channel.id)), *menu(text)]
    await show(query, Screen(text("courier-back-ask", channel=channel.title), keyboard([sure], back)))


@routes.callback_query(Courier.filter(F.run.in_({Run.check, Run.sure})))
async def entrust(query: CallbackQuery, callback_data: Courier, do: Do, text: Text, telegram: Telegram) -> None:
    """To the courier of the button, or back to the main bot."""
    channel, _ = await do.ask(channels.own, callback_data.id)
    courier = callback_data.bot if callback_data.run == Run.check else None
    if courier is not None and courier not in telegram.couriers:
        raise Refused(NoCourier())
    seen = await visited(telegram, channel.chat_id, courier)
    if seen is None:
        await answer(query, text.plain("courier-unsure"), alert=True)
        return
    await do(channels.entrust, channel.id, seen)
    await show(query, await channel_screen(do, text, telegram, channel.id))
