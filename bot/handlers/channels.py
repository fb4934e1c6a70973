"""Channels: added by one tap, by a link, or by forwarding a post; then a price and the hours.

Telegram tells of the choice (`chat_shared`) and of the bot's rights (`my_chat_member`) in either order, perhaps twice: each looks
at the channel anew and registers it, which is the same act however often it is done.
"""

from aiogram import Bot, F
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.filters import Command
from aiogram.types import (
    CallbackQuery,
    ChatAdministratorRights,
    ChatMemberUpdated,
    KeyboardButton,
    KeyboardButtonRequestChat,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from aiogram_dialog import DialogManager, ShowMode, StartMode

from bot import cards
from bot.buttons import PAGE, Change, Courier, Go, Look, Mine, Row, Run, To, button, keyboard, menu, pager, pages
from bot.dialogs.states import Offer
from bot.routes import Routes
from bot.screen import Screen, answer, show, tell
from bot.telegram import inspect, out_of_sight
from bot.texts import Safe, Text
from domain import channels, checks
from domain.channels import Channel, Inspection, Status
from domain.money import split
from domain.ports import Telegram
from storage.gate import Do, Gate

routes, watch = Routes(), Routes()

MARKS = {Status.pending: "🕒", Status.listed: "✅", Status.paused: "⏸", Status.lost: "⚠️"}
LINK = "https://t.me/{}?startchannel&admin=post_messages+edit_messages+delete_messages"
REQUEST = 1


def rights(**more: bool) -> ChatAdministratorRights:
    """What the bot needs; the user's must be a superset, or the client adds nobody and reports success."""
    needed = dict.fromkeys(channels.RIGHTS, True)
    return ChatAdministratorRights(
        is_anonymous=False,
        can_manage_chat=True,
        can_manage_video_chats=False,
        can_restrict_members=False,
        can_change_info=False,
        can_post_stories=False,
        can_edit_stories=False,
        can_delete_stories=False,
        can_send_welcome_messages=False,
        **{"can_promote_members": False, "can_invite_users": False} | needed | more,
    )


@routes.message(Command("addchannel"))
@routes.callback_query(Go.filter(F.to == To.add_channel))
async def add(event: Message | CallbackQuery, bot: Bot, text: Text, dialog_manager: DialogManager) -> None:
    await dialog_manager.reset_stack(remove_keyboard=False)
    choose = KeyboardButton(
        text=text.plain("channel-choose"),
        request_chat=KeyboardButtonRequestChat(
            request_id=REQUEST,
            chat_is_channel=True,
            bot_administrator_rights=rights(),
            user_administrator_rights=rights(can_promote_members=True, can_invite_users=True),
        ),
    )
    board = ReplyKeyboardMarkup(keyboard=[[choose]], resize_keyboard=True, one_time_keyboard=True)
    link = LINK.format((await bot.me()).username)
    words = Safe(f"{text('channel-add-ask')}\n\n{text('channel-add-else', link=link)}")
    await show(event, Screen(words, board))


@routes.message(F.chat_shared.request_id == REQUEST)
async def shared(
    message: Message, bot: Bot, do: Do, text: Text, telegram: Telegram, dialog_manager: DialogManager
) -> None:
    assert message.chat_shared is not None
    await register(message, message.chat_shared.chat_id, bot, do, text, telegram, dialog_manager)


async def register(
    message: Message, chat_id: int, bot: Bot, do: Do, text: Text, telegram: Telegram, dialog_manager: DialogManager
) -> None:
    known = await do.ask(channels.by_chat, chat_id)
    seen = await with_courier(telegram, await inspect(bot, chat_id, message.chat.id), known)
    channel = await do(channels.register, seen)
    await show(message, Screen(text("channel-registered", channel=channel.title), ReplyKeyboardRemove()))
    _, line = await do.ask(channels.own, channel.id)
    if line is None:
        await dialog_manager.start(Offer.price, {"channel": channel.id}, StartMode.RESET_STACK)
    else:
        await show(message, await channel_screen(do, text, telegram, channel.id))


async def with_courier(telegram: Telegram, seen: Inspection, known: Channel | None) -> Inspection:
    """With the rights of the courier that publishes there, if one does and Telegram says."""
    if known is None or known.courier_id is None:
        return seen
    beside = await telegram.by(known.courier_id).visit(seen.chat_id)
    return seen if beside is None else seen.beside(known.courier_id, beside)


@watch.my_chat_member(F.chat.type == ChatType.CHANNEL)
async def rights_changed(
    event: ChatMemberUpdated, bot: Bot, do: Do, gate: Gate, text: Text, telegram: Telegram
) -> None:
    """Our rights in a channel changed: a new one is registered for whoever added us, one of ours is looked at again."""
    house = gate.system("telegram")
    known = await house.ask(channels.by_chat, event.chat.id)
    inside = event.new_chat_member.status == ChatMemberStatus.ADMINISTRATOR
    if known is None:
        if inside:
            channel = await do(channels.register, await inspect(bot, event.chat.id, event.from_user.id))
            await tell(bot, event.from_user.id, inside_screen(text, channel))
        return
    seen = await inspect(bot, event.chat.id, known.owner_id) if inside else out_of_sight(event.chat.id)
    seen = await with_courier(telegram, seen, known)
    await house(channels.inspect, seen)
    if not seen.missing:
        await house(checks.go_on, event.chat.id)


def inside_screen(text: Text, channel: Channel) -> Screen:
    offer = [button(text.plain("channel-change"), Mine(change=Change.offer, id=channel.id))]
    return Screen(text("channel-inside", channel=channel.title), keyboard(offer))


@routes.message(Command("channels"))
@routes.callback_query(Go.filter(F.to == To.channels))
async def mine(event: Message | CallbackQuery, do: Do, text: Text, callback_data: Go | None = None) -> None:
    page = 0 if callback_data is None else max(0, callback_data.page)
    found, total = await do.ask(channels.mine, page * PAGE, PAGE)
    said = text("channels", total=total)
    if total > PAGE:
        said = Safe(f"{said}\n{text('page', page=page + 1, pages=pages(total))}")
    lines: list[Row] = []
    for channel in found:
        label = text.plain("channel-line", mark=MARKS[channel.status], title=channel.title)
        lines.append([button(label, Look(at=To.channels, id=channel.id, page=page))])
    add_one = [button(text.plain("channel-add"), Go(to=To.add_channel))]
    await show(event, Screen(said, keyboard(*lines, pager(text, To.channels, page, total), add_one, menu(text))))


async def channel_screen(do: Do, text: Text, telegram: Telegram, channel_id: int, page: int = 0) -> Screen:
    channel, line = await do.ask(channels.own, channel_id)
    said = text(
        "channel-card",
        title=channel.title,
        state=text("channel-state", status=channel.status),
        subscribers=text("subscribers", count=channel.subscribers),
        counted=channel.inspected_at,
    )
    rows: list[Row] = [[button(text.plain("channel-change"), Mine(change=Change.offer, id=channel.id))]]
    if line is not None:
        payout = split(line.price, do.gate.terms.fee_bps).payout
        stay = cards.stay(text, line.hours, proportional=line.proportional)
        said = Safe(f"{said}\n\n{text('channel-offer', price=line.price, payout=payout, stay=stay)}")
        if line.pin:
            said = Safe(f"{said}\n{text('manner-pin')}")
    if channel.status == Status.listed:
        rows.append([button(text.plain("channel-pause"), Mine(change=Change.pause, id=channel.id))])
    if channel.status == Status.paused:
        rows.append([button(text.plain("channel-resume"), Mine(change=Change.resume, id=channel.id))])
    if channel.courier_id is not None:
        name = await telegram.by(channel.courier_id).name()
        said = Safe(f"{said}\n\n{text('courier-line', bot=name or 'none')}")
        rows.append([button(text.plain("courier-back"), Courier(run=Run.back, id=channel.id))])
    elif telegram.couriers and (courier := await do.ask(channels.least_busy, telegram.couriers)) is not None:
        name = await telegram.by(courier).name()
        let = Courier(run=Run.ask, id=channel.id, bot=courier)
        rows.append([button(text.plain("courier-let", bot=name), let)] if name else [])
    rows.append([button(text.plain("button-back"), Go(to=To.channels, page=page)), *menu(text)])
    return Screen(said, keyboard(*rows))


@routes.callback_query(Look.filter(F.at == To.channels))
async def open_(query: CallbackQuery, callback_data: Look, do: Do, text: Text, telegram: Telegram) -> None:
    await show(query, await channel_screen(do, text, telegram, callback_data.id, callback_data.page))


@routes.callback_query(Mine.filter(F.change.in_({Change.pause, Change.resume})))
async def pause(query: CallbackQuery, callback_data: Mine, do: Do, text: Text, telegram: Telegram) -> None:
    await do(channels.pause, callback_data.id, paused=callback_data.change == Change.pause)
    await show(query, await channel_screen(do, text, telegram, callback_data.id))


@routes.callback_query(Mine.filter(F.change == Change.offer))
async def change_offer(query: CallbackQuery, callback_data: Mine, do: Do, dialog_manager: DialogManager) -> None:
    await do.ask(channels.own, callback_data.id)  # refuses a channel that is not theirs
    await dialog_manager.start(Offer.price, {"channel": callback_data.id}, StartMode.RESET_STACK, ShowMode.SEND)
    await answer(query)
