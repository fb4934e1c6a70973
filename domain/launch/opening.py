"""P5: payouts are resumed once a success was verified; it is paid, the books are clean, nothing stirs; the limit is cleared."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from domain.action import Look, Switch
from domain.campaigns import TargetStatus
from domain.escrow import Status as EscrowStatus
from domain.launch.came import MOST_NAMED, Came, Facts, Step, failed, judged, passed, waiting
from domain.launch.closed import books_clean, f, s, silent, states
from domain.launch.micro import began, first_of, row_of
from domain.launch.smoke import a, ct, es, j, t
from domain.post_jobs import Status as JobStatus

PAID_WITHIN = timedelta(seconds=60)
ALARMS = ("Ledger invariant violated", "Worker error")
"""Log lines that may not come while the house is watched."""
LINES = ("[INVARIANT] Ledger check started", "[CRON] Escrow watchdog triggered", "Telegram send failed", *ALARMS)
"""The log lines that are counted."""
OPENED = (
    Switch.money_movement,
    Switch.new_escrows,
    Switch.telegram_posting,
    Switch.worker_post,
    Switch.payouts,
)
"""What a launch resumes, all in all."""


def success(look: Look, run: Any, facts: Facts) -> Came:
    number = first_of(look, run)
    escrow, job = row_of(look, es, number), row_of(look, j, number)
    if escrow is None or job is None:
        return failed(placement=number)
    ok = job.status == JobStatus.success and job.served_at is not None
    return judged(ok, placement=number, job=job.status, message=job.message_id, escrow=escrow.status)


def opening(look: Look, run: Any) -> Any:
    """The flip by which this run resumed `payouts`: since then the house is watched."""
    flips = select(f.c.epoch, f.c.at).where(f.c.key == Switch.payouts, f.c.enabled, f.c.at >= run.started_at)
    return look.conn.execute(flips.order_by(f.c.epoch.desc()).limit(1)).one_or_none()


def payouts_open(look: Look, run: Any, facts: Facts) -> Came:
    if "refusal" in facts:
        return failed(**facts)
    row, flip = states(look).get(Switch.payouts), opening(look, run)
    ok = row is not None and row.enabled and flip is not None
    return judged(ok, by=row.actor if row else None, at=flip.at.isoformat() if flip else None)


def released(look: Look, run: Any, facts: Facts) -> Came:
    number, flip = first_of(look, run), opening(look, run)
    escrow, target = row_of(look, es, number), row_of(look, ct, number)
    if escrow is None or target is None or flip is None:
        return failed(placement=number)
    if escrow.status == EscrowStatus.held:
        told = waiting if look.now < flip.at + PAID_WITHIN else failed
        return told(placement=number, escrow=escrow.status)
    moved = select(t.c.reason, t.c.amount).where(t.c.reference_id == number, t.c.reason.in_(["payout", "fee"]))
    paid = {str(row.reason): row.amount for row in look.conn.execute(moved)}
    took = (escrow.resolved_at - flip.at).total_seconds()
    ok = (
        (escrow.status, target.status) == (EscrowStatus.released, TargetStatus.posted)
        and sum(paid.values()) == escrow.amount
        and paid.get("payout", 0) >= 1
        and took <= PAID_WITHIN.total_seconds()
    )
    return judged(ok, escrow=escrow.status, target=target.status, paid=paid, seconds=int(took))


def same_call(look: Look, run: Any, facts: Facts) -> Came:
    """The very call that P2 saw refused is answered now, and pays nothing twice."""
    number = first_of(look, run)
    many = select(func.count()).select_from(t).where(t.c.reference_id == number, t.c.reason == "payout")
    payouts = look.conn.execute(many).scalar_one()
    return judged(facts.get("answered") == number and payouts == 1, answered=facts.get("answered"), payouts=payouts)


def _named(look: Look, halts: ColumnElement[bool]) -> list[str]:
    """These halts with their reasons, oldest first; `s` is the switch that stands as its flip says."""
    found = select(f.c.key, f.c.reason).outerjoin(s, s.c.epoch == f.c.epoch).where(~f.c.enabled, halts)
    return [f"{row.key}: {row.reason}" for row in look.conn.execute(found.order_by(f.c.epoch))][:MOST_NAMED]


def watch(look: Look, run: Any, facts: Facts) -> Came:
    """The books with all invariants, every halt, every tick that fell silent, the log; refusals are listed with their reasons.

    A halt counts if it came since payouts were resumed, or since the launch began and still stands. One that a person has lifted
    before is listed.
    """
    flip = opening(look, run)
    if flip is None:
        return failed(payouts=None)
    books = books_clean(look, run, facts)
    meanwhile, stands, late = f.c.epoch > flip.epoch, s.c.key.is_not(None), f.c.at > began(look, run)
    halted = _named(look, or_(meanwhile, and_(stands, or_(late, f.c.key.in_(OPENED)))))
    lifted = _named(look, and_(~meanwhile, ~stands, late))
    refusals = select(a.c.refusal, func.count().label("many")).where(a.c.at >= flip.at, a.c.refusal.is_not(None))
    refused = {row.refusal: row.many for row in look.conn.execute(refusals.group_by(a.c.refusal))}
    quiet = silent(look, facts)
    log = facts.get("log")
    until = flip.at + timedelta(minutes=run.setup["watch"])
    seen = {
        "books": books.evidence,
        "halted": halted,
        "lifted": lifted,
        "silent": quiet,
        "refusals": refused,
        "log": log,
    }
    alarmed = log == "unreadable" or (isinstance(log, dict) and any(log.get(line) for line in ALARMS))
    if books.outcome == "failed" or halted or quiet or alarmed:
        return failed(**seen)
    if look.now < until:
        return waiting(until=until.isoformat(), refusals=refused)
    return passed(**seen, minutes=run.setup["watch"])


def limit_cleared(look: Look, run: Any, facts: Facts) -> Came:
    """Cleared, of a switch that was ENABLED; whoever halted it meanwhile is not overruled."""
    if "refusal" in facts:
        return failed(**facts)
    row = states(look).get(Switch.new_escrows)
    if row is None:
        return failed(new_escrows=None)
    ok = row.enabled and (row.max_amount, row.max_open) == (None, None)
    return judged(ok, enabled=row.enabled, max_amount=row.max_amount, max_open=row.max_open)


def is_open(look: Look, run: Any, facts: Facts) -> Came:
    rows = states(look)
    board = {str(key): bool(key in rows and rows[key].enabled) for key in Switch}
    return judged(all(board[key] for key in OPENED), **board)


P5 = (
    Step("success", success),
    Step("payouts-open", payouts_open, opens=(Switch.payouts,)),
    Step("released", released),
    Step("same-call", same_call),
    Step("books-clean", books_clean),
    Step("watch", watch),
    Step("limit-cleared", limit_cleared, opens=(Switch.new_escrows,), clears=True),
    Step("open", is_open),
)
