"""Every command and every button x every kind of person: one table says what each is answered, and each is asked over HTTP.

Commands are taken from the dispatcher and buttons from `bot.buttons`, so that what has no row here fails. Whoever is refused
changes nothing. Access alone is asked: a press that is permitted may still come too late.
"""

import asyncio
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from enum import Enum, StrEnum
from typing import Any

import pytest
import pytest_asyncio
from aiogram import Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData

from bot import buttons
from bot.buttons import (
    Answer,
    Argue,
    Award,
    Bargain,
    Bench,
    Book,
    Case,
    Change,
    Contest,
    Courier,
    Deal,
    Deed,
    Desk,
    Entries,
    Flag,
    Flick,
    Flip,
    Go,
    Handle,
    Handling,
    Judge,
    Launching,
    Ledger,
    Look,
    Mine,
    Open,
    Page,
    Pay,
    Pen,
    Plea,
    Recall,
    Reply,
    Rocket,
    Ruling,
    Run,
    Signature,
    Step,
    TakeBack,
    To,
    Trail,
    Verb,
)
from bot.sandbox import Person
from domain import countersigns, disputes, escrow, proposals, reports, tickets, users, withdrawals
from domain.finds import Kind
from domain.post_jobs import AttemptStatus
from domain.reports import Reason, Thing
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.flows.conftest import Town, name_of, town_of
from tests.story import ANN, BOB

AMY, BILL, OLEG, SAM, BAN = 111, 222, 404, 505, 606
PEOPLE = {
    "stranger": SAM,
    "advertiser": ANN,
    "other advertiser": AMY,
    "publisher": BOB,
    "other publisher": BILL,
    "operator": OLEG,
    "admin": ADMIN,
    "banned": BAN,
}


class Said(StrEnum):
    """What somebody is answered, as far as access goes."""

    yes = "yes"
    """It is theirs to ask."""
    none = "as if there were no such command or button"
    not_found = "not found, or not yours"
    not_allowed = "you may not"


Row = dict[str, Said]
"""For each kind of person."""


def only(*who: str, others: Said, but: Row | None = None) -> Row:
    return {name: Said.yes if name in who else others for name in PEOPLE} | (but or {})


ALL = only(*PEOPLE, others=Said.none)
NOBODY = only(others=Said.none)
NOT_BANNED = ALL | {"banned": Said.not_allowed}
STAFF = only("operator", "admin", others=Said.none)
ADMINS = STAFF | {"operator": Said.not_allowed}
ADVERTISER = only("advertiser", others=Said.not_found)
PUBLISHER = only("publisher", others=Said.not_found)
SIDES = only("advertiser", "publisher", others=Said.not_found)
DISPUTE = only("advertiser", "publisher", "operator", "admin", others=Said.not_found)
SEEN = only("publisher", "operator", "admin", others=Said.not_found)
"""The card of a request: the staff reads what the publisher reads."""

COMMANDS: dict[str, Row] = {
    **dict.fromkeys(
        [
            "/start",
            "/menu",
            "/new",
            "/catalog",
            "/catalogue",
            "/campaigns",
            "/wallet",
            "/deposit",
            "/withdraw",
            "/addchannel",
            "/channels",
        ],
        ALL,
    ),
    **dict.fromkeys(
        ["/requests", "/settings", "/help", "/paysupport", "/terms", "/report it is wrong", "/cancel"], ALL
    ),
    "/deposit 100": NOT_BANNED,
    **dict.fromkeys(["/killswitch", "/killswitch halt payouts why", "/killswitch resume payouts why"], STAFF),
    **dict.fromkeys(["/admin", "/review", "/status", "/books", "/books check", "/books statement fees:XTR"], STAFF),
    **dict.fromkeys(["/launch", "/launch rollback it went wrong"], STAFF),
    "/launch 0": ADMINS,
    **dict.fromkeys(["/find 1", "/find", "/audit", "/audit refused", "/staff", "/block", "/unblock"], STAFF),
    **dict.fromkeys(["/books checkpoint", "/countersigns"], ADMINS),
    f"/block user:{SAM} why": ADMINS,
    f"/unblock user:{SAM} why": ADMINS,
    f"/staff appoint {SAM} why": ADMINS,
    f"/staff dismiss {SAM} why": ADMINS,
}

GO = {
    **dict.fromkeys([To.menu, To.wallet, To.deposit, To.amount, To.catalogue, To.new, To.campaigns, To.requests], ALL),
    **dict.fromkeys([To.withdraw, To.withdrawals], ALL),
    **dict.fromkeys([To.to_pay, To.ended], STAFF),
    **dict.fromkeys([To.channels, To.add_channel, To.settings, To.help], ALL),
    **dict.fromkeys([To.board, To.status, To.books, To.review, To.desk, To.overdue, To.tickets, To.closed], STAFF),
    To.disputes: STAFF,
    **dict.fromkeys([To.proposals, To.reports], STAFF),
    **dict.fromkeys([To.lookup, To.audit, To.staff, To.launch], STAFF),
    To.countersigns: ADMINS,
}
LOOK = {To.campaigns: ADVERTISER, To.catalogue: ALL, To.channels: PUBLISHER, To.requests: SEEN, To.review: STAFF}
LOOK |= {To.withdrawals: PUBLISHER}
ANSWER = {Verb.approve: PUBLISHER, Verb.reason: PUBLISHER, Verb.decline: SEEN, Verb.write: SEEN, Verb.back: SEEN}
ANSWER |= {Verb.time: SEEN, Verb.price: SEEN}
APPROVED_BY = PUBLISHER | {"banned": Said.not_allowed}
FLAG = {Thing.channel: ALL, Thing.creative: PUBLISHER}
FLAG[Thing.person] = only("advertiser", "publisher", others=Said.not_found)
FLICK = {Flip.halt: STAFF, Flip.resume: STAFF, Flip.sure: ADMINS, Flip.init: ADMINS}
OPEN = dict.fromkeys([To.board, To.review, To.books], STAFF)
LAUNCHING = dict.fromkeys(Rocket, STAFF) | {Rocket.run: ADMINS}
LEDGER = dict.fromkeys(Page, STAFF) | {Page.checkpoint: ADMINS}
DESK = {
    Deed.block: Kind.user,
    Deed.unblock: Kind.channel,
    Deed.appoint: Kind.user,
    Deed.dismiss: Kind.user,
    Deed.close: Kind.ticket,
    Deed.uphold: Kind.report,
    Deed.reject: Kind.report,
    Deed.retry: Kind.placement,
    Deed.sure: Kind.placement,
}
NUMBERS = {Kind.user: SAM}
UNCERTAIN, DISPUTED = 3, 4


def presses() -> Iterator[tuple[CallbackData, Row]]:
    """Every button, with each of its verbs. A verb without a row is nobody's."""
    for to in To:
        yield Go(to=to), GO.get(to, NOBODY)
        yield Look(at=to, id=UNCERTAIN if to == To.review else 1), LOOK.get(to, NOBODY)
        yield Open(to=to), OPEN.get(to, NOBODY)
    yield Pay(amount=100), NOT_BANNED
    yield Book(channel=1), ALL
    for verb in Verb:
        row = APPROVED_BY if verb == Verb.approve else ANSWER.get(verb, NOBODY)
        yield Answer(verb=verb, id=1, version=1, reason="topic" if verb == Verb.reason else ""), row
    for thing, row in FLAG.items():
        yield Flag(thing=thing, id=1), row
    for reply in Reply:
        yield Bargain(reply=reply, id=1), ADVERTISER
    for step in Step:
        yield Deal(step=step, id=1), ADVERTISER
    yield Contest(id=DISPUTED), DISPUTE
    for plea in Plea:
        not_opener = {"publisher": Said.not_allowed} if plea == Plea.sure else {}
        yield Argue(plea=plea, id=1), SIDES | not_opener
    for award in Award:
        yield Bench(award=award, id=1), ADMINS
    for change in Change:
        yield Mine(change=change, id=1), PUBLISHER
    for recall in Recall:
        yield TakeBack(step=recall, id=1), PUBLISHER
    for handling in Handling:
        yield Handle(deed=handling, id=1), ADMINS
    for run in Run:
        yield Courier(run=run, id=1), PUBLISHER
    for ruling in Ruling:
        yield Judge(ruling=ruling, id=UNCERTAIN), ADMINS
    for flip in Flip:
        yield Flick(flip=flip), FLICK.get(flip, NOBODY)
    for rocket in Rocket:
        yield Launching(do=rocket), LAUNCHING[rocket]
    for page in Page:
        yield Ledger(open=page), LEDGER.get(page, NOBODY)
    yield Entries(wallet="fees:XTR"), STAFF
    for pen in Pen:
        yield Signature(pen=pen, id=1), ADMINS
    for kind in Kind:
        yield Case(kind=kind, id=NUMBERS.get(kind, 1)), STAFF
    for deed in Deed:
        thing = DESK[deed]
        yield Desk(deed=deed, kind=thing, id=NUMBERS.get(thing, 1)), ADMINS
    yield Trail(), STAFF


PRESSES = list(presses())


def handlers(router: Router) -> Iterator[Any]:
    yield from router.message.handlers
    for below in router.sub_routers:
        yield from handlers(below)


def test_every_button_has_its_rows() -> None:
    """Each class of `bot.buttons` is pressed, with each member of its first enum."""
    known = {
        made
        for _, made in inspect.getmembers(buttons, inspect.isclass)
        if issubclass(made, CallbackData) and made is not CallbackData
    }
    assert {type(data) for data, _ in PRESSES} == known
    for made in known:
        first = next(iter(made.model_fields.items()))
        name, kind = first[0], first[1].annotation
        if isinstance(kind, type) and issubclass(kind, Enum):
            pressed = {getattr(data, name) for data, _ in PRESSES if type(data) is made}
            assert pressed == set(kind), made


async def earned_and_asked(house: House) -> None:
    """Withdrawal 1 is Bob's, of what he earned with placement 6, which matures at once."""
    served = await story.draft(house, await story.channel(house, price=200, chat_id=-1003))
    await house.gate.user(ANN)(escrow.hold, (served.id,))
    await story.succeed(house, served, message_id=9)
    await house.system(escrow.release, served.id)
    soon = replace(house.gate, terms=replace(house.gate.terms, maturity=timedelta(0)))
    assert (await soon.user(BOB)(withdrawals.request, 100, "TON EQ-bob")).id == 1


@pytest_asyncio.fixture
async def world(sqlite_address: str, request: pytest.FixtureRequest) -> Any:
    """A town with each kind of person: placement 1 waits for its publisher, 2 is the others', 3 is uncertain, 4 in dispute."""
    async for town in town_of(sqlite_address, "en", name_of(request)):
        people = {
            name: await town.telegram.person(f"Person {number}", id=number, language="en")
            for name, number in PEOPLE.items()
        }
        await asyncio.gather(*(person.say("/start") for person in people.values()))
        await town.telegram.idle()
        house = House(town.app.gate, town.clock, town.sql, sqlite_address)
        await story.booked(house)
        await house.system(users.meet, OTHER_ADMIN, "Other", None, "en")
        await story.fund(house, AMY, 1000)
        others = await story.draft(house, await story.channel(house, BILL, chat_id=-1002), by=AMY)
        await house.gate.user(AMY)(escrow.hold, (others.id,))
        third = await story.draft(house, 1)
        await house.gate.user(ANN)(escrow.hold, (third.id,))
        await story.approve(house, third)
        await story.recorded(house, AttemptStatus.unknown, error="timeout")
        await story.fund(house, ANN, 400)
        fourth = await story.draft(house, 1)
        await house.gate.user(ANN)(escrow.hold, (fourth.id,))
        await story.succeed(house, fourth)
        await house.gate.user(ANN)(disputes.open_, fourth.id, "it is wrong")
        assert (others.id, third.id, fourth.id) == (2, UNCERTAIN, DISPUTED)
        await story.fund(house, ANN, 400, "fifth")
        fifth = await story.draft(house, 1)
        await house.gate.user(ANN)(escrow.hold, (fifth.id,))
        await house.gate.user(BOB)(proposals.make, fifth.id, 1, price=1)
        await earned_and_asked(house)
        await house.gate.user(ANN)(tickets.report, "help")
        await house.gate.user(ANN)(reports.file, Thing.channel, 1, Reason.spam)
        resume = {"keys": ["payouts"], "reason": "x", "limit": None, "epoch": None}
        await house.gate.user(OTHER_ADMIN)(countersigns.ask, "kill_switches.resume", resume)
        town.sql("UPDATE post_jobs SET late_asked_at = created_at WHERE id = 1")
        town.sql("UPDATE users SET is_operator = 1 WHERE id = :id", id=OLEG)
        town.sql("UPDATE users SET blocked_at = created_at WHERE id = :id", id=BAN)
        yield town, people


def test_every_command_has_its_row(town: Town) -> None:
    """What the dispatcher knows as a command is in the table."""
    known = {
        str(command)
        for handler in handlers(town.app.dispatcher)
        for found in handler.filters or ()
        if isinstance(found.callback, Command)
        for command in found.callback.commands
    }
    assert {words.split()[0][1:] for words in COMMANDS} == known


def heard(town: Town, who: Iterable[str], answers: Iterable[str | None]) -> Row:
    """What the answers to these people mean."""
    texts = {
        town.said("stale"): Said.none,
        town.said("unknown-command"): Said.none,
        town.said("error-not-found"): Said.not_found,
        town.said("error-not-allowed"): Said.not_allowed,
    }
    return {name: texts.get(words or "", Said.yes) for name, words in zip(who, answers, strict=True)}


async def command(town: Town, words: str, who: dict[str, Person]) -> Row:
    """What each is answered who says it at the same time."""
    await asyncio.gather(*(person.say(words) for person in who.values()))
    await town.telegram.idle()
    chats = await asyncio.gather(*(person.chat() for person in who.values()))
    return heard(town, who, [next(m for m in reversed(chat.messages) if m.by_bot).text for chat in chats])


async def press(town: Town, data: CallbackData, who: dict[str, Person], under: dict[str, int]) -> Row:
    pressed = [person.press(data.pack(), under[name]) for name, person in who.items()]
    return heard(town, who, await asyncio.gather(*pressed))


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("is_permitted", [False, True])
async def test_everybody_is_answered_as_the_table_says_and_who_is_refused_changes_nothing(
    world: Any, is_permitted: bool, half: int
) -> None:
    town: Town = world[0]
    people: dict[str, Person] = world[1]
    chats = {name: await person.chat() for name, person in people.items()}
    under = {name: next(m.id for m in reversed(chat.messages) if m.by_bot) for name, chat in chats.items()}
    before, wrong = town.sql.picture(), {}
    for data, row in PRESSES[half::2]:
        who = {name: people[name] for name, said in row.items() if (said == Said.yes) == is_permitted}
        came = await press(town, data, who, under) if who else {}
        wrong |= {(data.pack(), name): str(said) for name, said in came.items() if said != row[name]}
    for words, row in [*COMMANDS.items()][half::2]:
        who = {name: people[name] for name, said in row.items() if (said == Said.yes) == is_permitted}
        came = await command(town, words, who) if who else {}
        wrong |= {(words, name): str(said) for name, said in came.items() if said != row[name]}
    assert wrong == {}
    assert (town.sql.picture() == before) is not is_permitted


@pytest.mark.parametrize("kind", ["supergroup", "channel"])
async def test_in_a_group_and_under_a_channels_post_nobody_is_staff(world: Any, kind: str) -> None:
    """Commands of the staff are heard in private chats alone, and a button elsewhere is nobody's."""
    town: Town = world[0]
    before = town.sql.picture()
    chat = {"id": -100777, "type": kind, "title": "A place"}
    sender = {"id": ADMIN, "is_bot": False, "first_name": f"Person {ADMIN}"}
    said = {"message_id": 1, "date": 1772452800, "chat": chat, "from": sender, "text": "/killswitch halt payouts now"}
    said["entities"] = [{"type": "bot_command", "offset": 0, "length": 11}]
    await town.telegram.raw_update({"message": said} if kind == "supergroup" else {"channel_post": said})
    under = {"message_id": 2, "date": 1772452800, "chat": chat, "text": "x"}
    pressed = {"id": "1", "from": sender, "chat_instance": "1", "message": under, "data": Flick(flip=Flip.halt).pack()}
    await town.telegram.raw_update({"callback_query": pressed})
    await town.telegram.idle()
    assert town.sql.picture() == before


async def test_an_admin_is_a_number_not_a_name(world: Any) -> None:
    """Whoever takes an admin's name is nobody."""
    town: Town = world[0]
    olga = await town.person("Olga", username="admin")
    assert (await town.say(olga, "/killswitch")).text == town.said("unknown-command")
