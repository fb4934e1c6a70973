"""The buttons under what the staff is alerted to. The alert stays as it was; what it opens is a message of its own."""

from aiogram import Bot, F
from aiogram.types import CallbackQuery

from bot.buttons import Open, To
from bot.handlers import books, killswitch, review
from bot.routes import Routes
from bot.screen import answer, say
from bot.settings import Settings
from bot.texts import Text
from domain.users import User
from storage.gate import Do

routes = Routes()


@routes.callback_query(Open.filter(F.to == To.board))
async def board(query: CallbackQuery, bot: Bot, do: Do, text: Text) -> None:
    await say(bot, query.from_user.id, await killswitch.board(do, text))
    await answer(query)


@routes.callback_query(Open.filter(F.to == To.review))
async def queue(query: CallbackQuery, bot: Bot, do: Do, text: Text) -> None:
    await say(bot, query.from_user.id, await review.queue(do, text, 0))
    await answer(query)


@routes.callback_query(Open.filter(F.to == To.books))
async def check(query: CallbackQuery, bot: Bot, do: Do, text: Text, user: User, settings: Settings) -> None:
    await say(bot, query.from_user.id, await books.check(do, text, user, settings, full=False))
    await answer(query)
