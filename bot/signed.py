"""The acts that take two admins: how each reads on its card, and how it is done from what was stored.

One table says which acts these are and how each of their stored arguments is read; whatever it does not name exactly is not
done. A card shows the signature as it is now, so one that was sent long ago is brought up to date whenever it is pressed.
"""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiogram import Bot

from bot.buttons import Go, Pen, Row, Signature, To, button, keyboard
from bot.screen import Screen, redraw
from bot.texts import Safe, Text, Texts, cut
from domain import books, checks, countersigns, disputes, kill_switches, launch, notices, users, withdrawals
from domain.action import ACTIONS, Limit, Switch
from domain.countersigns import BadCountersign, Countersign, Status
from domain.errors import NotFound, Refused, WrongState
from domain.post_jobs import Status as JobStatus
from storage.gate import Do, Gate

MOST_WORDS, MOST_COMMAND = 700, 2000
"""Longer words are cut on a card, and a longer command is not shown; the shell's list has all of them."""
KINDS = ("countersign", "countersigned")
"""The notices that are such cards: to the admins who may sign, and to the one who asked."""

Read = Callable[[Any], Any]


def a(kind: type) -> Read:
    """Reads a value of exactly this type."""

    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(value)
        return value

    return read


def maybe(read: Read) -> Read:
    return lambda value: None if value is None else read(value)


def parts(read: Mapping[str, Read]) -> Read:
    """Reads a mapping with exactly these names."""

    def each(value: Any) -> dict[str, Any]:
        if type(value) is not dict or value.keys() != read.keys():
            raise ValueError(value)
        return {name: read[name](given) for name, given in value.items()}

    return each


def only(read: Read, **names: str) -> Read:
    """Of a mapping that is read whole, what the act is given, by the names it has there; the rest is for those who sign."""
    return lambda value: {name: read(value)[stored] for name, stored in names.items()}


BACK = parts({"withdrawal_id": a(int), "user": a(int), "amount": a(int), "reason": a(str)})
LIMIT = parts({"max_amount": maybe(a(int)), "max_open": maybe(a(int))})


@dataclass(frozen=True)
class Deed:
    """An action, how its stored arguments are read, and the words of the command line for what runs only there."""

    action: Callable[..., Any]
    read: Read
    shell: Callable[[Mapping[str, Any]], list[str]] | None = None


DEEDS = {
    ACTIONS[deed.action].name: deed
    for deed in (
        Deed(
            kill_switches.resume,
            only(
                parts(
                    {
                        "keys": lambda keys: [Switch(key) for key in a(list)(keys)],
                        "reason": a(str),
                        "limit": maybe(lambda given: Limit(**LIMIT(given))),
                        "epoch": maybe(a(int)),
                    }
                ),
                keys="keys",
                reason="reason",
                limit="limit",
            ),
        ),
        Deed(
            launch.resume,
            parts(
                {"run": a(int), "step": a(str), "keys": lambda keys: [Switch(key) for key in a(list)(keys)]},
            ),
        ),
        Deed(
            books.adjust,
            parts({"key": a(str), "source": a(str), "destination": a(str), "amount": a(int), "evidence": a(str)}),
        ),
        Deed(
            checks.verdict,
            parts({"job_id": a(int), "to": JobStatus, "evidence": a(str), "message_id": maybe(a(int))}),
        ),
        Deed(
            withdrawals.approve,
            only(
                parts({"withdrawal_id": a(int), "user": a(int), "amount": a(int), "destination": a(str)}),
                withdrawal_id="withdrawal_id",
            ),
        ),
        Deed(withdrawals.reject, only(BACK, withdrawal_id="withdrawal_id", reason="reason")),
        Deed(withdrawals.give_back, only(BACK, withdrawal_id="withdrawal_id", evidence="reason")),
        Deed(
            disputes.judge,
            parts({"dispute_id": a(int), "stage": disputes.Status, "share": a(int), "evidence": a(str)}),
        ),
        Deed(
            books.rebuild,
            parts({"wallet": a(str), "from": a(int), "to": a(int), "evidence": a(str)}),
            lambda given: ["rebuild", given["wallet"]],
        ),
        Deed(
            books.repair_entry,
            parts(
                {
                    "entry": a(int),
                    "wallet": a(str),
                    "amount": a(int),
                    "lawful": maybe(a(int)),
                    "others": lambda found: [a(int)(one) for one in a(list)(found)],
                    "evidence": a(str),
                }
            ),
            lambda given: ["repair", str(given["entry"])],
        ),
        Deed(
            books.repair_escrow,
            parts({"escrow": a(int), "from": a(str), "evidence": a(str)}),
            lambda given: ["repair", f"escrow:{given['escrow']}"],
        ),
    )
}


def read(asked: Countersign) -> tuple[Deed, dict[str, Any]] | None:
    """The act and what it is to be done with; None where the table does not know it in exactly this form."""
    deed = DEEDS.get(asked.action)
    if deed is None:
        return None
    try:
        return deed, deed.read(asked.arguments)
    except (ValueError, TypeError):
        return None


async def perform(do: Do, countersign: int) -> None:
    """Does what was signed, by the one who asked, once. What runs only from the shell is refused."""
    asked = await do.ask(countersigns.get, countersign)
    if asked is None:
        raise Refused(NotFound("countersigns"))
    known = read(asked)
    if known is None or not do.who.is_user(asked.asked_by):
        raise Refused(BadCountersign(countersign))
    status = state(asked, do.gate.now())
    if status != Status.signed:
        raise Refused(WrongState("countersigns", status))
    deed, given = known
    if deed.shell is not None:
        raise Refused(BadCountersign(countersign))
    await do(deed.action, **given, countersign=countersign)


def state(asked: Countersign, now: datetime) -> Status:
    """As it is, were the watch that expires them never late."""
    is_open = asked.status in (Status.asked, Status.signed)
    return Status.expired if is_open and asked.expires_at <= now else asked.status


def short(asked: Countersign) -> str:
    """What the texts call the act."""
    return asked.action.replace(".", "-")


def words(text: Text, asked: Countersign) -> Safe:
    """The exact act, with everything it would be done with."""
    known = read(asked)
    if known is None:
        given = json.dumps(asked.arguments, ensure_ascii=False, sort_keys=True)
        return text("act-unknown", act=asked.action, arguments=_cut(given))
    facts = dict(asked.arguments)
    if known[0].action is kill_switches.resume:
        limit = facts.pop("limit") or dict.fromkeys(("max_amount", "max_open"), "kept")
        facts |= {name: "none" if most is None else most for name, most in limit.items()}
    if "keys" in facts:
        facts["keys"] = ", ".join(facts["keys"])
    if "others" in facts:
        facts["others"] = ", ".join(map(str, facts["others"])) or "none"
    if "lawful" in facts and facts["lawful"] is None:
        facts["lawful"] = "none"
    for number in ("job_id", "message_id", "entry", "escrow", "run", "withdrawal_id", "user", "dispute_id", "epoch"):
        if number in facts:
            facts[number] = "none" if facts[number] is None else str(facts[number])
    return text(f"act-{short(asked)}", **{name: _cut(value) for name, value in facts.items()})


def _cut(value: Any) -> Any:
    return cut(value, MOST_WORDS) if isinstance(value, str) else value


def command(asked: Countersign) -> str | None:
    """The line for the shell, where the act runs only there."""
    known = read(asked)
    if known is None or known[0].shell is None:
        return None
    evidence = f"--evidence={asked.arguments['evidence']}"
    signed = ["--countersign", str(asked.id), "--as", str(asked.asked_by)]
    return shlex.join(["holdfast", "books", *known[0].shell(asked.arguments), evidence, *signed])


async def card(gate: Gate, text: Text, countersign: int, reader: int) -> Screen:
    """A signature as it stands, with what this reader may do about it."""
    house = gate.system("cards")
    asked = await house.ask(countersigns.get, countersign)
    if asked is None:
        raise Refused(NotFound("countersigns"))
    status, mine = state(asked, gate.now()), asked.asked_by == reader
    by = await house.ask(users.get, asked.asked_by)
    signer = await house.ask(users.get, asked.signed_by) if asked.signed_by else None
    title = {(Status.asked, False): "notice-countersign", (Status.signed, True): "notice-countersigned"}
    lines = [
        text(title.get((status, mine), "countersign-title")),
        words(text, asked),
        "",
        text("countersign-asked", id=str(asked.id), by=by.name if by else str(asked.asked_by), at=asked.asked_at),
        text(
            "countersign-state",
            status=status,
            signer=signer.name if signer else "",
            until=asked.expires_at,
            used=asked.used_at or "",
        ),
    ]
    row: Row = []
    if status == Status.asked and not mine:
        row = [
            button(text.plain("countersign-sign"), Signature(pen=Pen.sign, id=asked.id)),
            button(text.plain("countersign-later"), Signature(pen=Pen.later, id=asked.id)),
        ]
    elif status == Status.signed and mine and (line := command(asked)):
        is_long = len(line) > MOST_COMMAND
        shown = {"command": "none" if is_long else text.whole(line), "id": str(asked.id), "admin": str(asked.asked_by)}
        lines.append(text("countersign-shell", **shown))
    elif status == Status.signed and mine and read(asked):
        row = [button(text.plain("countersign-act"), Signature(pen=Pen.act, id=asked.id))]
    return Screen(
        Safe("\n".join(lines)), keyboard(row, [button(text.plain("countersign-all"), Go(to=To.countersigns))])
    )


async def settle(bot: Bot, gate: Gate, texts: Texts, countersign: int) -> None:
    """Brings every card that was sent about a signature up to date, each in its reader's language."""
    house = gate.system("cards")
    for kind in KINDS:
        for notice in await house.ask(notices.sent_about, kind, countersign):
            reader = await house.ask(users.get, notice.user_id)
            if reader is not None and notice.message_id is not None:
                screen = await card(gate, texts.of(reader), countersign, reader.id)
                await redraw(bot, reader.id, notice.message_id, screen)
