"""The kill switches by hand: the board, and two verbs. Halting takes effect at once, resuming asks again.

`off` is taken as halt, the safe side. `on` is never guessed: to some it means that the switch stops things, to others that
things run. Whoever halts is in a hurry: they may halt `all`, and need give no reason; the history then says that none was given.
A *yes* resumes what it was asked about: once the switch was halted anew, or another reason was typed, it is asked again.
"""

from dataclasses import asdict
from typing import Any

from aiogram import F
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.buttons import Flick, Flip, Go, Row, To, button, keyboard, menu
from bot.routes import Routes
from bot.screen import Screen, show
from bot.texts import Safe, Text, cut
from domain import kill_switches
from domain.action import Limit, Switch
from domain.countersigns import fingerprint
from domain.kill_switches import State
from domain.users import MOST_REASON
from storage.gate import Do

routes = Routes()

HALT, RESUME, UNCLEAR, ALL = ("halt", "off", "stop"), ("resume",), ("on",), "all"


@routes.message(Command("killswitch"))
async def killswitch(message: Message, command: CommandObject, do: Do, text: Text, state: FSMContext) -> None:
    words = (command.args or "").split(maxsplit=2)
    if not words:
        await show(message, await board(do, text))
        return
    verb, name, reason = [*words, "", ""][:3]
    verb, name, reason = verb.lower(), name.lower(), reason.strip()[:MOST_REASON]
    if verb in HALT and name == ALL:
        await show(message, await halt_all(do, text, reason))
        return
    if name not in set(Switch):
        await show(message, usage(text))
        return
    key = Switch(name)
    match verb:
        case verb if verb in HALT:
            await show(message, await halt(do, text, key, reason))
        case verb if verb in RESUME and reason:
            await show(message, await ask_resume(do, text, state, key, reason))
        case verb if verb in UNCLEAR:
            await keep(state, key, reason)
            rows = [
                [button(text.plain("board-on-halt"), Flick(flip=Flip.halt, key=key, typed=True))],
                [button(text.plain("board-on-resume"), Flick(flip=Flip.resume, key=key, typed=True))],
            ]
            await show(message, Screen(text("board-on", key=key), keyboard(*rows, menu(text))))
        case _:
            await show(message, usage(text))


def usage(text: Text) -> Screen:
    to_board = [button(text.plain("menu-board"), Go(to=To.board))]
    return Screen(text("board-usage", switches=", ".join(Switch)), keyboard(to_board))


@routes.callback_query(Go.filter(F.to == To.board))
async def board_button(query: CallbackQuery, do: Do, text: Text) -> None:
    await show(query, await board(do, text))


async def board(do: Do, text: Text, words: Safe | None = None) -> Screen:
    """Every switch with what was last done to it, and the one button that changes it."""
    states = await do.ask(kill_switches.board)
    lines: list[str] = [words or text("board"), ""]
    rows: list[Row] = []
    for one in states:
        lines.append(text("board-line", key=one.key, enabled=one.enabled))
        if one.known and one.at is not None:
            lines.append(
                text("board-since", at=one.at, actor=one.actor or "", reason=cut(one.reason or "", MOST_REASON))
            )
            lines += limit(text, one.limit)
            flip, label = (Flip.halt, "board-halt") if one.enabled else (Flip.resume, "board-resume")
            rows.append([button(text.plain(label, key=one.key), Flick(flip=flip, key=one.key))])
        else:
            lines.append(text("board-missing"))
    if not all(one.known for one in states):
        rows.append([button(text.plain("board-init"), Flick(flip=Flip.init))])
    return Screen(Safe("\n".join(lines)), keyboard(*rows, menu(text)))


def limit(text: Text, most: Limit) -> list[Safe]:
    """A line for the limit that a switch carries, if it carries one."""
    if most == kill_switches.UNLIMITED:
        return []
    return [text("board-limit", **{name: "none" if value is None else value for name, value in asdict(most).items()})]


async def halt(do: Do, text: Text, key: Switch, reason: str) -> Screen:
    changed = await do(kill_switches.halt, [key], reason)
    return await board(do, text, text("board-halted" if changed else "board-halted-already", key=key))


async def halt_all(do: Do, text: Text, reason: str) -> Screen:
    changed = await do(kill_switches.halt, list(Switch), reason)
    return await board(do, text, text("board-halted-all", many=len(changed), switches=", ".join(changed)))


async def ask_resume(do: Do, text: Text, state: FSMContext, key: Switch, reason: str) -> Screen:
    """What would be permitted again, and within which limit."""
    await keep(state, key, reason)
    lines = [text("board-sure", key=key, does=text("switch-does", key=key), reason=reason)]
    now = await standing(do, key)
    if most := limit(text, now.limit):
        lines += [*most, text("board-limit-stays", key=key)]
    said = Safe("\n".join(lines))
    press = Flick(flip=Flip.sure, key=key, typed=True, mark=mark(now, reason))
    yes = [button(text.plain("board-sure-yes", key=key), press)]
    return Screen(said, keyboard(yes, [button(text.plain("button-back"), Go(to=To.board))]))


async def standing(do: Do, key: Switch) -> State:
    return next(one for one in await do.ask(kill_switches.board) if one.key == key)


def mark(seen: State, reason: str) -> str:
    """Ties a button to the flip that was seen, and to the reason that was shown."""
    flip = {"key": seen.key, "at": str(seen.at), "by": seen.actor, "was": seen.reason, "reason": reason}
    return fingerprint("kill_switches.resume", flip)[:16]


async def keep(state: FSMContext, key: Switch, reason: str) -> None:
    """The reason waits beside the dialogs, until the button is pressed."""
    await state.update_data({f"reason-{key}": reason})


async def reason_for(state: FSMContext, pressed: Flick, text: Text) -> str:
    """What was typed for this very press, or that it came from the board."""
    data: dict[str, Any] = await state.get_data() if pressed.typed else {}
    return str(data.get(f"reason-{pressed.key}") or text.plain("board-reason"))


async def forget(state: FSMContext, key: Switch) -> None:
    data = await state.get_data()
    data.pop(f"reason-{key}", None)
    await state.set_data(data)


@routes.callback_query(Flick.filter(F.flip == Flip.halt))
async def halt_button(query: CallbackQuery, callback_data: Flick, do: Do, text: Text, state: FSMContext) -> None:
    reason = await reason_for(state, callback_data, text)
    screen = await halt(do, text, callback_data.key, reason)
    await forget(state, callback_data.key)
    await show(query, screen)


@routes.callback_query(Flick.filter(F.flip == Flip.resume))
async def resume_button(query: CallbackQuery, callback_data: Flick, do: Do, text: Text, state: FSMContext) -> None:
    reason = await reason_for(state, callback_data, text)
    await show(query, await ask_resume(do, text, state, callback_data.key, reason))


@routes.callback_query(Flick.filter(F.flip == Flip.sure))
async def resume(query: CallbackQuery, callback_data: Flick, do: Do, text: Text, state: FSMContext) -> None:
    key, reason = callback_data.key, await reason_for(state, callback_data, text)
    now = await standing(do, key)
    if not now.enabled and mark(now, reason) != callback_data.mark:
        asked = await ask_resume(do, text, state, key, reason)
        await show(query, Screen(Safe(f"{text('board-stale')}\n\n{asked.text}"), asked.keyboard))
        return
    changed = await do(kill_switches.resume, [key], reason)
    await forget(state, key)
    await show(query, await board(do, text, text("board-resumed" if changed else "board-resumed-already", key=key)))


@routes.callback_query(Flick.filter(F.flip == Flip.init))
async def init(query: CallbackQuery, do: Do, text: Text) -> None:
    await do(kill_switches.init)
    await show(query, await board(do, text))
