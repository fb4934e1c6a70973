"""The audit trail in the chat: who did what to what, and what was refused; by filters, in pages, newest first."""

import json
from datetime import UTC, datetime
from typing import Any

from aiogram import F
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.buttons import PAGE, Go, Row, To, Trail, button, keyboard, menu
from bot.routes import Routes
from bot.screen import Screen, show
from bot.texts import Safe, Text
from bot.trails import Wanted, read
from domain import audit
from storage.gate import Do

routes = Routes()

MOST_DETAILS = 200


@routes.message(Command("audit"))
async def typed(message: Message, command: CommandObject, do: Do, text: Text) -> None:
    await show(message, await trail(do, text, read(command.args or "", do.gate.now())))


@routes.callback_query(Go.filter(F.to == To.audit))
async def opened(query: CallbackQuery, do: Do, text: Text) -> None:
    await show(query, await trail(do, text, Wanted()))


@routes.callback_query(Trail.filter())
async def turned(query: CallbackQuery, callback_data: Trail, do: Do, text: Text) -> None:
    await show(query, await trail(do, text, carried(callback_data)))


async def trail(do: Do, text: Text, wanted: Wanted) -> Screen:
    found = await do.ask(
        audit.events,
        who=wanted.who,
        act=wanted.act,
        about=wanted.about,
        refused=wanted.refused,
        since=wanted.since,
        before=wanted.before,
        limit=PAGE + 1,
    )
    shown = found[:PAGE]
    lines: list[str] = [text("audit", wanted=wanted.words or text.plain("audit-all"))]
    lines += [_line(text, event) for event in shown] or [text("audit-none")]
    turn: list[Row] = []
    if len(found) > PAGE:
        older = wanted.older(shown[-1].id)
        if (data := carrying(older)) is not None:
            turn.append([button(text.plain("wallet-older"), data)])
        else:
            lines.append(text("audit-older", words=older.words))
    other = carrying(Wanted(wanted.who, wanted.act, wanted.about, not wanted.refused, wanted.since))
    if other is not None:
        label = "audit-only-refused" if not wanted.refused else "audit-with-done"
        turn.append([button(text.plain(label), other)])
    back = [button(text.plain("menu-desk"), Go(to=To.desk)), *menu(text)]
    return Screen(Safe("\n".join(lines)), keyboard(*turn, back))


def carrying(wanted: Wanted) -> Trail | None:
    """None where it is too long for a button; then the words say it."""
    since = int(wanted.since.timestamp()) if wanted.since else 0
    data = Trail(
        who=wanted.who, act=wanted.act, about=wanted.about, refused=wanted.refused, since=since, before=wanted.before
    )
    try:
        data.pack()
    except ValueError:
        return None
    return data


def carried(pressed: Trail) -> Wanted:
    """What a button carries, which anybody may have forged."""
    since = datetime.fromtimestamp(pressed.since, UTC) if 0 < pressed.since < 2**33 else None
    return Wanted(pressed.who, pressed.act, pressed.about, pressed.refused, since, pressed.before)


def _line(text: Text, event: Any) -> Safe:
    details = json.dumps(event.details, ensure_ascii=False, sort_keys=True) if event.details else ""
    return text(
        "audit-line",
        id=str(event.id),
        at=text.brief(event.at),
        who=event.actor,
        act=event.action,
        about=f"{event.noun}:{event.subject}" if event.subject else event.noun,
        refusal=event.refusal or "none",
        details=details[:MOST_DETAILS],
    )
