"""P3 and P4: one small placement under a limit, by real people, and what became of it."""

from typing import Any

from sqlalchemy import func, select

from domain import wallets
from domain.action import Look, Switch
from domain.base import table
from domain.campaigns import Approval, TargetStatus
from domain.escrow import Status as EscrowStatus
from domain.launch.came import Came, Facts, Step, failed, judged, passed, waiting
from domain.launch.closed import books_clean, not_halted, states
from domain.launch.row import Phase, r
from domain.launch.row import t as records
from domain.launch.smoke import Placed, ct, es, j, t, w
from domain.ledger import LedgerEntry
from domain.payments import Deposit
from domain.payments import Status as DepositStatus
from domain.post_jobs import Status as JobStatus
from domain.rollback import UNPAID_FOR
from domain.wallets import Kind

d, e = table(Deposit), table(LedgerEntry)
AT_ONCE = 1
"""So many placements may be open while the micro limit is on."""
ENDED = (JobStatus.success, JobStatus.failed, JobStatus.removed)


def placed(look: Look, run: Any) -> Placed | None:
    """What P2 of this launch has placed, by its record."""
    last = (
        select(records.c.evidence)
        .join(r, r.c.id == records.c.run_id)
        .where(r.c.launch == run.launch, r.c.phase == Phase.P2, records.c.step == "targets")
        .where(records.c.outcome == "passed")
        .order_by(records.c.id.desc())
        .limit(1)
    )
    found = look.conn.execute(last).scalar()
    return Placed(found["campaign"], tuple(found["targets"])) if found else None


def row_of(look: Look, table_: Any, number: int | None) -> Any:
    return look.conn.execute(select(table_).where(table_.c.id == number)).one_or_none()


def first_of(look: Look, run: Any) -> int | None:
    found = placed(look, run)
    return found.first if found else None


def began(look: Look, run: Any) -> Any:
    """When the launch began."""
    return look.conn.execute(select(func.min(r.c.started_at)).where(r.c.launch == run.launch)).scalar_one()


def only_money(look: Look, run: Any, facts: Facts) -> Came:
    row, loose = states(look).get(Switch.money_movement), not_halted(look)
    is_open = row is not None and row.enabled
    return judged(is_open and not loose, money_movement=is_open, not_halted=loose)


def deposit(look: Look, run: Any, facts: Facts) -> Came:
    who, price = run.setup["advertiser"], run.setup["price"]
    paid = select(d.c.id, d.c.amount).where(
        d.c.user_id == who, d.c.status == DepositStatus.credited, d.c.received_at >= began(look, run)
    )
    found = {row.id: row.amount for row in look.conn.execute(paid.order_by(d.c.id))}
    purse = look.conn.execute(select(w.c.balance).where(w.c.id == wallets.user(who))).scalar()
    if found and (purse or 0) >= price:
        return passed(user=who, deposits={str(i): amount for i, amount in found.items()}, balance=purse)
    return waiting(user=who, stars=max(price - (purse or 0), 1), balance=purse)


def escrows_open(look: Look, run: Any, facts: Facts) -> Came:
    row = states(look).get(Switch.new_escrows)
    others = not_halted(look, (Switch.payouts, Switch.telegram_posting, Switch.worker_post))
    if row is None or not row.enabled:
        return failed(**facts)
    limit = (row.max_amount, row.max_open)
    return judged(
        limit == (run.setup["price"], AT_ONCE) and not others,
        max_amount=row.max_amount,
        max_open=row.max_open,
        not_halted=others,
        by=row.actor,
    )


def hold(look: Look, run: Any, facts: Facts) -> Came:
    """The same call that P2 saw refused."""
    row = row_of(look, es, first_of(look, run))
    if row is None:
        return failed(**facts)
    ok = row.status == EscrowStatus.held and row.amount == run.setup["price"]
    return judged(ok, escrow=row.id, status=row.status, amount=row.amount)


def second_refused(look: Look, run: Any, facts: Facts) -> Came:
    found = placed(look, run)
    held = found is not None and row_of(look, es, found.second) is not None
    wanted = {"refusal": "over-limit", "what": "open", "most": AT_ONCE}
    return judged(found is not None and not held and facts.get("refused") == wanted, refused=facts.get("refused"))


def held_verified(look: Look, run: Any, facts: Facts) -> Came:
    """The escrow's row, its transfer, both entries and its wallet."""
    number = first_of(look, run)
    escrow = row_of(look, es, number)
    moved = look.conn.execute(select(t).where(t.c.key == f"escrow:{number}:hold")).one_or_none()
    written = select(e.c.wallet_id, e.c.amount).where(e.c.reason == "escrow_hold", e.c.reference_id == number)
    entries = {row.wallet_id: row.amount for row in look.conn.execute(written)}
    aside = look.conn.execute(select(w.c.balance).where(w.c.id == wallets.escrow(number or 0))).scalar()
    price = run.setup["price"]
    wanted = {wallets.user(run.setup["advertiser"]): -price, wallets.escrow(number or 0): price}
    ok = (
        escrow is not None
        and escrow.status == EscrowStatus.held
        and moved is not None
        and moved.amount == price
        and entries == wanted
        and aside == price
    )
    return judged(ok, escrow=escrow.status if escrow else None, entries=entries, set_aside=aside)


def answered(look: Look, run: Any, facts: Facts) -> Came:
    """Declined is an answer too: then P4 looks for the refund, and P5 does not open payouts."""
    row = row_of(look, ct, first_of(look, run))
    if row is None:
        return failed(target=None)
    if row.approval == Approval.waiting:
        return waiting(user=run.setup["publisher"], placement=row.id)
    return passed(placement=row.id, approval=row.approval)


def posting_open(look: Look, run: Any, facts: Facts) -> Came:
    if "refusal" in facts:
        return failed(**facts)
    rows = states(look)
    opened = [key for key in (Switch.telegram_posting, Switch.worker_post) if key in rows and rows[key].enabled]
    payouts = not_halted(look, (Switch.payouts,))
    return judged(len(opened) == 2 and not payouts, enabled=[str(key) for key in opened], not_halted=payouts)


def job_ended(look: Look, run: Any, facts: Facts) -> Came:
    row = row_of(look, j, first_of(look, run))
    if row is None:
        return failed(job=None)
    if row.status not in ENDED:
        return waiting(job=row.id, status=row.status, last_error=row.last_error)
    return passed(job=row.id, status=row.status, failure=row.failure, message=row.message_id)


def job(look: Look, run: Any, facts: Facts) -> Came:
    row = row_of(look, j, first_of(look, run))
    if row is None or row.status not in ENDED:
        return failed(job=row.id if row else None, status=row.status if row else None)
    return passed(job=row.id, status=row.status, failure=row.failure, message=row.message_id)


def escrow(look: Look, run: Any, facts: Facts) -> Came:
    """A success is held and due for release, `payouts` being HALTED; anything else has been given back."""
    number = first_of(look, run)
    row, ended, target = row_of(look, es, number), row_of(look, j, number), row_of(look, ct, number)
    if row is None or ended is None or target is None:
        return failed(escrow=None)
    seen = {"escrow": row.status, "job": ended.status, "target": target.status, "due": ended.served_at is not None}
    if ended.status == JobStatus.success:
        ok = (row.status, target.status) == (EscrowStatus.held, TargetStatus.pending)
        return judged(ok and ended.served_at is not None and not not_halted(look, (Switch.payouts,)), **seen)
    if (row.status, target.status) == (EscrowStatus.refunded, TargetStatus.refunded):
        return passed(**seen)
    soon = row.status == EscrowStatus.held and look.now < (ended.ended_at or look.now) + UNPAID_FOR
    return waiting(**seen) if soon else failed(**seen)


def involved(run: Any, number: int | None) -> list[str]:
    """The wallets that the placement touches."""
    both = [wallets.user(run.setup[side]) for side in ("advertiser", "publisher")]
    return [*both, wallets.escrow(number or 0), wallets.house(Kind.external), wallets.house(Kind.fees)]


def wallets_agree(look: Look, run: Any, facts: Facts) -> Came:
    sums = (
        select(w.c.id, w.c.balance, func.coalesce(func.sum(e.c.amount), 0).label("entries"))
        .outerjoin(e, e.c.wallet_id == w.c.id)
        .where(w.c.id.in_(involved(run, first_of(look, run))))
        .group_by(w.c.id, w.c.balance)
    )
    found = {row.id: [row.balance, int(row.entries)] for row in look.conn.execute(sums)}
    ok = len(found) >= 4 and all(balance == entries for balance, entries in found.values())
    return judged(ok, balance_and_sum_of_entries=found)


P3 = (
    Step("only-money", only_money),
    Step("deposit", deposit),
    Step("escrows-open", escrows_open, opens=(Switch.new_escrows,), limited=True),
    Step("hold", hold),
    Step("second-refused", second_refused),
    Step("held-verified", held_verified),
    Step("answered", answered),
    Step("posting-open", posting_open, opens=(Switch.telegram_posting, Switch.worker_post)),
    Step("job-ended", job_ended),
)
P4 = (
    Step("job", job),
    Step("escrow", escrow),
    Step("wallets-agree", wallets_agree),
    Step("books-clean", books_clean),
)
