"""What takes two admins: asked for by itself, signed with a button, done with a button, once; in the chat and at the shell."""

import json
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import signed
from bot.app import build
from bot.buttons import Go, Pen, Signature, To
from bot.sandbox import Client, Person, Sandbox
from bot.settings import Environment, Settings
from domain import countersigns, escrow, kill_switches, post_jobs
from domain.action import Switch, Terms
from domain.countersigns import BadCountersign, NeedsCountersign
from domain.errors import Refused
from domain.post_jobs import AttemptStatus, Sent
from tests.conftest import ADMIN, OTHER_ADMIN, Clock, Sql
from tests.flows.conftest import TOKEN, Town
from tests.processes import run

PAVEL = "Pavel <b>"


async def two_admins(town: Town) -> tuple[Person, Person]:
    return await town.admin(), await town.person(PAVEL, id=OTHER_ADMIN)


async def opened(town: Town) -> None:
    """Everything is ENABLED, the money too, with both signatures."""
    admin = town.app.gate.user(ADMIN)
    await admin(kill_switches.init)
    with pytest.raises(Refused) as refused:
        await admin(kill_switches.resume, list(Switch), "test")
    needs = refused.value.refusal
    assert isinstance(needs, NeedsCountersign)
    asked = await admin(countersigns.ask, needs.act, needs.arguments)
    await town.app.gate.user(OTHER_ADMIN)(countersigns.sign, asked.id)
    await admin(kill_switches.resume, list(Switch), "test", countersign=asked.id)
    await town.drain()


def statuses(town: Town) -> list[str]:
    return [row["status"] for row in town.sql("SELECT status FROM countersigns ORDER BY id")]


def moves(town: Town) -> int:
    return int(town.sql.one("SELECT COUNT(*) AS n FROM transfers"))


def money(town: Town) -> bool:
    return bool(town.sql.one("SELECT enabled FROM kill_switches WHERE key = 'money_movement'"))


async def test_resuming_money_is_asked_signed_and_done_with_buttons(capital: Town) -> None:
    town = capital
    olga, pavel = await two_admins(town)
    await town.say(olga, "/killswitch")
    await town.tap(olga, "board-init")
    await town.say(olga, "/killswitch resume money_movement books are <clean>")
    await town.tap(olga, "board-sure-yes", key="money_movement")
    asked = await town.newest(olga)
    assert not money(town)
    assert "money_movement" in asked.text
    assert "books are <clean>" in asked.text
    assert town.label("countersign-act") not in asked.buttons
    assert town.label("countersign-sign") not in asked.buttons
    await town.drain()
    card = await town.newest(pavel)
    for words in (town.said("notice-countersign"), "money_movement", "books are <clean>", "Olga"):
        assert words in card.text
    assert "3 мар" in card.text or "March" in card.text  # until when
    await town.tap(pavel, "countersign-sign")
    assert PAVEL in (await town.newest(pavel)).text
    assert not money(town)
    await town.drain()
    mine = await town.newest(olga)
    assert town.said("notice-countersigned") in mine.text
    assert "books are <clean>" in mine.text
    await town.tap(olga, "countersign-act")
    assert money(town)
    (flip,) = town.sql("SELECT reason, actor FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1")
    assert flip == {"reason": "books are <clean>", "actor": f"user:{ADMIN}"}
    assert statuses(town) == ["used"]
    assert town.label("countersign-act") not in (await town.newest(olga)).buttons


async def test_pressed_again_nothing_happens_again_and_each_press_is_answered(capital: Town) -> None:
    town = capital
    olga, pavel = await two_admins(town)
    await opened(town)
    await town.say(olga, "/books adjust t-1 external:XTR suspense:XTR 5 a letter of 2 March")
    await town.tap(olga, "books-adjust-yes", amount=5)
    waiting = await town.newest(olga)
    await town.drain()
    card = await town.newest(pavel)
    sign, act = (Signature(pen=pen, id=2).pack() for pen in (Pen.sign, Pen.act))
    own = await olga.press(sign, waiting.id)
    assert own is not None
    assert (own, own.alert) == (town.said("error-own-countersign"), True)
    early = await olga.press(act, waiting.id)
    assert early == town.said("error-wrong-state", noun="countersigns", status="asked")
    assert statuses(town) == ["used", "asked"]
    for _ in range(2):  # pressed twice, signed once
        assert await pavel.press(sign, card.id) is None
    assert town.sql.one("SELECT COUNT(*) AS n FROM notices WHERE kind = 'countersigned' AND about = 2") == 1
    assert await pavel.press(act, card.id) == town.said("error-bad-countersign")
    before = moves(town)
    await town.drain()
    mine = await town.newest(olga)
    assert await olga.press(act, mine.id) is None
    assert moves(town) == before + 1
    for message in (mine, waiting):  # the card, and the old screen
        assert await olga.press(act, message.id) == town.said("error-wrong-state", noun="countersigns", status="used")
    assert await pavel.press(sign, card.id) == town.said("error-wrong-state", noun="countersigns", status="used")
    assert moves(town) == before + 1
    (transfer,) = town.sql("SELECT source_id, destination_id, amount FROM transfers WHERE key = 'adjust:t-1'")
    assert transfer == {"source_id": "external:XTR", "destination_id": "suspense:XTR", "amount": 5}


async def test_even_where_one_admin_will_do_only_the_asker_does_what_was_signed(capital: Town) -> None:
    town = capital
    olga, _ = await two_admins(town)
    await opened(town)
    await town.say(olga, "/books adjust t-1 external:XTR suspense:XTR 5 a letter")
    await town.tap(olga, "books-adjust-yes", amount=5)
    await town.app.gate.user(OTHER_ADMIN)(countersigns.sign, 2)
    staging = replace(town.app.gate, terms=Terms())
    with pytest.raises(Refused) as refused:
        await signed.perform(staging.user(OTHER_ADMIN), 2)
    assert refused.value.refusal == BadCountersign(2)
    assert moves(town) == 0


async def test_the_typed_act_asked_again_is_the_same_request_and_another_is_another(capital: Town) -> None:
    town = capital
    olga, _ = await two_admins(town)
    await opened(town)
    for amount in (5, 5, 6):
        await town.say(olga, f"/books adjust t-1 external:XTR suspense:XTR {amount} a letter")
        await town.tap(olga, "books-adjust-yes", amount=amount)
    asked = [
        json.loads(row["arguments"]) for row in town.sql("SELECT arguments FROM countersigns WHERE id > 1 ORDER BY id")
    ]
    assert [one["amount"] for one in asked] == [5, 6]


async def test_what_nobody_signed_or_did_in_time_is_over_and_says_so(capital: Town) -> None:
    town = capital
    olga, pavel = await two_admins(town)
    await opened(town)
    for key in ("t-1", "t-2"):
        await town.say(olga, f"/books adjust {key} external:XTR suspense:XTR 5 a letter")
        await town.tap(olga, "books-adjust-yes", amount=5)
    await town.app.gate.user(OTHER_ADMIN)(countersigns.sign, 3)
    await town.drain()
    before = moves(town)
    town.clock.forward(hours=24)
    over = town.said("error-wrong-state", noun="countersigns", status="expired")
    for _ in range(2):  # before and after the tick that writes it down
        assert await pavel.press(Signature(pen=Pen.sign, id=2).pack(), (await town.newest(pavel)).id) == over
        assert "⌛️" in (await town.newest(pavel)).text  # the card is fresh
        assert await olga.press(Signature(pen=Pen.act, id=3).pack(), (await town.newest(olga)).id) == over
        town.clock.forward(minutes=2)
        await town.tick()
    assert statuses(town) == ["used", "expired", "expired"]
    assert moves(town) == before
    assert (await town.say(olga, "/countersigns")).text == town.said("countersigns", total=0)


async def test_the_list_shows_what_waits_and_not_now_decides_nothing(capital: Town) -> None:
    town = capital
    olga, pavel = await two_admins(town)
    await opened(town)
    for n in range(9):
        await town.say(olga, f"/books adjust t-{n} external:XTR suspense:XTR {n + 1} a letter")
        await town.tap(olga, "books-adjust-yes", amount=n + 1)
    listed = await town.say(pavel, "/countersigns")
    assert town.said("countersigns", total=9) in listed.text
    assert town.said("page", page=1, pages=2) in listed.text
    await pavel.tap(town.label("button-after"))
    await town.telegram.idle()
    (last,) = [label for label in (await town.newest(pavel)).buttons if " 10: " in label]
    await pavel.tap(last)
    await town.telegram.idle()
    assert "t-8" in (await town.newest(pavel)).text
    before = town.sql.picture()
    await town.tap(pavel, "countersign-later")
    put_off = await town.newest(pavel)
    assert town.said("countersign-put-off") in put_off.text
    assert put_off.buttons == [town.label("countersign-all")]
    assert town.sql.picture() == before
    await town.tap(pavel, "countersign-all")
    assert town.said("countersigns", total=9) in (await town.newest(pavel)).text


async def test_when_one_has_signed_the_cards_of_the_others_say_so(capital: Town) -> None:
    """A third admin's card too; here the asker's and the signer's are brought up to date."""
    town = capital
    olga, pavel = await two_admins(town)
    await opened(town)
    await town.say(olga, "/books adjust t-1 external:XTR suspense:XTR 5 a letter")
    await town.tap(olga, "books-adjust-yes", amount=5)
    await town.drain()
    card = await town.newest(pavel)
    listed = await town.say(pavel, "/countersigns")
    await pavel.press(Signature(pen=Pen.sign, id=2).pack(), listed.id)  # signed from the list, not from the card
    await town.drain()
    await town.tap(olga, "countersign-act")
    messages = {m.id: m for m in (await pavel.chat()).messages}
    assert town.label("countersign-sign") not in messages[card.id].buttons
    assert "🏁" in messages[card.id].text


async def test_the_buttons_outlive_a_restart(sqlite_address: str, tmp_path: Path) -> None:
    """Each press is handled by another process's bot than the one that showed the button."""
    clock = Clock()
    admins = frozenset({ADMIN, OTHER_ADMIN})
    async with Sandbox(now=clock) as sandbox, Client(sandbox.api) as telegram:
        settings = Settings(
            _env_file=None,
            bot_token=TOKEN,
            bot_api=sandbox.api,
            database_url=sqlite_address,
            admins=admins,
            environment=Environment.production,
        )

        @asynccontextmanager
        async def started() -> AsyncIterator[Town]:
            app = build(settings, now=clock)
            async with app.running():
                yield Town(app, telegram, clock, Sql(sqlite_address), "en", tmp_path / "wire")

        async with started() as town:
            olga, pavel = await two_admins(town)
            await opened(town)
            await town.say(olga, "/books adjust t-1 external:XTR suspense:XTR 5 a letter")
        async with started() as town:
            await town.tap(olga, "books-adjust-yes", amount=5)
            await town.drain()
        async with started() as town:
            await town.tap(pavel, "countersign-sign")
            await town.drain()
        async with started() as town:
            await town.tap(olga, "countersign-act")
            assert town.sql.one("SELECT COUNT(*) AS n FROM transfers WHERE key = 'adjust:t-1'") == 1


def shell(town: Town, folder: Path, *arguments: str) -> tuple[int, str]:
    settings = {
        "admins": f"{ADMIN},{OTHER_ADMIN}",
        "database_url": town.sql.address,
        "owner_database_url": town.sql.address,
        "environment": "production",
        "verdict_limit": 399,
    }
    ended = run(*arguments, folder=folder, **settings)
    town.clock.at = datetime.now(UTC)
    return ended.returncode, ended.stdout + ended.stderr


async def uncertain(town: Town) -> int:
    """A placement of 400 whose publication nobody can tell about."""
    ann, bob = await town.person("Ann"), await town.person("Bob")
    await town.listed(bob)
    await town.funded(ann)
    number = await town.booked(ann)
    await town.tap(bob, "request-approve")
    house = town.app.gate.system("test")
    (duty,) = await house(post_jobs.claim)
    await house(post_jobs.start, duty.id, duty.token)
    await house(post_jobs.record, duty.id, duty.token, {duty.id: Sent(AttemptStatus.unknown, error="timeout")})
    return number


async def test_asked_at_the_shell_a_verdict_is_signed_and_given_in_the_chat(metropolis: Town, tmp_path: Path) -> None:
    town = metropolis
    town.clock.at = datetime.now(UTC)
    olga, pavel = await two_admins(town)
    await opened(town)
    number = await uncertain(town)
    verdict = ("jobs", "verdict", f"{number}", "failed", "--evidence", "we looked <twice>", "--as", f"{ADMIN}")
    status, said = shell(town, tmp_path, *verdict)
    assert (status, "asked for as number 2" in said) == (1, True)
    await town.tick()
    await pavel.sees("we looked <twice>")
    await town.tap(pavel, "countersign-sign")
    await town.drain()
    await town.tap(olga, "countersign-act")
    assert town.sql.one("SELECT status FROM post_jobs WHERE id = :id", id=number) == "failed"
    assert town.sql.one("SELECT evidence FROM post_checks WHERE post_job_id = :id", id=number) == "we looked <twice>"
    assert statuses(town) == ["used", "used"]
    status, said = shell(town, tmp_path, *verdict, "--countersign", "2")
    assert (status, "is failed" in said) == (0, True)  # the first answer
    await town.app.gate.system("test")(escrow.refund, number)


async def test_asked_in_the_chat_an_adjustment_is_signed_and_made_at_the_shell(
    metropolis: Town, tmp_path: Path
) -> None:
    town = metropolis
    town.clock.at = datetime.now(UTC)
    olga, _ = await two_admins(town)
    await opened(town)
    await town.say(olga, "/books adjust t-1 external:XTR suspense:XTR 5 a letter of 2 March")
    await town.tap(olga, "books-adjust-yes", amount=5)
    assert shell(town, tmp_path, "countersign", "sign", "2", "--as", f"{OTHER_ADMIN}")[0] == 0
    await town.tick()
    mine = await town.newest(olga)
    assert mine.text.count("a letter of 2 March") == 1
    adjust = ("books", "adjust", "t-1", "external:XTR", "suspense:XTR", "5", "--countersign", "2", "--as", f"{ADMIN}")
    assert shell(town, tmp_path, *adjust, "--evidence", "another letter")[0] == 1  # not what was signed
    assert moves(town) == 0
    assert shell(town, tmp_path, *adjust, "--evidence", "a letter of 2 March")[0] == 0
    assert moves(town) == 1
    done = town.said("error-wrong-state", noun="countersigns", status="used")
    assert await olga.press(Signature(pen=Pen.act, id=2).pack(), mine.id) == done
    assert moves(town) == 1


async def test_what_runs_only_at_the_shell_is_signed_in_the_chat_with_the_exact_command(
    metropolis: Town, tmp_path: Path
) -> None:
    town = metropolis
    town.clock.at = datetime.now(UTC)
    olga, pavel = await two_admins(town)
    await opened(town)
    await town.tick()
    town.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'fees:XTR'")
    rebuild = ("books", "rebuild", "fees:XTR", "--evidence", "it's a drill", "--as", f"{ADMIN}")
    assert shell(town, tmp_path, *rebuild)[0] == 1
    await town.tick()
    assert "fees:XTR" in (await town.newest(pavel)).text
    await town.tap(pavel, "countersign-sign")
    await town.drain()
    mine = await town.newest(olga)
    assert town.label("countersign-act") not in mine.buttons
    assert await olga.press(Signature(pen=Pen.act, id=2).pack(), mine.id) == town.said("error-bad-countersign")
    (line,) = [line for line in mine.text.splitlines() if line.startswith("holdfast ")]
    assert shell(town, tmp_path, *shlex.split(line)[1:]) == (0, "fees:XTR: 1 is now 0, the sum of its entries\n")


PEOPLE = ["stranger", "advertiser", "publisher", "banned", "operator"]
"""Everybody but the admins."""


@pytest.mark.parametrize("who", PEOPLE)
async def test_only_admins_see_sign_and_do(capital: Town, who: str) -> None:
    town = capital
    olga, _ = await two_admins(town)
    await opened(town)
    await town.say(olga, "/books adjust t-1 external:XTR suspense:XTR 5 a letter")
    await town.tap(olga, "books-adjust-yes", amount=5)
    await town.app.gate.user(OTHER_ADMIN)(countersigns.sign, 2)
    somebody = await town.person("Somebody")
    if who == "publisher":
        await town.listed(somebody)
    if who == "advertiser":
        await town.funded(somebody)
    if who == "banned":
        town.sql("UPDATE users SET blocked_at = created_at, is_operator = 1 WHERE id = :id", id=somebody.id)
    if who == "operator":
        town.sql("UPDATE users SET is_operator = 1 WHERE id = :id", id=somebody.id)
    before, message = town.sql.picture(), (await town.newest(somebody)).id
    refused = "error-not-allowed" if who == "operator" else "stale"
    for data in [Go(to=To.countersigns), *(Signature(pen=pen, id=number) for pen in Pen for number in (2, 3))]:
        assert await somebody.press(data.pack(), message) == town.said(refused), data
    said = await town.say(somebody, "/countersigns")
    assert said.text == town.said("error-not-allowed" if who == "operator" else "unknown-command")
    assert town.sql.picture() == before


async def test_to_an_admin_a_forged_number_is_as_if_it_were_not_there(capital: Town) -> None:
    town = capital
    olga, _ = await two_admins(town)
    before, message = town.sql.picture(), (await town.newest(olga)).id
    for pen in Pen:
        assert await olga.press(Signature(pen=pen, id=99).pack(), message) == town.said("error-not-found")
    assert town.sql.picture() == before
