"""How an update finds its handler: first the people are met, then come commands and buttons, then the wizards, then the rest.

Commands and payments come before the wizards, so that nobody is stuck in one; what no router wants gets a fresh menu. Groups are
not for this bot: it answers in private chats, and listens to its channels.
"""

import logging
from contextlib import suppress

from aiogram import Bot, Dispatcher, F, Router
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError, TelegramNetworkError
from aiogram.fsm.storage.memory import SimpleEventIsolation
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeUnion,
)
from aiogram_dialog import setup_dialogs

from bot import errors
from bot.dialogs import complaint, decline, offer, order, propose, report, statement, top_up, verdict
from bot.dialogs import desk as desk_dialog
from bot.dialogs import settings as settings_dialog
from bot.filters import Staff
from bot.handlers import (
    alerts,
    books,
    campaigns,
    catalogue,
    channels,
    countersigns,
    desk,
    finding,
    killswitch,
    launch,
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
)
from bot.middlewares import Meeting
from bot.polling import GREETING
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
COMMANDED = (start, settling, wallet, catalogue, campaigns, requests, proposals, reports, channels)
STAFFED = (killswitch, review, status, books, countersigns, desk, finding, trail, alerts, launch)
WIZARDS = (order, offer, settings_dialog, top_up, report, complaint, decline, propose, statement, verdict, desk_dialog)


def build_dispatcher(
    gate: Gate, settings: Settings, states: DialogStates, texts: Texts, telegram: Telegram, watcher: Watching
) -> Dispatcher:
    dispatcher = Dispatcher(storage=states, events_isolation=SimpleEventIsolation(), name="holdfast")
    dispatcher["telegram"] = telegram
    dispatcher.update.outer_middleware(watcher)
    dispatcher.update.outer_middleware(Meeting(gate, settings, texts))
    dispatcher.include_routers(errors.routes.router(), wallet.checkouts.router(), channels.watch.router())
    dispatcher.include_router(watching.watch.router())
    private = Router(name="private")
    private.message.filter(F.chat.type == ChatType.PRIVATE)
    private.include_routers(*(part.routes.router() for part in COMMANDED), _staff(), unknown.commands.router())
    private.include_routers(*(part.dialog() for part in WIZARDS), unknown.forwards.router(), unknown.rest.router())
    dispatcher.include_router(private)
    setup_dialogs(dispatcher)
    return dispatcher


def _staff() -> Router:
    router = Router(name="staff")
    router.message.filter(Staff())
    router.callback_query.filter(Staff())
    router.include_routers(*(part.routes.router() for part in STAFFED))
    return router


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
