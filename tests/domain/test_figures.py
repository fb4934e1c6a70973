"""How the house stands: what the metrics are told about withdrawals, disputes and reports is what SQL says."""

from datetime import timedelta

from sqlalchemy import Connection, text

from domain import campaigns, checks, disputes, figures, post_jobs, reports, withdrawals
from domain.checks import Seen, Verdict
from domain.figures import Heap
from domain.post_jobs import Status
from domain.reports import Reason, Thing
from tests import story
from tests.conftest import ADMIN, House
from tests.story import ANN, BOB, CLEO

COUNTED = (
    "SELECT 'withdrawals' AS which, status, COUNT(*) AS many FROM withdrawals WHERE ended_at IS NULL GROUP BY status"
    " UNION ALL SELECT 'disputes', status, COUNT(*) FROM disputes WHERE ended_at IS NULL GROUP BY status"
    " UNION ALL SELECT 'reports', status, COUNT(*) FROM reports WHERE ended_at IS NULL GROUP BY status"
)


async def cases(house: House) -> dict[tuple[str, str], Heap]:
    """Those that there are."""
    told = (await house.system.ask(figures.figures)).cases
    assert {(which, status) for which, (_, _, open_) in figures.CASES.items() for status in open_} == set(told)
    found = {given: heap for given, heap in told.items() if heap.many}
    counted = house.sql(COUNTED)
    assert {given: heap.many for given, heap in found.items()} == {
        (row["which"], row["status"]): row["many"] for row in counted
    }
    return found


async def test_open_cases_are_counted_by_status_with_the_oldest_and_ended_ones_are_not(house: House) -> None:
    await story.earned(house)
    assert await cases(house) == {}
    ann, bob, cleo, admin = (house.gate.user(who) for who in (ANN, BOB, CLEO, ADMIN))
    asked = await bob(withdrawals.request, 300, "TON EQ-bob")
    first = await cleo(reports.file, Thing.channel, 1, Reason.spam)
    house.clock.forward(hours=1)
    await ann(reports.file, Thing.channel, 1, Reason.fraud)
    second = await story.draft(house, 1)
    await story.fund(house, ANN, 400, "c2")
    await ann(story.escrow.hold, (second.id,))
    await story.succeed(house, second, 8)
    dispute = await ann(disputes.open_, second.id, "the text was cut")
    house.clock.forward(hours=23)
    day, less = timedelta(hours=24), timedelta(hours=23)
    assert await cases(house) == {
        ("withdrawals", "requested"): Heap(1, day),
        ("disputes", "talks"): Heap(1, less),
        ("reports", "open"): Heap(2, day),
    }
    await admin(withdrawals.approve, asked.id)
    await admin(reports.judge, first.id, "nothing", upheld=False)
    await ann(disputes.withdraw, dispute.id)
    assert await cases(house) == {("withdrawals", "approved"): Heap(1, day), ("reports", "open"): Heap(1, less)}


async def test_what_is_due_is_approved_runs_and_has_come_to_its_time(house: House) -> None:
    async def due() -> Heap:
        told = (await house.system.ask(figures.figures)).due
        assert isinstance(told, Heap)
        return told

    none = Heap(0, timedelta(0))
    first = await story.booked(house)
    house.clock.forward(minutes=5)
    assert await due() == none
    await story.approve(house, first)
    assert await due() == Heap(1, timedelta(0))
    later = await story.draft(house, first.channel, slot=house.clock() + timedelta(hours=2))
    await house.gate.user(ANN)(story.escrow.hold, (later.id,))
    await story.approve(house, later)
    house.clock.forward(minutes=10)
    assert await due() == Heap(1, timedelta(minutes=10))
    await house.gate.user(ANN)(campaigns.pause, first.campaign, paused=True)
    assert await due() == none


async def test_a_post_that_nobody_can_see_any_more_is_counted_as_long_as_its_money_is_held(house: House) -> None:
    placement = await story.booked(house, hours=24)
    await story.succeed(house, placement)

    async def unseen() -> int:
        return int((await house.system.ask(figures.figures)).unseen)

    assert await unseen() == 0
    while (at := await house.system.ask(post_jobs.soonest_look)) is not None:
        house.clock.at = at
        await house.system(checks.record, placement.id, {placement.id: Seen(Verdict.unknown)})
    assert await unseen() == 1
    other = await story.draft(house, await story.channel(house, chat_id=-1002))
    await house.gate.user(ANN)(story.escrow.hold, (other.id,))
    assert await unseen() == 1
    await house.gate.user(ADMIN)(checks.verdict, placement.id, Status.removed, "it is gone")
    assert await unseen() == 0


async def test_they_are_read_in_one_statement_each_from_the_index_of_what_is_open(house: House) -> None:
    def plan(conn: Connection) -> str:
        question = str(figures.OPEN_CASES.compile(dialect=conn.dialect, compile_kwargs={"literal_binds": True}))
        if house.gate.database.is_sqlite:
            return str(conn.execute(text(f"EXPLAIN QUERY PLAN {question}")).all())
        conn.execute(text("SET LOCAL enable_seqscan = off"))
        return str(conn.execute(text(f"EXPLAIN {question}")).all())

    house.sql("VACUUM")  # the planner counts the pages that earlier tests have filled
    said = await house.gate.database.read(plan)
    for index in ("ix_withdrawals_open", "ix_disputes_open", "ix_reports_open"):
        assert index in said
