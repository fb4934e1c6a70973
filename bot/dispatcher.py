"""How an update finds its handler: first the people are met, then come commands and buttons, then the wizards, then the rest.

Commands and payments come before the wizards, so that nobody is stuck in one; what no router wants gets a fresh menu. Groups are
not for this bot: it answers in private chats, and listens to its channels.
"""

import logging
import secrets
from contextlib import suppress

from aiogram import Bot, Dispatcher, F, Router
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError, TelegramNetworkError
from aiogram.fsm.storage.memory import DisabledEventIsolation, SimpleEventIsolation
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeUnion,
)
from aiogram_dialog import setup_dialogs
from aiogram_dialog.api.entities import stack

from bot import errors
from bot.dialogs import complaint, decline, dispute, offer, order, propose, report, statement, top_up, verdict, withdraw
from bot.dialogs import desk as desk_dialog
from bot.dialogs import paying as paying_dialog
from bot.dialogs import settings as settings_dialog
from bot.filters import Staff
from bot.handlers import (
    alerts,
    books,
    campaigns,
    catalogue,
    channels,
    countersigns,
    couriers,
    desk,
    disputes,
    finding,
    killswitch,
    launch,
    paying,
    proposals,
    reports,
    requests,
    review,
    settling,
    start,
    status,
    trail,
    unknown,
    wallet,
    watching,
    withdrawals,
)
from bot.middlewares import Meeting
from bot.polling import GREETING
from bot.routes import together
from bot.seeing import Watching
from bot.settings import Settings
from bot.texts import Text, Texts
from domain.ports import Telegram
from domain.users import LANGUAGES
from storage.fsm import DialogStates
from storage.gate import Gate

log = logging.getLogger(__name__)

ALLOWED_UPDATES = [
    "message",
    "callback_query",
    "pre_checkout_query",
    "my_chat_member",
    "channel_post",
    "edited_channel_post",
]
COMMANDS = (
    "menu",
    "new",
    "catalog",
    "campaigns",
    "wallet",
    "deposit",
    "withdraw",
    "addchannel",
    "channels",
    "requests",
    "settings",
    "help",
    "cancel",
    "paysupport",
    "terms",
    "report",
)
STAFF_COMMANDS = (
    "admin",
    "killswitch",
    "review",
    "status",
    "books",
    "countersigns",
    "find",
    "audit",
    "staff",
    "block",
    "unblock",
    "launch",
)
COMMANDED = (
    start,
    settling,
    wallet,
    withdrawals,
    catalogue,
    campaigns,
    requests,
    proposals,
    disputes,
    reports,
    channels,
    couriers,
)
STAFFED = (killswitch, review, status, books, countersigns, desk, finding, trail, alerts, launch, paying)
WIZARDS = (
    order,
    offer,
    settings_dialog,
    top_up,
    report,
    complaint,
    decline,
    propose,
    statement,
    verdict,
    desk_dialog,
    withdraw,
    paying_dialog,
    dispute,
)


def build_dispatcher(
    gate: Gate, settings: Settings, states: DialogStates, texts: Texts, telegram: Telegram, watcher: Watching
) -> Dispatcher:
    dispatcher = Dispatcher(storage=states, events_isolation=SimpleEventIsolation(), name="holdfast")
    dispatcher["telegram"] = telegram
    dispatcher.update.outer_middleware(watcher)
    dispatcher.update.outer_middleware(Meeting(gate, settings, texts))
    for part in (errors.routes, wallet.checkouts, channels.watch, watching.watch):
        part.add_to(dispatcher)
    private = Router(name="private")
    private.message.filter(F.chat.type == ChatType.PRIVATE)
    staff = together("staff", *(part.routes for part in STAFFED), disputes.bench)
    staff.message.filter(Staff())
    staff.callback_query.filter(Staff())
    private.include_routers(together("commands", *(part.routes for part in COMMANDED)), staff)
    private.include_routers(
        together("unknown commands", unknown.commands), *(part.dialog() for part in WIZARDS), dispute.bench()
    )
    private.include_router(together("rest", unknown.forwards, unknown.rest))
    dispatcher.include_router(private)
    # one person's updates wait for each other already; the dialogs' own lock is kept for ever by what fails while it reads
    setup_dialogs(dispatcher, events_isolation=DisabledEventIsolation())
    stack.new_int_id = _wizards_number
    return dispatcher


def _wizards_number() -> int:
    """The library has a hundred in each second: now and then the buttons of a closed wizard would work in the one after it."""
    return secrets.randbelow(62**6)


async def set_commands(bot: Bot, texts: Texts, settings: Settings) -> None:
    """The lists of commands, for each language; the admins' own lists in their own chats. Cosmetic: not in an outage."""
    with suppress(TelegramNetworkError):
        await _set_all(bot, texts, settings)


async def _set_all(bot: Bot, texts: Texts, settings: Settings) -> None:
    for language in (None, *LANGUAGES):
        text = texts.bind(language or LANGUAGES[0])
        everyone = _listed(text, COMMANDS)
        await _set(bot, everyone, BotCommandScopeAllPrivateChats(), language)
        for admin in sorted(settings.admins):
            await _set(bot, everyone + _listed(text, STAFF_COMMANDS), BotCommandScopeChat(chat_id=admin), language)


def _listed(text: Text, names: tuple[str, ...]) -> list[BotCommand]:
    return [BotCommand(command=name, description=text.plain(f"command-{name}")) for name in names]


async def _set(bot: Bot, commands: list[BotCommand], scope: BotCommandScopeUnion, language: str | None) -> None:
    """An admin who never started the bot has no chat to set a list in; a list that fails is no reason not to run."""
    try:
        await bot.set_my_commands(commands, scope=scope, language_code=language, request_timeout=GREETING)
    except TelegramNetworkError:
        raise
    except TelegramAPIError as refused:
        log.info("commands for %s were not set: %s", scope.type, refused)
