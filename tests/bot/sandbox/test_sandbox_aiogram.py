"""A real bot of aiogram's against the sandbox: it polls, it takes a webhook, it sells and is paid."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    ChatMemberUpdated,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LabeledPrice,
    Message,
    PreCheckoutQuery,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from bot.sandbox import PaymentFailed, Person, Sandbox
from bot.sandbox.client import Channel

MENU = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Deposit", callback_data="deposit")]])


def shop() -> Dispatcher:
    router, dispatcher = Router(), Dispatcher()

    @router.message(CommandStart())
    async def start(message: Message) -> None:
        await message.answer("<b>Welcome</b>", parse_mode="HTML", reply_markup=MENU)

    @router.callback_query(F.data == "deposit")
    async def deposit(query: CallbackQuery) -> None:
        await query.answer("An invoice comes", show_alert=True)
        if isinstance(query.message, Message):
            prices = [LabeledPrice(label="Deposit", amount=50)]
            await query.message.answer_invoice("Deposit", "50 Stars", "deposit:1", "XTR", prices, start_parameter="d1")

    @router.pre_checkout_query()
    async def check(query: PreCheckoutQuery) -> None:
        await query.answer(ok=True)

    @router.message(F.successful_payment)
    async def paid(message: Message) -> Any:
        return message.answer("Credited")

    @router.my_chat_member()
    async def member(change: ChatMemberUpdated, bot: Bot) -> None:
        await bot.send_message(change.from_user.id, f"{change.chat.title}: {change.new_chat_member.status}")

    dispatcher.include_router(router)
    return dispatcher


@pytest.fixture
async def bot(sandbox: Sandbox, token: str) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.api))
    yield Bot(token, session=session)
    await (await session.create_session()).close()  # the session's own close() sleeps


@pytest.fixture
async def polling(bot: Bot, ann: Person) -> AsyncIterator[None]:
    dispatcher = shop()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False))
        await ann.telegram.idle()
        yield
        await dispatcher.stop_polling()


@pytest.fixture
async def hooked(bot: Bot, ann: Person) -> AsyncIterator[None]:
    app = web.Application()
    handler = SimpleRequestHandler(shop(), bot, handle_in_background=False, secret_token="s3cret")
    handler.register(app, path="/hook")
    app.on_shutdown.clear()  # the fixture closes the session
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="s3cret")
    yield
    await runner.cleanup()


async def buy(ann: Person) -> None:
    await ann.say("/start")
    assert (await ann.sees("Welcome")).html == "<b>Welcome</b>"
    answer = await ann.tap("Deposit")
    assert answer == "An invoice comes"
    assert answer is not None
    assert answer.alert
    await ann.sees("50 Stars")
    await ann.pay()
    await ann.sees("Credited")


async def test_a_polling_bot_sells(polling: None, ann: Person) -> None:
    await buy(ann)


async def test_a_bot_behind_a_webhook_sells_and_may_answer_in_the_response(hooked: None, ann: Person) -> None:
    await buy(ann)


async def test_a_bot_hears_of_its_rights(polling: None, ann: Person) -> None:
    channel = await ann.telegram.channel("Tech", owner=ann)
    await channel.promote()
    await ann.sees("Tech: administrator")
    await channel.promote("can_edit_messages")
    await channel.remove_bot()
    await ann.sees("Tech: kicked")


async def test_a_button_can_fail_to_pay(polling: None, ann: Person) -> None:
    await ann.say("/start")
    await ann.tap("Deposit")
    await ann.sees("50 Stars")
    with pytest.raises(PaymentFailed):
        await ann.pay(balance=49)


async def test_everything_aiogram_sends_is_understood(bot: Bot, ann: Person, channel: Channel) -> None:
    file = BufferedInputFile(b"bytes", "p.jpg")
    photo = await bot.send_photo(channel.id, file, caption="<i>x</i>", parse_mode="HTML", reply_markup=MENU)
    assert photo.photo
    album = [InputMediaPhoto(media=file, caption="one"), InputMediaPhoto(media=photo.photo[-1].file_id)]
    assert len(await bot.send_media_group(channel.id, album)) == 2  # type: ignore[arg-type]
    copied = await bot.copy_message(ann.id, channel.id, photo.message_id)
    await bot.edit_message_media(InputMediaPhoto(media=file), chat_id=ann.id, message_id=copied.message_id)
    chat, members = await bot.get_chat(channel.id), await bot.get_chat_administrators(channel.id)
    assert (chat.title, len(members)) == ("Tech Daily", 2)
    downloaded = await bot.download(photo.photo[-1].file_id)
    assert downloaded
    assert downloaded.read() == b"bytes"
