"""What people do about a post of which Telegram did not say whether it took it: its publisher shows it, or an admin decides."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.buttons import Go, Judge, Look, Ruling, To
from bot.sandbox import Channel, Fault, Person
from domain import checks, countersigns, escrow, post_jobs
from domain.base import MOMENT
from domain.checks import Seen
from domain.post_jobs import AttemptStatus
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.domain.test_verdicts import mistaken
from tests.flows.conftest import Town, name_of, town_of
from tests.flows.test_watching import album_booked

LOST, UNSENT = Fault.SERVER_ERROR_AFTER_ACCEPTING, Fault.SERVER_ERROR


async def uncertain(town: Town, fault: Fault = LOST) -> tuple[Person, Person, Channel, int]:
    """Bob has approved Ann's post, and nobody heard what became of it."""
    if not town.app.gate.terms.countersign:
        await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    channel = await town.listed(bob)
    await channel.post("Good morning")
    await town.funded(ann)
    placement = await town.booked(ann)
    await town.telegram.fault("sendMessage", fault, chat=channel)
    await town.tap(bob, "request-approve")
    await town.tick()
    assert town.status(placement) == ("held", "uncertain", "pending")
    return bob, ann, channel, placement


async def ours(channel: Channel) -> int:
    return next(post.id for post in await channel.posts() if post.by_bot)


async def test_what_is_shown_with_a_date_before_the_attempt_is_for_a_person(town: Town) -> None:
    """Our clock was two minutes fast when it was published."""
    bob, _, channel, placement = await uncertain(town)
    fast = (town.clock() + timedelta(minutes=2)).strftime(MOMENT)
    town.sql("UPDATE post_attempts SET started_at = :fast", fast=fast)
    await bob.forward(channel, await ours(channel))
    assert (await town.newest(bob)).text == town.said("proof-doubted", channel="Tech Daily")
    assert town.status(placement) == ("held", "uncertain", "pending")
    assert "dated before the attempt" in town.sql.one("SELECT note FROM post_searches ORDER BY id DESC LIMIT 1")


async def test_the_publisher_is_asked_with_the_post_and_shows_it_by_forwarding(town: Town) -> None:
    bob, ann, channel, placement = await uncertain(town)
    preview, asked = [m for m in (await bob.chat()).messages if m.by_bot][-2:]
    assert (preview.text, asked.text) == ("Buy our tea", town.said("notice-uncertain", channel="Tech Daily"))
    await bob.forward(channel, await ours(channel))
    assert (await town.newest(bob)).text == town.said("proof-thanks", channel="Tech Daily")
    assert town.status(placement) == ("held", "success", "pending")
    await town.tick()
    await ann.sees("https://t.me/TechDaily/2")
    await bob.forward(channel, await ours(channel))
    assert (await town.newest(bob)).text == town.said("proof-known")
    town.clock.forward(hours=24)
    await town.tick()
    town.clock.forward(minutes=37)
    await town.tick()
    assert town.status(placement) == ("released", "success", "posted")


async def test_another_post_another_channel_and_a_post_nobody_sees_get_a_kind_answer(town: Town) -> None:
    bob, _, channel, placement = await uncertain(town)
    await bob.forward(channel, 1)
    assert (await town.newest(bob)).text == town.said("proof-other", channel="Tech Daily")
    await town.telegram.fault("editMessageReplyMarkup", Fault.SERVER_ERROR, chat=channel)
    await bob.forward(channel, await ours(channel))
    assert (await town.newest(bob)).text == town.said("error-not-seen")
    other = await town.listed(bob, title="Tea Weekly")
    await bob.forward(other, await other.post("Buy our tea"))
    assert (await town.newest(bob)).text == town.said("proof-elsewhere", channels="Tech Daily")
    assert town.status(placement) == ("held", "uncertain", "pending")


async def test_an_album_is_shown_by_its_first_picture_and_is_adopted_only_if_all_of_it_is_there(town: Town) -> None:
    bob, _, channel = await album_booked(town)
    await town.telegram.fault("sendMediaGroup", LOST, chat=channel)
    await town.tap(bob, "request-approve")
    await town.tick()
    first, *_, last = await channel.posts()
    await town.telegram.fault("editMessageReplyMarkup", Fault.BAD_REQUEST, chat=channel)
    await bob.forward(channel, first.id)
    assert (await town.newest(bob)).text == town.said("error-not-seen")
    await channel.delete_post(last.id)
    await bob.forward(channel, first.id)
    assert (await town.newest(bob)).text == town.said("error-not-seen")
    assert town.status(1) == ("held", "uncertain", "pending")


async def test_a_strangers_proof_is_none(town: Town) -> None:
    _, _, channel, placement = await uncertain(town)
    cleo = await town.person("Cleo")
    await cleo.forward(channel, await ours(channel))
    assert (await town.newest(cleo)).text == town.said("error-not-channel-admin", channel="Tech Daily")
    assert town.status(placement) == ("held", "uncertain", "pending")


async def test_where_nothing_is_uncertain_a_forwarded_post_only_tells_where_the_channel_stands(town: Town) -> None:
    await town.open_everything()
    bob = await town.person("Bob")
    channel = await town.listed(bob)
    await bob.forward(channel, await channel.post("Good morning"))
    await bob.sees(town.said("channel-registered", channel="Tech Daily"))
    await town.telegram.idle()
    assert town.sql.one("SELECT newest_message_id FROM channels") == 1


async def test_an_admin_is_asked_and_says_which_message_it_is(town: Town) -> None:
    olga = await town.admin()
    _, _, channel, placement = await uncertain(town)
    asked = await olga.sees(town.said("notice-unclear", id="1", channel="Tech Daily", note="there is no evidence chat"))
    assert asked.buttons == [town.label("judge-found"), town.label("judge-absent")]
    await town.tap(olga, "judge-found")
    assert (await town.newest(olga)).text == town.said("verdict-message", id="1")
    await town.say(olga, "it is there")
    await olga.sees(town.said("error-out-of-range", what="message", least=1, most=2**31 - 1))
    for other in ("https://t.me/TeaWeekly/2", "t.me/c/77/2", "https://t.me/TechDailyNews/2"):
        said = await town.say(olga, other)
        assert said.text == town.said("error-another-channel", channel="Tech Daily")
    await town.say(olga, f"https://t.me/techdaily/{await ours(channel)}?single")
    await town.say(olga, "seen in the channel at noon")
    await olga.sees(town.said("verdict-done", id="1", ruling="found"))
    assert town.status(placement) == ("held", "success", "pending")
    (check,) = town.sql("SELECT evidence, actor FROM post_checks")
    assert check == {"evidence": "seen in the channel at noon", "actor": f"user:{ADMIN}"}
    answer = await olga.press(Judge(ruling=Ruling.absent, id=1).pack(), asked.id)
    assert answer == town.said("error-not-found")
    assert town.status(placement) == ("held", "success", "pending")


async def test_an_admin_says_that_it_is_not_there_and_the_price_comes_back(town: Town) -> None:
    olga = await town.admin()
    _, ann, _, placement = await uncertain(town, UNSENT)
    await town.tap(olga, "judge-absent")
    assert (await town.newest(olga)).text == town.said("verdict-evidence", id="1", ruling="absent")
    await town.say(olga, "   ")
    assert town.status(placement)[1] == "uncertain"
    await town.say(olga, "looked at the channel, asked Bob")
    await olga.sees(town.said("verdict-done", id="1", ruling="absent"))
    await town.tick()
    assert town.status(placement) == ("refunded", "failed", "refunded")
    assert town.balance(ann) == 1000


async def test_the_queue_opens_a_job_with_its_searches_and_verdicts(town: Town) -> None:
    olga = await town.admin()
    assert (await town.say(olga, "/review")).text == town.said("review", total=0)
    await uncertain(town)
    listed = await town.say(olga, "/review")
    assert listed.text == town.said("review", total=1)
    await olga.tap("Tech Daily")
    card = await town.newest(olga)
    assert town.said("review-uncertain") in card.text
    assert "there is no evidence chat" in card.text
    assert town.label("judge-found") in card.buttons


@pytest.mark.parametrize(("ruling", "ends"), [("served", "released"), ("gone", "refunded")])
async def test_an_admin_is_asked_about_a_post_that_nobody_can_see_any_more_and_the_money_follows(
    city: Town, ruling: str, ends: str
) -> None:
    olga = await city.admin()
    house = House(city.app.gate, city.clock, city.sql, "")
    placement = await story.booked(house, hours=24)
    await story.succeed(house, placement)
    while (due := city.sql.one("SELECT next_look_at FROM post_jobs")) is not None:
        city.clock.at = due if isinstance(due, datetime) else datetime.fromisoformat(due)
        await house.system(checks.record, 1, {1: Seen(checks.Verdict.unknown)})
    await city.tick()
    asked = await olga.sees(city.said("notice-unseen", id="1", channel="Tech Daily"))
    assert asked.buttons == [city.label("judge-served"), city.label("judge-gone")]
    await city.say(olga, "/review")
    await olga.tap("Tech Daily")
    assert city.said("review-success") in (await city.newest(olga)).text
    answer = await olga.press(Judge(ruling=Ruling.found, id=1).pack(), asked.id)
    assert answer == city.said("error-wrong-state", noun="post_jobs", status="success")
    await city.tap(olga, f"judge-{ruling}")
    await city.say(olga, "looked at the channel with my own eyes")
    await olga.sees(city.said("verdict-done", id="1", ruling=ruling))
    await city.tick()
    assert city.status(1)[0] == ends
    assert (await city.say(olga, "/review")).text == city.said("review", total=0)


async def test_an_admin_is_told_of_a_post_that_telegram_took_as_another_placements_message(city: Town) -> None:
    olga = await city.admin()
    first, duty = await mistaken(House(city.app.gate, city.clock, city.sql, ""))
    await city.tick()
    facts = {"channel": "Tech Daily", "link": "https://t.me/techdaily/20", "other": str(first)}
    asked = await olga.sees(city.said("notice-contested", id=str(duty.id), **facts))
    assert asked.buttons == [city.label("judge-found"), city.label("judge-absent")]
    await city.tap(olga, "judge-found")
    await city.say(olga, "20")
    said = await city.say(olga, "seen in the channel")
    assert said.text == city.said("error-message-taken", message=20, job=first)


async def test_a_failed_job_leaves_the_queue_when_an_admin_is_done_with_it(town: Town) -> None:
    olga, oleg = await town.admin(), await town.person("Oleg")
    town.sql("UPDATE users SET is_operator = 1 WHERE id = :id", id=oleg.id)
    house = House(town.app.gate, town.clock, town.sql, "")
    await story.refused_and_refunded(house, await story.booked(house))
    await town.say(olga, "/review")
    await olga.tap("Tech Daily")
    card = await town.newest(olga)
    aside = Judge(ruling=Ruling.aside, id=1).pack()
    listed = await town.say(oleg, "/review")
    assert await oleg.press(aside, listed.id) == town.said("error-not-allowed")
    await town.tap(olga, "judge-aside")
    assert (await town.newest(olga)).text == town.said("verdict-evidence", id="1", ruling="aside")
    await town.say(olga, "the bot was no admin there; told Bob")
    await olga.sees(town.said("verdict-done", id="1", ruling="aside"))
    assert (await town.say(olga, "/review")).text == town.said("review", total=0)
    assert await olga.press(aside, card.id) == town.said("error-not-found")
    (event,) = town.sql("SELECT actor, details FROM audit_events WHERE action = 'post_jobs.set_aside'")
    assert (event["actor"], "told Bob" in str(event["details"])) == (f"user:{ADMIN}", True)


async def test_an_operator_reads_the_queue_and_decides_nothing(town: Town) -> None:
    oleg = await town.person("Oleg")
    _, _, _, placement = await uncertain(town)
    town.sql("UPDATE users SET is_operator = 1 WHERE id = :id", id=oleg.id)
    listed = await town.say(oleg, "/review")
    await oleg.tap("Tech Daily")
    assert await oleg.press(Judge(ruling=Ruling.absent, id=1).pack(), listed.id) == town.said("error-not-allowed")
    assert town.status(placement) == ("held", "uncertain", "pending")


async def test_others_cannot_press_what_the_staff_presses(town: Town) -> None:
    bob, ann, _, _ = await uncertain(town)
    nonsense = await town.say(bob, "/nonsense")
    assert (await town.say(bob, "/review")).text == nonsense.text
    before = town.sql.picture()
    for person in (bob, ann):
        under = (await town.newest(person)).id
        for data in (Judge(ruling=Ruling.found, id=1), Look(at=To.review, id=1), Go(to=To.review)):
            assert await person.press(data.pack(), under) == town.said("stale")
    assert town.sql.picture() == before


async def test_the_queue_has_pages_of_eight(city: Town) -> None:
    olga = await city.admin()
    house = House(city.app.gate, city.clock, city.sql, "")
    await story.people(house)
    await story.switches(house, *story.Switch)
    await story.fund(house, story.ANN, 10_000)
    channel = await story.channel(house)
    for _ in range(9):
        placement = await story.draft(house, channel)
        await house.gate.user(story.ANN)(escrow.hold, (placement.id,))
        await story.approve(house, placement)
        await story.recorded(house, AttemptStatus.unknown, error="timeout")
    assert await house.system.ask(post_jobs.in_review) == 9
    first = await city.say(olga, "/review")
    assert len([label for label in first.buttons if "Tech Daily" in label]) == 8
    await city.tap(olga, "button-after")
    second = await city.newest(olga)
    assert len([label for label in second.buttons if "Tech Daily" in label]) == 1
    await olga.tap("Tech Daily")
    await city.tap(olga, "button-back")
    assert (await city.newest(olga)).text == second.text


@pytest_asyncio.fixture
async def strict(address: str, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """Production, with a low limit for verdicts."""
    more: dict[str, Any] = {"environment": "production", "verdict_limit": 100}
    async for town in town_of(address, "en", name_of(request), **more):
        yield town


async def test_above_the_limit_a_verdict_waits_for_a_second_admin(strict: Town) -> None:
    town = strict
    lenient = replace(town.app.gate, terms=replace(town.app.gate.terms, countersign=False))
    await story.switches(House(lenient, town.clock, town.sql, ""), *story.Switch)
    olga, other = await town.admin(), await town.person("Other", id=OTHER_ADMIN)
    _, _, _, placement = await uncertain(town)
    await town.tap(olga, "judge-absent")
    await town.say(olga, "looked at the channel")
    await olga.sees(town.said("verdict-signature", id="1", countersign="1"))
    await town.tap(olga, "verdict-again")
    assert town.status(placement) == ("held", "uncertain", "pending")
    assert town.sql.one("SELECT COUNT(*) AS n FROM countersigns") == 1
    await town.app.gate.user(other.id)(countersigns.sign, 1)
    await town.tap(olga, "verdict-again")
    await olga.sees(town.said("verdict-done", id="1", ruling="absent"))
    assert town.status(placement)[1] == "failed"
    assert town.sql.one("SELECT status FROM countersigns") == "used"
