"""Notices: in which order they go out when many are owed, and how the staff is found who is owed word."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text

from domain import checks, disputes, notices, post_jobs, reports, users
from domain.checks import Seen, Verdict
from domain.post_jobs import AttemptStatus, Sent, overdue
from domain.reports import Reason, Thing
from tests import story
from tests.conftest import ADMIN, NOON, OTHER_ADMIN, House, owners
from tests.processes import WAITING, until
from tests.story import ANN, BOB, CLEO


def owe(house: House, *whom: int) -> None:
    """One after the other, a notice to each of these."""
    now = f"{NOON:%Y-%m-%dT%H:%M:%S.%fZ}"
    for user_id in whom:
        house.sql(
            "INSERT INTO notices (user_id, kind, args, status, attempts, created_at, due_at)"
            " VALUES (:user, 'approved', '{}', 'owed', 0, :now, :now)",
            user=user_id,
            now=now,
        )


async def whom(house: House, limit: int) -> list[int]:
    return [one.user_id for one in await house.system.ask(notices.owed, limit)]


async def test_nobodys_pile_keeps_others_waiting_however_long_the_line(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "HEAD", 10)
    await story.people(house)
    owe(house, *[ANN] * 5, BOB, *[ANN] * 9, CLEO)
    assert await whom(house, 3) == [ANN] * 3
    assert await whom(house, 4) == [ANN] * 3 + [BOB]
    assert await whom(house, 9) == [ANN] * 3 + [BOB, CLEO]  # Ann has piled up the head of the line


async def test_with_a_long_line_its_head_alone_is_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "HEAD", 4)
    await story.people(house)
    owe(house, ANN, BOB, ANN, BOB, CLEO, *[ANN] * 5)
    with heard(house) as statements:
        assert await whom(house, 3) == [ANN, BOB, ANN]
        asked = [one for one in statements if "FROM notices" in one]
    assert len(asked) == 1
    assert await whom(house, 5) == [ANN, BOB, ANN, BOB, CLEO]


@contextmanager
def heard(house: House) -> Iterator[list[str]]:
    """The statements of acts and questions."""
    statements: list[str] = []

    def hear(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    driven: Any = house.gate.database._driven
    engines = [house.gate.database.engine, *([driven._reads] if house.gate.database.is_sqlite else [])]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", hear)


async def approved(house: House, many: int, hours: int = 0) -> None:
    """Placements, each in a channel of its own."""
    first = await story.booked(house, money=400 * many, hours=hours)
    others = [await story.channel(house, chat_id=-2000 - n, hours=hours) for n in range(1, many)]
    more = [await story.draft(house, channel) for channel in others]
    await house.gate.user(ANN).each(story.escrow.hold, [(one.id,) for one in more])
    for one in (first, *more):
        await story.approve(house, one)


async def published(house: House, many: int, status: AttemptStatus, hours: int = 0) -> list[int]:
    await approved(house, many, hours)
    duties = await story.started(house)
    for n, duty in enumerate(duties):
        facts = {"message_ids": (n + 7,)} if status == AttemptStatus.accepted else {}
        await house.system(post_jobs.record, duty.id, duty.token, {duty.id: Sent(status, **facts)})
    return sorted(duty.id for duty in duties)


def told(house: House, kind: str) -> list[tuple[int, int]]:
    found = house.sql("SELECT about, user_id FROM notices WHERE kind = :kind ORDER BY id", kind=kind)
    return [(row["about"], row["user_id"]) for row in found]


def looked_up(statements: list[str]) -> int:
    """How often the admins were."""
    return sum(one.startswith("SELECT users.id \nFROM users") and "unreachable_at" in one for one in statements)


async def test_of_many_overdue_jobs_the_admins_are_looked_up_once_and_told_of_each(house: House) -> None:
    ids = await published(house, 3, AttemptStatus.unknown)
    house.clock.forward(hours=3)
    with heard(house) as statements:
        assert await house.system(post_jobs.tell_overdue) == ids
    assert looked_up(statements) == 1
    assert told(house, "overdue") == [(i, ADMIN) for i in ids]
    with heard(house) as statements:
        assert await house.system(post_jobs.tell_overdue) == []
    assert looked_up(statements) == 0


async def test_what_was_sent_and_what_cannot_be_delivered_is_kept_of_each_notice_alone(house: House) -> None:
    await published(house, 2, AttemptStatus.accepted)
    first, second, third, *_ = owed = [one.id for one in await house.system.ask(notices.owed, each=9)]
    await house.system.each(notices.sent, [first, third], {first: 71, third: 73})
    await house.system(notices.drop, second)
    rows = house.sql("SELECT id, status, message_id FROM notices WHERE status <> 'owed' ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        (first, "sent", 71),
        (second, "dropped", None),
        (third, "sent", 73),
    ]
    assert [one.id for one in await house.system.ask(notices.owed, each=9)] == owed[3:]
    acts = "SELECT action, subject FROM audit_events WHERE noun = 'notices' ORDER BY id"
    kept = [("notices.sent", first), ("notices.sent", third), ("notices.drop", second)]
    assert [(row["action"], int(row["subject"])) for row in house.sql(acts)] == kept


async def test_the_messages_about_one_thing_are_those_of_their_kind_that_were_sent(house: House) -> None:
    ids = await published(house, 2, AttemptStatus.accepted)
    owed = await house.system.ask(notices.owed, each=9)
    about = {i: [one.id for one in owed if (one.kind, one.about) == ("published", i)] for i in ids}
    assert [len(some) for some in about.values()] == [2, 2]
    assert await house.system.ask(notices.sent_about, "published", ids[0]) == []
    sent = [*about[ids[0]], about[ids[1]][0]]
    await house.system.each(notices.sent, sent, dict.fromkeys(sent, 7))
    for i in ids:
        found = await house.system.ask(notices.sent_about, "published", i)
        assert [one.id for one in found] == [one for one in about[i] if one in sent]
    assert await house.system.ask(notices.sent_about, "failed", ids[0]) == []


async def test_a_postponed_notice_waits_and_the_others_do_not(house: House) -> None:
    await story.decline(house, await story.booked(house))
    first, *others = [row["id"] for row in house.sql("SELECT id FROM notices WHERE status = 'owed' ORDER BY id")]
    assert others
    await house.system(notices.postpone, first, timedelta(minutes=5))
    assert [one.id for one in await house.system.ask(notices.owed)] == others
    assert await house.system.ask(notices.next_due) == house.clock() + timedelta(minutes=5)
    house.clock.forward(minutes=5)
    assert {one.id: one.attempts for one in await house.system.ask(notices.owed)} == {first: 1} | dict.fromkeys(
        others, 0
    )


async def test_an_overdue_job_is_told_of_a_quarter_of_an_hour_after_its_deadline(house: House) -> None:
    ids = await published(house, 1, AttemptStatus.unknown)
    house.clock.forward(hours=2, minutes=15, microseconds=-1)
    assert await house.system(post_jobs.tell_overdue) == []
    house.clock.forward(microseconds=1)
    assert await house.system(post_jobs.tell_overdue) == ids


async def test_a_job_that_another_act_holds_is_told_of_the_next_time_and_one_that_was_told_of_is_not_locked(
    house: House,
) -> None:
    if house.address.startswith("sqlite"):
        return  # one writer at a time: nobody else holds anything
    first, second = await published(house, 2, AttemptStatus.unknown)
    house.clock.forward(hours=3)
    with psycopg.connect(owners(house.address)) as other:
        other.execute("SELECT id FROM post_jobs WHERE id = %s FOR UPDATE", [first])
        assert await house.system(post_jobs.tell_overdue) == [second]
        other.rollback()
        other.execute("SELECT id FROM post_jobs WHERE id = %s FOR UPDATE", [second])
        assert await house.system(post_jobs.tell_overdue) == [first]
    assert told(house, "overdue") == [(second, ADMIN), (first, ADMIN)]


async def test_of_two_that_find_a_job_overdue_at_once_one_tells_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has looked for what was not told of, and not yet locked it; the other tells of it a moment earlier."""
    if house.address.startswith("sqlite"):
        return  # one writer at a time
    (first,) = await published(house, 1, AttemptStatus.unknown)
    house.clock.forward(hours=3)
    looking = overdue.LOCK_UNCERTAIN.where(text("(SELECT pg_advisory_xact_lock_shared(7)) IS NOT NULL"))
    async with asyncio.TaskGroup() as group:
        with psycopg.connect(house.address) as stopping, psycopg.connect(house.address, autocommit=True) as own:
            stopping.execute("SELECT pg_advisory_xact_lock(7)")
            with monkeypatch.context() as patch:
                patch.setattr(overdue, "LOCK_UNCERTAIN", looking)
                late = group.create_task(house.system(post_jobs.tell_overdue))
                await until(lambda: own.execute(WAITING).fetchone() == (1,), "it has looked")
            assert await house.system(post_jobs.tell_overdue) == [first]
    assert late.result() == []
    assert told(house, "overdue") == [(first, ADMIN)]


async def test_of_many_posts_that_nobody_can_see_the_admins_are_looked_up_once_and_told_of_each(house: House) -> None:
    ids = await published(house, 3, AttemptStatus.accepted, hours=24)
    for _ in house.gate.terms.look_again:
        house.clock.forward(hours=3)
        await house.system.each(checks.record, ids, dict.fromkeys(ids, Seen(Verdict.unknown)))
    house.clock.forward(hours=3)
    with heard(house) as statements:
        await house.system.each(checks.record, ids, dict.fromkeys(ids, Seen(Verdict.unknown)))
    assert looked_up(statements) == 1
    assert told(house, "unseen") == [(i, ADMIN) for i in ids]


async def test_of_many_disputes_that_need_a_judge_the_staff_is_looked_up_once_and_told_of_each(house: House) -> None:
    ids = await published(house, 3, AttemptStatus.accepted)
    for i in ids:
        await house.gate.user(ANN)(disputes.open_, i, "the text was cut")
    await house.gate.user(ADMIN)(users.appoint, CLEO, "night shift", operator=True)
    house.clock.forward(hours=48)
    with heard(house) as statements:
        assert len(await house.system(disputes.expire)) == 3
    assert looked_up(statements) == 2  # the admins, and the operators
    assert told(house, "dispute-judge") == [(i, who) for i in ids for who in (CLEO, ADMIN)]


async def test_staff_who_report_at_once_do_not_wait_for_each_other(house: House) -> None:
    """A report locks its reporter and is told to the others: who only names a user, as a notice does, is not held up by that."""
    placement = await story.booked(house)
    await story.people(house, OTHER_ADMIN)
    admin = house.gate.user(ADMIN)
    if not house.address.startswith("sqlite"):
        with psycopg.connect(owners(house.address)) as other:
            other.execute("SELECT id FROM users WHERE id = %s FOR KEY SHARE", [ADMIN])
            filing = admin(reports.file, Thing.channel, placement.channel, Reason.spam)
            await asyncio.wait_for(filing, timeout=5)
            other.execute("SELECT id FROM users WHERE id = %s FOR KEY SHARE", [CLEO])
            await asyncio.wait_for(admin(users.appoint, CLEO, "night shift", operator=True), timeout=5)
    who = (admin, house.gate.user(OTHER_ADMIN))
    for n in range(4):
        channel = await story.channel(house, chat_id=-3000 - n)
        await asyncio.gather(*(one(reports.file, Thing.channel, channel, Reason.fraud) for one in who))
    assert house.sql.one("SELECT COUNT(*) FROM reports WHERE reason = 'fraud'") == 8
