"""INT-WL-01, INT-ES-01, INT-ES-02, INT-ES-03: deposits, holds, releases and refunds, asserted by SQL."""

import asyncio
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain import campaigns, channels, checks, escrow, kill_switches, payments, wallets
from domain.action import Actor, Asked, Limit, Switch
from domain.campaigns import BadSlot, NotListed, OwnChannel
from domain.errors import NotFound, Refused, WrongState
from domain.escrow import NotEnoughMoney, NotFailed, NotServed, OverLimit, Paid, Returned
from domain.payments import BadDeposit, ChargeMismatch
from domain.post_jobs import AttemptStatus
from domain.post_jobs import Status as JobStatus
from scheduler import settlement, watchdogs
from tests import story
from tests.conftest import ADMIN, KINDS, NOON, House, meanwhile, unchanged
from tests.faults.kills import kill, nursery, points
from tests.faults.worlds import Ground, world
from tests.story import ANN, BOB


async def test_int_wl_01_a_deposit_is_credited_once_with_entries_and_audit(house: House) -> None:
    await story.people(house)
    await house.gate.user(ADMIN)(kill_switches.resume, [Switch.money_movement], "test")
    assert house.sql("SELECT key FROM kill_switches") == [{"key": "money_movement"}]
    before = house.sql.one("SELECT MAX(id) FROM audit_events")

    deposit = await house.system(payments.receive, ANN, 700, "XTR", "c1")
    await house.system(payments.credit, deposit.id)

    assert house.sql("SELECT id, balance FROM wallets WHERE balance <> 0 ORDER BY id") == [
        {"id": "external:XTR", "balance": -700},
        {"id": f"user:{ANN}:XTR", "balance": 700},
    ]
    assert house.sql("SELECT key, amount, reason FROM transfers") == [
        {"key": "deposit:c1", "amount": 700, "reason": "deposit"}
    ]
    assert house.sql("SELECT wallet_id, amount, reason FROM ledger_entries ORDER BY id") == [
        {"wallet_id": "external:XTR", "amount": -700, "reason": "deposit"},
        {"wallet_id": f"user:{ANN}:XTR", "amount": 700, "reason": "deposit"},
    ]
    assert house.sql("SELECT action, refusal FROM audit_events WHERE id > :before ORDER BY id", before=before) == [
        {"action": "payments.receive", "refusal": None},
        {"action": "payments.credit", "refusal": None},
    ]

    with unchanged(house):
        again = await house.system(payments.receive, ANN, 700, "XTR", "c1")
        await house.system(payments.credit, again.id)
    assert again.id == deposit.id


@pytest.mark.parametrize(("who", "amount"), [(ANN, 701), (BOB, 700), (BOB, 701)])
async def test_int_wl_01_the_same_charge_of_another_person_or_amount_is_refused(
    house: House, who: int, amount: int
) -> None:
    await story.people(house)
    await story.switches(house, Switch.money_movement)
    await story.fund(house, ANN, 700, "c1")
    with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
        await house.system(payments.receive, who, amount, "XTR", "c1")
    assert refused.value.refusal == ChargeMismatch("c1")


async def test_int_wl_01_the_same_charge_for_another_invoice_is_refused(house: House) -> None:
    await story.people(house)
    await story.switches(house, Switch.money_movement)
    paid, other = [(await house.gate.user(ANN)(payments.invoice, 700)).payload for _ in range(2)]
    first = await house.system(payments.receive, ANN, 700, "XTR", "c1", paid)
    for another in (other, "no invoice of ours"):
        with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
            await house.system(payments.receive, ANN, 700, "XTR", "c1", another)
        assert refused.value.refusal == ChargeMismatch("c1")
    with unchanged(house):
        for same in (paid, "", None):
            assert (await house.system(payments.receive, ANN, 700, "XTR", "c1", same)).id == first.id


async def test_int_wl_01_a_charge_that_no_invoice_explained_is_answered_again_whichever_is_named(house: House) -> None:
    """The second payment of one invoice, say, or one that was read in Telegram's book first."""
    await story.people(house)
    await story.switches(house, Switch.money_movement)
    invoice = (await house.gate.user(ANN)(payments.invoice, 700)).payload
    first = await house.system(payments.receive, ANN, 700, "XTR", "c1")
    with unchanged(house):
        assert (await house.system(payments.receive, ANN, 700, "XTR", "c1", invoice)).id == first.id
    await house.system(payments.receive, ANN, 700, "XTR", "c2", invoice)
    second = await house.system(payments.receive, ANN, 700, "XTR", "c3", invoice)
    with unchanged(house):
        assert (await house.system(payments.receive, ANN, 700, "XTR", "c3", invoice)).id == second.id


async def test_int_wl_01_of_two_payments_of_one_invoice_at_once_both_are_recorded(house: House) -> None:
    await story.people(house)
    invoice = (await house.gate.user(ANN)(payments.invoice, 700)).payload
    async with asyncio.TaskGroup() as group, meanwhile(house, "deposits"):
        for charge in ("c1", "c2"):
            group.create_task(house.system(payments.receive, ANN, 700, "XTR", charge, invoice))
    recorded = house.sql("SELECT charge_id, amount, status FROM deposits ORDER BY charge_id")
    assert recorded == [{"charge_id": charge, "amount": 700, "status": "received"} for charge in ("c1", "c2")]


async def test_int_wl_01_fifty_reports_of_one_charge_credit_it_once(house: House) -> None:
    await story.people(house)
    await story.switches(house, Switch.money_movement)
    async with asyncio.TaskGroup() as group:
        for _ in range(50):
            group.create_task(story.fund(house, ANN, 700, "c1"))
    assert story.balance(house, f"user:{ANN}:XTR") == 700
    assert house.sql.one("SELECT COUNT(*) FROM transfers") == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_int_wl_01_killed_right_before_its_commit_it_did_not_happen_and_right_after_it_did_and_then_once(
    servers: dict[str, Any], tmp_path: Path, kind: str
) -> None:
    """Recorded, and credited: the process dies at the last statement, or with the answer to COMMIT; then it is asked again."""
    ground = Ground(servers["folder"], servers["postgres"], tmp_path)
    made = {"receive what nobody invoiced": ("deposits", "'c9'"), "credit": ("transfers", "'deposit:c9'")}
    async with nursery() as children:
        for deed, (table, key) in made.items():
            async with world(ground, deed, kind) as where:
                assert [sum(key in row for row in rows[table]) for rows in (where.before, where.after)] == [0, 1]
                every = await points(where, children)
                before, after = ([point for point in every if point.done is done][-1] for done in (False, True))
                assert (before.answered, after.answered) == (True, True)
                for point in (before, after):
                    assert await kill(where, children, point)


@pytest.mark.parametrize("amount", [0, -1, True, 1.0, "5", 10**12 + 1, 2**63])
async def test_int_wl_01_what_is_no_amount_is_refused(house: House, amount: object) -> None:
    await story.people(house)
    await story.switches(house, Switch.money_movement)
    with unchanged(house, refusals=1), pytest.raises(Refused):
        await house.system(payments.receive, ANN, amount, "XTR", "c1")


async def ready(house: House, *, money: int = 1000, price: int = 400) -> story.Placement:
    """Ann has money and a draft for Bob's channel; only new escrows (and money) may move."""
    await story.people(house)
    await story.switches(house, Switch.money_movement, Switch.new_escrows)
    await story.fund(house, ANN, money)
    return await story.draft(house, await story.channel(house, price=price))


async def test_int_wl_01_what_is_paid_in_no_stars_is_refused(house: House) -> None:
    await story.people(house)
    with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
        await house.system(payments.receive, ANN, 5, "EUR", "c9")
    assert refused.value.refusal == ChargeMismatch("c9")


async def test_int_wl_01_an_invoice_asks_for_one_to_a_hundred_thousand_stars(house: House) -> None:
    await story.people(house)
    ann = house.gate.user(ANN)
    invoiced = [await ann(payments.invoice, amount) for amount in (1, 100_000)]
    assert [one.amount for one in invoiced] == [1, 100_000]
    audited = house.sql("SELECT actor, subject FROM audit_events WHERE action = 'payments.invoice' ORDER BY id")
    assert audited == [{"actor": f"user:{ANN}", "subject": str(one.id)} for one in invoiced]
    for wrong in (0, 100_001, True):
        with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
            await ann(payments.invoice, wrong)
        assert refused.value.refusal == BadDeposit(1, 100_000)


async def test_int_es_01_a_hold_sets_the_price_aside_and_queues_the_job(house: House) -> None:
    placement = await ready(house)
    await house.gate.user(ANN)(escrow.hold, (placement.id,))

    assert house.sql("SELECT campaign_target_id, status, amount FROM escrows") == [
        {"campaign_target_id": placement.id, "status": "held", "amount": 400}
    ]
    assert story.balance(house, f"user:{ANN}:XTR") == 600
    assert story.balance(house, f"escrow:{placement.id}") == 400
    assert [await house.gate.user(who).ask(escrow.held_for, who) for who in (ANN, BOB)] == [400, 0]
    entry = "SELECT amount, reference_id FROM ledger_entries WHERE reason = 'escrow_hold' AND wallet_id = :wallet"
    assert house.sql(entry, wallet=f"user:{ANN}:XTR") == [{"amount": -400, "reference_id": placement.id}]
    assert house.sql("SELECT status FROM post_jobs") == [{"status": "queued"}]
    assert house.sql("SELECT status FROM campaign_targets") == [{"status": "pending"}]

    with unchanged(house):
        assert await house.gate.user(ANN)(escrow.hold, (placement.id,)) == (escrow.Held(placement.id, 400),)


@pytest.mark.parametrize(("money", "held"), [(399, False), (400, True)])
async def test_int_es_01_a_hold_needs_the_whole_price_and_no_more(house: House, money: int, held: bool) -> None:
    placement = await ready(house, money=money)
    with nullcontext() if held else unchanged(house, refusals=1):
        came = (await house.gate.user(ANN).each(escrow.hold, [(placement.id,)]))[(placement.id,)]
    if held:
        assert story.balance(house, f"user:{ANN}:XTR") == 0
    else:
        assert came == NotEnoughMoney(400, 399)


async def test_int_es_01_fifty_holds_of_one_target_hold_it_once(house: House) -> None:
    placement = await ready(house)
    answers = await asyncio.gather(*(house.gate.user(ANN)(escrow.hold, (placement.id,)) for _ in range(50)))
    assert set(answers) == {(escrow.Held(placement.id, 400),)}
    assert story.balance(house, f"user:{ANN}:XTR") == 600
    assert house.sql.one("SELECT COUNT(*) FROM escrows") == 1


async def test_int_es_01_of_fifty_targets_with_money_for_seven_exactly_seven_are_held(house: House) -> None:
    first = await ready(house, money=7 * 400 + 399)
    targets = [first] + [await story.draft(house, first.channel) for _ in range(49)]
    advertiser = house.gate.user(ANN)
    came = await asyncio.gather(*(advertiser.each(escrow.hold, [(t.id,)]) for t in targets))
    assert sum(len(outcome.done()) for outcome in came) == 7
    assert house.sql.one("SELECT COUNT(*) FROM escrows") == 7
    assert story.balance(house, f"user:{ANN}:XTR") == 399


async def test_int_es_01_an_order_is_held_whole_or_not_at_all(house: House) -> None:
    first = await ready(house, money=1000)
    second = await story.draft(house, first.channel, campaign=first.campaign)
    third = await story.draft(house, first.channel, campaign=first.campaign)
    order = (first.id, second.id, third.id)
    with unchanged(house, refusals=3), pytest.raises(Refused) as refused:
        await house.gate.user(ANN)(escrow.hold, order)
    assert refused.value.refusal == NotEnoughMoney(1200, 1000)
    assert len(await house.gate.user(ANN)(escrow.hold, (first.id, second.id))) == 2


async def test_int_es_01_an_order_is_of_one_campaign(house: House) -> None:
    first = await ready(house, money=1000)
    second = await story.draft(house, first.channel)
    for order in ((first.id, second.id), ()):
        with unchanged(house, refusals=len(order)), pytest.raises(Refused) as refused:
            await house.gate.user(ANN)(escrow.hold, order)
        assert refused.value.refusal == NotFound("campaign_targets")


async def test_int_es_01_a_slot_that_has_come_is_held_no_more(house: House) -> None:
    placement = await ready(house, money=1000)
    early, late = [await story.draft(house, placement.channel, slot=NOON + timedelta(hours=1)) for _ in range(2)]
    house.clock.at = NOON + timedelta(hours=1, microseconds=-1)
    await house.gate.user(ANN)(escrow.hold, (early.id,))
    house.clock.at = NOON + timedelta(hours=1)
    with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
        await house.gate.user(ANN)(escrow.hold, (late.id,))
    assert refused.value.refusal == BadSlot(60)


async def test_int_es_01_the_price_frozen_on_the_placement_counts(house: House) -> None:
    placement = await ready(house)
    await house.gate.user(BOB)(story.channels.offer, placement.channel, 900, 0)
    await house.gate.user(ANN)(escrow.hold, (placement.id,))
    assert house.sql.one("SELECT amount FROM escrows") == 400


async def test_int_es_01_an_advertiser_cannot_book_their_own_channel(house: House) -> None:
    placement = await ready(house)
    own = await story.channel(house, owner=ANN, chat_id=-1002)
    (forged,) = house.sql("SELECT * FROM campaign_targets")
    forged |= {"publisher_id": ANN}
    del forged["id"]
    names = ", ".join(forged)
    house.sql(f"INSERT INTO campaign_targets ({names}) VALUES (:{names.replace(', ', ', :')})", **forged)
    other = house.sql.one("SELECT MAX(id) FROM campaign_targets")
    advertiser = house.gate.user(ANN)
    with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
        await advertiser(campaigns.place, placement.campaign, own, None)
    assert refused.value.refusal == OwnChannel()
    with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
        await advertiser(escrow.hold, (other,))
    assert refused.value.refusal == OwnChannel()


async def test_int_es_01_a_stranger_cannot_hold_what_is_not_theirs(house: House) -> None:
    placement = await ready(house)
    for stranger in (BOB, story.CLEO):
        with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
            await house.gate.user(stranger)(escrow.hold, (placement.id,))
        assert refused.value.refusal.key() == "not-found"


async def test_int_es_02_a_release_pays_the_publisher_the_price_minus_the_fee(house: House) -> None:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    assert await house.system(escrow.release, placement.id) == Paid(placement.id, 360, 40)

    assert house.sql("SELECT status FROM escrows") == [{"status": "released"}]
    assert house.sql("SELECT status FROM campaign_targets") == [{"status": "posted"}]
    assert story.balance(house, f"user:{BOB}:XTR") == 360
    assert story.balance(house, "fees:XTR") == 40
    assert house.sql("SELECT amount FROM ledger_entries WHERE reason = 'payout' AND amount > 0") == [{"amount": 360}]

    with unchanged(house):
        assert await house.system(escrow.release, placement.id) == Paid(placement.id, 360, 40)
    with unchanged(house, refusals=1), pytest.raises(Refused):
        await house.system(escrow.refund, placement.id)


async def test_int_es_02_fifty_releases_pay_once(house: House) -> None:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    await asyncio.gather(*(house.system(escrow.release, placement.id) for _ in range(50)))
    assert story.balance(house, f"user:{BOB}:XTR") == 360


@pytest.mark.parametrize("outcome", ["queued", "sending", "uncertain", "failed", "removed"])
async def test_int_es_02_a_release_needs_a_successful_job(house: House, outcome: str) -> None:
    placement = await story.booked(house)
    await bring_to(house, placement, outcome)
    with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
        await house.system(escrow.release, placement.id)
    assert refused.value.refusal == NotServed(outcome)


async def test_int_es_02_a_release_waits_until_the_time_is_served(house: House) -> None:
    placement = await story.booked(house, hours=24)
    await story.succeed(house, placement)
    with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
        await house.system(escrow.release, placement.id)
    assert refused.value.refusal == NotServed("success")


async def test_int_es_02_halted_payouts_leave_everything_and_the_later_release_is_the_same(house: House) -> None:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "test")
    with unchanged(house), pytest.raises(Refused) as refused:
        await house.system(escrow.release, placement.id)
    assert refused.value.refusal.facts() == {"switch": "payouts"}
    await house.gate.user(ADMIN)(kill_switches.resume, [Switch.payouts], "test")
    assert await house.system(escrow.release, placement.id) == Paid(placement.id, 360, 40)


async def bring_to(house: House, placement: story.Placement, status: str) -> None:
    """The placement's job, brought to a state by what brings jobs there."""
    if status == "queued":
        return None
    if status == "failed":
        return await story.decline(house, placement)
    await story.approve(house, placement)
    if status == "sending":
        await story.started(house)
    elif status == "uncertain":
        await story.recorded(house, AttemptStatus.unknown, error="timeout")
    elif status in ("success", "removed"):
        await story.recorded(house, AttemptStatus.accepted, message_ids=(7,))
    if status == "removed":
        await house.gate.user(ADMIN)(checks.verdict, placement.id, JobStatus.removed, "it is gone: ticket 1")
    return None


RESOLVED = "SELECT reason, COUNT(*) AS n FROM transfers WHERE reason IN ('payout', 'refund') GROUP BY reason"


@pytest.mark.parametrize(("outcome", "reason"), [("success", "payout"), ("failed", "refund"), ("removed", "refund")])
async def test_int_es_02_of_releases_and_refunds_at_once_the_outcome_decides_and_one_counts(
    house: House, outcome: str, reason: str
) -> None:
    placement = await story.booked(house)
    await bring_to(house, placement, outcome)
    acts = (escrow.release, escrow.refund) * 25
    came = await asyncio.gather(*(house.system.each(act, [placement.id]) for act in acts))
    assert house.sql(RESOLVED) == [{"reason": reason, "n": 1}]
    assert sum(len(one.done()) for one in came) == 25


async def test_int_es_02_of_a_release_and_a_verdict_that_the_post_is_gone_the_first_counts(house: House) -> None:
    """Whichever comes first: paid, and the verdict is refused; or gone, and the price goes back."""
    first = await story.booked(house, money=6 * 400)
    placements = [first] + [await story.draft(house, first.channel) for _ in range(5)]
    for number, placement in enumerate(placements):
        await house.gate.user(ANN)(escrow.hold, (placement.id,))
        await story.succeed(house, placement, number + 1)
        verdict = house.gate.user(ADMIN)(checks.verdict, placement.id, JobStatus.removed, "it is gone: ticket 1")
        acts = [house.system.each(act, [placement.id]) for act in (escrow.release, escrow.refund)]
        await asyncio.gather(verdict, *acts, return_exceptions=True)
        await house.system.each(escrow.refund, [placement.id])
    ends = house.sql("SELECT e.status AS money, j.status AS job FROM escrows e JOIN post_jobs j ON j.id = e.id")
    assert {(row["money"], row["job"]) for row in ends} <= {("released", "success"), ("refunded", "removed")}
    assert len(ends) == 6


async def test_int_es_03_a_refund_gives_the_price_back_even_with_payouts_halted(house: House) -> None:
    placement = await story.booked(house)
    await story.decline(house, placement)
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "test")
    assert await house.system(escrow.refund, placement.id) == Returned(placement.id, 400)

    assert house.sql("SELECT status FROM escrows") == [{"status": "refunded"}]
    assert house.sql("SELECT status FROM campaign_targets") == [{"status": "refunded"}]
    assert story.balance(house, f"user:{ANN}:XTR") == 1000
    assert await house.gate.user(ANN).ask(escrow.held_for, ANN) == 0
    assert house.sql("SELECT amount FROM ledger_entries WHERE reason = 'refund' AND amount > 0") == [{"amount": 400}]

    with unchanged(house):
        assert await house.system(escrow.refund, placement.id) == Returned(placement.id, 400)


@pytest.mark.parametrize("outcome", ["queued", "sending", "uncertain", "success"])
async def test_int_es_03_a_refund_needs_a_failed_job(house: House, outcome: str) -> None:
    placement = await story.booked(house)
    await bring_to(house, placement, outcome)
    with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
        await house.system(escrow.refund, placement.id)
    assert refused.value.refusal == NotFailed(outcome)


async def test_int_es_02_and_03_of_what_nobody_booked_nothing_is_moved(house: House) -> None:
    placement = await ready(house)
    await story.switches(house, *Switch)
    for resolve in (escrow.release, escrow.refund):
        with unchanged(house, refusals=2):
            came = await house.system.each(resolve, [99, placement.id])
        assert came == {99: NotFound("escrow"), placement.id: NotFound("escrow")}
    ann = house.gate.user(ANN)
    with unchanged(house, refusals=3):  # one for each placement that was asked for
        came = await ann.each(escrow.hold, [(99,), (placement.id, 99)])
    assert came == dict.fromkeys([(99,), (placement.id, 99)], NotFound("campaign_targets"))
    assert [await ann.ask(wallets.balance, f"user:{who}:XTR") for who in (ANN, 99)] == [1000, 0]


async def test_int_es_03_two_watchdogs_at_once_fail_and_refund_once(house: House) -> None:
    """The jobs were never started and are overdue: both watchdogs find them, and both settlements."""
    placement = await story.booked(house)
    await story.approve(house, placement)
    house.clock.forward(hours=3)

    async def watchdog() -> None:
        await watchdogs.fail_overdue(house.system, None)  # type: ignore[arg-type]
        await settlement.refund_failed(house.system, None)  # type: ignore[arg-type]

    await asyncio.gather(watchdog(), watchdog())
    assert story.balance(house, f"user:{ANN}:XTR") == 1000
    assert house.sql("SELECT status, failure FROM post_jobs") == [{"status": "failed", "failure": "overdue"}]
    assert house.sql(RESOLVED) == [{"reason": "refund", "n": 1}]


async def test_int_es_03_after_a_release_a_refund_is_refused(house: House) -> None:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    await house.system(escrow.release, placement.id)
    with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
        await house.system(escrow.refund, placement.id)
    assert refused.value.refusal == WrongState("escrow", "released")


async def test_int_es_03_two_refunds_at_once_give_back_once(house: House) -> None:
    placement = await story.booked(house)
    await story.decline(house, placement)
    await asyncio.gather(*(house.system(escrow.refund, placement.id) for _ in range(2)))
    assert story.balance(house, f"user:{ANN}:XTR") == 1000


async def test_int_es_01_of_eight_advertisers_at_once_the_micro_limit_lets_one_through(house: House) -> None:
    people = range(501, 509)
    await story.people(house, BOB, ADMIN, *people)
    await story.switches(house, *Switch)
    placed = await story.channel(house)
    limit = Limit(max_amount=1000, max_open=1)
    await house.gate.user(ADMIN)(kill_switches.resume, [Switch.new_escrows], "launch", limit)
    targets = []
    for user_id in people:
        await story.fund(house, user_id, 400)
        targets.append((user_id, (await story.draft(house, placed, by=user_id)).id))
    came = await asyncio.gather(*(house.gate.user(who).each(escrow.hold, [(target,)]) for who, target in targets))
    assert sum(len(outcome.done()) for outcome in came) == 1
    assert house.sql.one("SELECT COUNT(*) FROM escrows") == 1


async def test_int_es_01_of_orders_in_one_set_the_micro_limit_counts_each(house: House) -> None:
    first = await ready(house, money=2000)
    orders = [((await story.draft(house, first.channel)).id,) for _ in range(3)]
    limit = Limit(max_amount=1000, max_open=2)
    await house.gate.user(ADMIN)(kill_switches.resume, [Switch.new_escrows], "launch", limit)
    came = await house.gate.user(ANN).each(escrow.hold, orders)
    assert (list(came.done()), came.refused()) == (orders[:2], {orders[2]: OverLimit("open", 2)})


async def test_int_es_01_the_micro_limit_counts_what_is_held_just_now(house: House) -> None:
    first = await ready(house, money=2000)
    second = await story.draft(house, first.channel)
    limit = Limit(max_amount=1000, max_open=1)
    await house.gate.user(ADMIN)(kill_switches.resume, [Switch.new_escrows], "launch", limit)
    ann = house.gate.user(ANN)
    await ann(escrow.hold, (first.id,))
    with pytest.raises(Refused) as refused:
        await ann(escrow.hold, (second.id,))
    assert refused.value.refusal == OverLimit("open", 1)
    await story.decline(house, first)
    await house.system(escrow.refund, first.id)
    await ann(escrow.hold, (second.id,))


async def test_int_es_01_the_micro_limit_is_for_the_dearest_of_an_order(house: House) -> None:
    cheap = await ready(house, money=2000)
    dear = await story.draft(house, await story.channel(house, price=401, chat_id=-1002), campaign=cheap.campaign)
    limit = Limit(max_amount=400, max_open=5)
    await house.gate.user(ADMIN)(kill_switches.resume, [Switch.new_escrows], "launch", limit)
    with unchanged(house, refusals=2), pytest.raises(Refused) as refused:
        await house.gate.user(ANN)(escrow.hold, (cheap.id, dear.id))
    assert refused.value.refusal == OverLimit("amount", 400)
    await house.gate.user(BOB)(channels.pause, dear.channel, paused=True)
    with pytest.raises(Refused) as refused:
        await house.gate.user(ANN)(escrow.hold, (cheap.id, dear.id))
    assert refused.value.refusal == NotListed(dear.channel)  # what no limit would change is said first


async def test_int_es_01_what_was_answered_once_is_not_booked(house: House) -> None:
    """No act of ours answers what is not held yet; whoever forged such an answer books nothing by it."""
    placement = await ready(house)
    answered = "decided_at = created_at, approval = 'declined'"
    house.sql(f"UPDATE campaign_targets SET {answered} WHERE id = :id", id=placement.id)
    with unchanged(house, refusals=1), pytest.raises(Refused) as refused:
        await house.gate.user(ANN)(escrow.hold, (placement.id,))
    assert refused.value.refusal == WrongState("campaign_targets", "declined")


async def test_int_es_01_orders_that_overlap_are_decided_one_after_the_other(house: House) -> None:
    first = await ready(house)
    second = await story.draft(house, first.channel, campaign=first.campaign)
    one, both, twice = (first.id,), (first.id, second.id), (second.id, second.id)
    came = await house.gate.user(ANN).each(escrow.hold, [one, both, twice])
    assert came[one] == (escrow.Held(first.id, 400),)
    assert came[both] == WrongState("campaign_targets", "waiting")
    assert came[twice] == (escrow.Held(second.id, 400),)
    assert story.balance(house, f"user:{ANN}:XTR") == 200


ASKERS = {"system:first", "system:second"}


def by_two(one: int, other: int) -> Asked[int]:
    """The same set, asked for by two processes at once."""
    return Asked({one: Actor.system("first"), other: Actor.system("second")})


async def two_held(house: House) -> tuple[story.Placement, story.Placement]:
    first = await story.booked(house)
    second = await story.draft(house, first.channel)
    await house.gate.user(ANN)(escrow.hold, (second.id,))
    return first, second


def moved_by(house: House, *reasons: str) -> set[tuple[str, str]]:
    rows = house.sql("SELECT reason, actor FROM transfers")
    return {(row["reason"], row["actor"]) for row in rows if row["reason"] in reasons}


async def test_int_es_02_what_several_ask_for_in_one_set_is_moved_by_whoever_asked_for_it(house: House) -> None:
    first, second = await two_held(house)
    await story.succeed(house, first)
    await story.succeed(house, second, message_id=9)
    await house.gate.decide(escrow.release, by_two(first.id, second.id))
    assert moved_by(house, "payout", "fee") == {(reason, by) for reason in ("payout", "fee") for by in ASKERS}


async def test_int_es_03_what_several_ask_for_in_one_set_is_given_back_by_whoever_asked_for_it(house: House) -> None:
    first, second = await two_held(house)
    for placement in (first, second):
        await story.decline(house, placement)
    await house.gate.decide(escrow.refund, by_two(first.id, second.id))
    assert moved_by(house, "refund") == {("refund", by) for by in ASKERS}


async def test_int_wl_01_what_several_ask_to_reverse_in_one_set_is_reversed_by_whoever_asked_for_it(
    house: House,
) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    ids = [await story.fund(house, ANN, 300, charge) for charge in ("c1", "c2")]
    for charge in ("c1", "c2"):
        await house.system(payments.take_back, charge)
    await house.gate.decide(payments.reverse, by_two(*ids))
    assert moved_by(house, "adjustment") == {("adjustment", by) for by in ASKERS}
