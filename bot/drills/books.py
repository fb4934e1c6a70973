"""The drills of the books: a balance without an entry, an entry without a transfer, a release without a payout."""

import secrets

from bot.drills.nursery import nursery
from bot.drills.report import Step
from bot.drills.stage import ANN, BOB, Deviation, Stage
from domain import escrow
from domain.action import Switch
from domain.books import check
from domain.rollback import STOP_ALL
from storage.intruder import forge

ORDER = (
    Switch.money_movement,
    Switch.withdrawals,
    Switch.telegram_posting,
    Switch.worker_post,
    Switch.new_escrows,
    Switch.payouts,
)
"""In which the runbook resumes what R1 halted."""
WALLET, PAID = f"user:{ANN}:XTR", f"user:{BOB}:XTR"
"""The advertiser's, and the publisher's."""
BY_R1 = "halted "


async def _application_is_refused(stage: Stage, statement: str) -> None:
    """On PostgreSQL the application's login may not do it; a SQLite file has no roles."""
    url, database = stage.settings.database_url, stage.app.database
    if database.is_sqlite or url == stage.settings.owner_address:
        stage.add(Step.injected, "by whoever can write the database: this one has no roles")
        return
    try:
        await forge(url, statement, wallet=WALLET)
    except Exception as refused:
        if "permission denied" not in str(refused):
            raise
        stage.add(Step.injected, "the application's login is refused (permission denied); the owner's is not")
        return
    raise Deviation("the application's login may touch the books")


async def _r1(stage: Stage, *offenders: str) -> None:
    """Found within one interval; six switches HALTED by the house; the full check says the words that people grep for."""
    await stage.detect("rollback", BY_R1)
    await stage.tick("ledger")
    for words in ("[INVARIANT] Ledger check started", "Ledger invariant violated"):
        if not any(words in line for line in stage.heard.lines):
            raise Deviation(f"the log does not say {words!r}")
    found = await stage.shell("holdfast books check", status=1, step=Step.detected)
    if missing := [offender for offender in offenders if offender not in found]:
        raise Deviation(f"the check does not name {', '.join(missing)}")
    await stage.halted_by_itself(STOP_ALL)


async def ledger_violation(stage: Stage) -> None:
    scene = await stage.scene()
    before = await stage.one("SELECT balance FROM wallets WHERE id = :wallet", wallet=WALLET)
    statement = "UPDATE wallets SET balance = balance + 1 WHERE id = :wallet"
    await _application_is_refused(stage, statement)
    await stage.forge(statement, wallet=WALLET)
    stage.add(Step.injected, f"the owner adds 1 to {WALLET}, without an entry")
    await _r1(stage, WALLET, "balance differs from the entries by 1")
    await stage.halt(Switch.payouts, Switch.new_escrows)
    await stage.nothing_moves(*stage.tries(scene, money=True))
    await stage.shell("holdfast books check", status=1)
    await stage.two_admins(f"holdfast books rebuild {WALLET} --evidence 'drill: the ledger wins'")
    await stage.expect(
        "the balance is what it was", "SELECT balance FROM wallets WHERE id = :wallet", before, wallet=WALLET
    )
    await stage.clean()
    await stage.resume(*ORDER)
    await stage.works_again(scene)


async def wallet_mismatch(stage: Stage) -> None:
    await stage.book("A drill: paid before it begins")
    await stage.tick("posting", "releases")
    scene = await stage.scene()
    balance = "SELECT balance FROM wallets WHERE id = :wallet"
    before = await stage.one(balance, wallet=PAID)
    key = await stage.one("SELECT key FROM transfers WHERE destination_id = :wallet ORDER BY at DESC", wallet=WALLET)
    statement = """INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason)
        VALUES (:key, :wallet, 5, 'deposit')"""
    await stage.forge(statement, unguarded=True, key=key, wallet=PAID)
    entry = await stage.one("SELECT MAX(id) FROM ledger_entries")
    stage.add(Step.injected, f"the owner writes entry {entry}, 5 more for {PAID}, under the transfer {key}")
    opened = await stage.shell(
        f"holdfast ticket open {BOB} 'my balance is 5 too high' --as {stage.admins[0].id}", step=Step.detected
    )
    ticket = opened.split()[1]
    await _r1(stage, PAID, key)
    await stage.halt(Switch.payouts, Switch.new_escrows)
    await stage.nothing_moves(*stage.tries(scene, money=True))
    if str(entry) not in await stage.shell(f"holdfast books statement {PAID}"):
        raise Deviation("the statement does not show the entry")
    await stage.two_admins(f"holdfast books repair {entry} --evidence 'drill: no transfer has this entry'")
    await stage.expect("the balance follows the entries", balance, before + 5, wallet=PAID)
    await stage.clean()
    await stage.resume(*ORDER)
    other = await stage.one(
        "SELECT wallet_id FROM ledger_entries WHERE transfer_key = :key ORDER BY id DESC LIMIT 1", key=key
    )
    name = f"drill-{secrets.token_hex(4)}"
    await stage.two_admins(f"holdfast books adjust {name} {PAID} {other} 5 --evidence 'drill: nothing supports it'")
    await stage.expect("the 5 are taken back", balance, before, wallet=PAID)
    stage.add(Step.recovered, f"the 5 are reversed into {other}, whence the repair had taken them")
    evidence = f"drill: entry {entry} was forged, and is reversed"
    await stage.shell(f"holdfast ticket close {ticket} --as {stage.admins[0].id} --evidence '{evidence}'")
    await stage.works_again(scene)


async def partial_payout(stage: Stage) -> None:
    first = await stage.book("A drill: killed while it is paid")
    second = await stage.book("A drill: paid, and the answer lost")
    await stage.tick("posting")
    scene = await stage.scene()
    await _killed(stage, first, second)
    await _forged(stage, scene.served)
    await stage.works_again(scene)


PAYOUTS = "SELECT COUNT(*) FROM transfers WHERE reference_id = :id AND reason = 'payout'"
STATUS = "SELECT status FROM escrows WHERE id = :id"


async def _killed(stage: Stage, first: int, second: int) -> None:
    """Killed after each statement: nothing is half done. Killed when COMMIT has returned: done, and once."""
    async with nursery(stage) as workers:
        steps = 0
        while True:
            await workers.bear("release", placement=first, after=str(steps + 1))
            if not await workers.ended():
                break
            steps += 1
            await stage.expect(f"after statement {steps}", STATUS, "held", id=first)
            await stage.expect(f"payouts after statement {steps}", PAYOUTS, 0, id=first)
            await _books(stage, f"after statement {steps}")
        if not steps:
            raise Deviation("no statement of a release was met: nothing was killed")
        words = f"kill -9 after each of the {steps} statements of a release: still held, no payout, books clean"
        stage.add(Step.injected, words)
        await workers.bear("release", placement=second, after="COMMIT")
        if not await workers.ended():
            raise Deviation("the worker lived on after COMMIT")
        stage.add(Step.injected, "kill -9 when COMMIT has returned and nobody knows of it")
    for placement in (first, second):
        status = await stage.house(escrow.release, placement)
        await stage.expect("released", STATUS, "released", id=placement)
        await stage.expect("payouts", PAYOUTS, 1, id=placement)
    await _books(stage, "after the kills")
    stage.add(Step.operator, f"the release, run again, answers {status} and pays nothing twice; nothing was halted")


async def _books(stage: Stage, when: str) -> None:
    """Asked as the detector asks, without a line in the report."""
    if offences := await stage.house.ask(check):
        raise Deviation(f"{when}: {offences[0].invariant} {offences[0].subject}: {offences[0].detail}")


async def mark_released(stage: Stage, placement: int) -> None:
    """The owner's doing, past the guards."""
    await stage.forge(
        "UPDATE escrows SET status = 'released', resolved_at = :at WHERE id = :id",
        "UPDATE campaign_targets SET status = 'posted' WHERE id = :id",
        unguarded=True,
        id=placement,
        at=stage.clock(),
    )


async def _forged(stage: Stage, placement: int) -> None:
    """A row that says *released*, and no payout: I5."""
    await mark_released(stage, placement)
    stage.add(Step.injected, f"the owner marks escrow {placement} released; no money moves")
    await _r1(stage, "I5", str(placement))
    await stage.halt(Switch.payouts, Switch.new_escrows)
    await stage.nothing_moves((f"the release of {placement}", lambda: stage.house(escrow.release, placement)))
    await stage.two_admins(f"holdfast books repair escrow:{placement} --evidence 'drill: released, and no payout'")
    await stage.expect("the escrow is held again", STATUS, "held", id=placement)
    await stage.clean()
    await stage.resume(*ORDER)
