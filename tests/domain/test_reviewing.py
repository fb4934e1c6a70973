"""The review queue: what comes into it, and what takes it out."""

import asyncio

from sqlalchemy import Connection, text

from domain import post_jobs, users
from domain.errors import NotAllowed, NotFound, OutOfRange, WrongState
from tests import story
from tests.conftest import ADMIN, House, meanwhile, refusal
from tests.story import ANN, CLEO


async def queue(house: House) -> list[int]:
    listed = [row.id for row in await house.system.ask(post_jobs.review)]
    assert await house.system.ask(post_jobs.in_review) == len(listed)
    return listed


async def test_a_failed_job_stays_in_the_review_until_an_admin_is_done_with_it(house: House) -> None:
    placement = await story.booked(house)
    await story.refused_and_refunded(house, placement)
    assert await queue(house) == [placement.id]
    olga = house.gate.user(ADMIN)
    for _ in range(2):  # asked again it says the same, and writes nothing more
        assert await olga(post_jobs.set_aside, placement.id, "the channel is private now") == placement.id
        assert await queue(house) == []
    events = house.sql("SELECT subject, actor FROM audit_events WHERE action = 'post_jobs.set_aside'")
    assert events == [{"subject": str(placement.id), "actor": f"user:{ADMIN}"}]
    assert house.sql.one("SELECT status FROM post_jobs") == "failed"


async def test_what_is_not_over_or_was_wanted_so_is_not_set_aside(house: House) -> None:
    olga = house.gate.user(ADMIN)
    assert await refusal(olga(post_jobs.set_aside, 1, "why")) == NotFound("post_jobs")
    placement = await story.booked(house)
    assert await refusal(olga(post_jobs.set_aside, placement.id, "why")) == WrongState("review", "open")
    await house.gate.user(ANN)(story.approvals.cancel, placement.id)
    assert await refusal(olga(post_jobs.set_aside, placement.id, "why")) == WrongState("review", "cancelled")
    assert await refusal(olga(post_jobs.set_aside, placement.id, " ")) == OutOfRange("reason", 1, 300)
    assert await refusal(house.gate.user(ANN)(post_jobs.set_aside, placement.id, "why")) == NotAllowed(
        "post_jobs.set_aside"
    )
    assert house.sql("SELECT reviewed_at FROM post_jobs WHERE reviewed_at IS NOT NULL") == []


async def test_an_operator_sees_the_queue_and_sets_nothing_aside(house: House) -> None:
    placement = await story.booked(house)
    await story.refused_and_refunded(house, placement)
    await house.gate.user(ADMIN)(users.appoint, CLEO, "night shift", operator=True)
    cleo = house.gate.user(CLEO)
    assert [row.id for row in await cleo.ask(post_jobs.review)] == [placement.id]
    assert await refusal(cleo(post_jobs.set_aside, placement.id, "why")) == NotAllowed("post_jobs.set_aside")
    assert await queue(house) == [placement.id]


async def test_of_many_at_once_one_sets_it_aside_and_all_are_answered(house: House) -> None:
    placement = await story.booked(house)
    await story.refused_and_refunded(house, placement)
    olga = house.gate.user(ADMIN)
    async with asyncio.TaskGroup() as group, meanwhile(house, "post_jobs"):
        asked = [group.create_task(olga(post_jobs.set_aside, placement.id, f"reason {n}")) for n in range(6)]
    assert [one.result() for one in asked] == [placement.id] * 6
    assert house.sql.one("SELECT COUNT(*) FROM audit_events WHERE action = 'post_jobs.set_aside'") == 1


async def test_the_queue_is_read_from_its_index(house: House) -> None:
    """However many jobs have ended well."""
    question = f"SELECT COUNT(*) FROM post_jobs WHERE {post_jobs.reviewing.WAITS}"

    def plan(conn: Connection) -> str:
        if house.gate.database.is_sqlite:
            return str(conn.execute(text(f"EXPLAIN QUERY PLAN {question}")).all())
        conn.execute(text("SET LOCAL enable_seqscan = off"))
        return str(conn.execute(text(f"EXPLAIN {question}")).all())

    house.sql("VACUUM")  # the planner counts the pages that earlier tests have filled
    assert "ix_post_jobs_review" in await house.gate.database.read(plan)
