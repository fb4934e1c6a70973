"""Reports of channels, creatives and people: one open for each reporter and thing, judged by an admin, the reporter is told."""

import asyncio

from domain import reports, users
from domain.errors import NotAllowed, NotFound, OutOfRange, Refused, WrongState
from domain.reports import Reason, Thing, TooManyReports
from tests import story
from tests.conftest import ADMIN, House, refusal
from tests.story import ANN, BOB, CLEO


async def test_a_report_is_told_to_the_staff_judged_once_and_answered(house: House) -> None:
    placement = await story.booked(house)
    report = await house.gate.user(BOB)(reports.file, Thing.creative, placement.id, Reason.fraud, " a lie ")
    assert (report.about, report.words, report.status) == (placement.id, "a lie", "open")
    admin = house.gate.user(ADMIN)
    assert await refusal(house.gate.user(CLEO)(reports.judge, report.id, "x", upheld=True)) == NotAllowed(
        "reports.judge"
    )
    assert await refusal(admin(reports.judge, report.id, " ", upheld=True)) == OutOfRange("reason", 1, 300)
    assert await refusal(admin(reports.judge, 77, "x", upheld=True)) == NotFound("reports")
    await admin(reports.judge, report.id, "blocked", upheld=True)
    picture = house.sql.picture()
    assert (await admin(reports.judge, report.id, "blocked", upheld=True)).status == "upheld"
    for finding, upheld in (("warned", True), ("no", False)):
        assert await refusal(admin(reports.judge, report.id, finding, upheld=upheld)) == WrongState("reports", "upheld")
    assert house.sql.picture() == picture
    told = house.sql("SELECT user_id, kind FROM notices WHERE kind IN ('report', 'report-ended') ORDER BY id")
    assert told == [{"user_id": ADMIN, "kind": "report"}, {"user_id": BOB, "kind": "report-ended"}]


async def test_each_reports_what_is_theirs_to_report(house: House) -> None:
    placement = await story.booked(house)
    ann, bob, cleo = (house.gate.user(who) for who in (ANN, BOB, CLEO))
    assert (await ann(reports.file, Thing.person, placement.id, Reason.spam)).about == BOB
    assert (await bob(reports.file, Thing.person, placement.id, Reason.spam)).about == ANN
    assert (await cleo(reports.file, Thing.channel, placement.channel, Reason.spam)).about == placement.channel
    gone = NotFound("campaign_targets")
    assert await refusal(ann(reports.file, Thing.creative, placement.id, Reason.spam)) == gone
    for thing in (Thing.creative, Thing.person):
        assert await refusal(cleo(reports.file, thing, placement.id, Reason.spam)) == gone
        assert await refusal(bob(reports.file, thing, 77, Reason.spam)) == gone
    assert await refusal(ann(reports.file, Thing.channel, 77, Reason.spam)) == NotFound("channels")
    assert await refusal(ann(reports.file, Thing.channel, 1, Reason.other, "x" * 301)) == OutOfRange("report", 0, 300)


async def test_one_is_open_for_each_reporter_and_thing(house: House) -> None:
    placement = await story.booked(house)
    cleo = house.gate.user(CLEO)
    came = await asyncio.gather(*(cleo(reports.file, Thing.channel, placement.channel, Reason.spam) for _ in range(5)))
    assert len({one.id for one in came}) == 1
    again = await cleo(reports.file, Thing.channel, placement.channel, Reason.fraud)
    assert (again.id, again.reason) == (came[0].id, Reason.spam)
    await house.gate.user(ADMIN)(reports.judge, again.id, "nothing", upheld=False)
    assert (await cleo(reports.file, Thing.channel, placement.channel, Reason.fraud)).id != again.id


async def test_nobody_has_more_than_five_open(house: House) -> None:
    await story.booked(house)
    others = [await story.channel(house, chat_id=-2000 - n) for n in range(5)]
    cleo = house.gate.user(CLEO)
    for channel in others:
        await cleo(reports.file, Thing.channel, channel, Reason.spam)
    assert await refusal(cleo(reports.file, Thing.channel, 1, Reason.spam)) == TooManyReports(5)
    assert await house.gate.user(ADMIN).ask(reports.counted) == 5


async def test_nor_when_all_are_filed_at_once(house: House) -> None:
    await story.booked(house)
    others = [await story.channel(house, chat_id=-2000 - n) for n in range(8)]
    cleo = house.gate.user(CLEO)
    asked = (cleo(reports.file, Thing.channel, channel, Reason.spam) for channel in others)
    came = await asyncio.gather(*asked, return_exceptions=True)
    assert [one.refusal for one in came if isinstance(one, Refused)] == [TooManyReports(5)] * 3
    assert house.sql.one("SELECT COUNT(*) FROM reports WHERE status = 'open'") == 5


async def test_what_others_have_reported_is_neither_mine_nor_counted_for_me(house: House) -> None:
    placement = await story.booked(house)
    others = [await story.channel(house, chat_id=-2000 - n) for n in range(4)]
    for channel in (placement.channel, *others):
        await house.gate.user(CLEO)(reports.file, Thing.channel, channel, Reason.spam)
    await house.gate.user(BOB)(reports.file, Thing.channel, placement.channel, Reason.fraud)
    per = house.sql("SELECT reported_by, COUNT(*) AS many FROM reports GROUP BY reported_by ORDER BY reported_by")
    assert per == [{"reported_by": BOB, "many": 1}, {"reported_by": CLEO, "many": 5}]


async def test_an_operator_sees_them_and_judges_none(house: House) -> None:
    placement = await story.booked(house)
    report = await house.gate.user(BOB)(reports.file, Thing.channel, placement.channel, Reason.spam)
    await house.gate.user(ADMIN)(users.appoint, CLEO, "night shift", operator=True)
    cleo = house.gate.user(CLEO)
    assert [row.id for row in await cleo.ask(reports.listed)] == [report.id]
    assert await refusal(cleo(reports.judge, report.id, "x", upheld=True)) == NotAllowed("reports.judge")
    assert house.sql.one("SELECT status FROM reports") == "open"
