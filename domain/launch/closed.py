"""P0 and P1: everything is HALTED, nothing is under way, the house stands as it should, and its processes see it so."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select

from domain import heartbeats
from domain.action import Look, Switch
from domain.base import table
from domain.books import check_books
from domain.campaigns import Campaign
from domain.campaigns import Status as CampaignStatus
from domain.escrow import Escrow
from domain.escrow import Status as EscrowStatus
from domain.heartbeats import GAP, Heartbeat
from domain.kill_switches import Flip, KillSwitch
from domain.launch.came import MOST_NAMED, Came, Facts, Step, failed, judged, passed, waiting
from domain.post_jobs import PostJob
from domain.post_jobs import Status as JobStatus
from domain.rollback import STOP
from domain.users import User
from domain.wallets import Wallet

BUILD = "build:"
"""How the heartbeat of a process is called that tells which build it runs."""
OFTEN = 60
"""A tick with a period of so many seconds at most must have been heard since the phase began; a rarer one lately."""

s, f, cp, j, es, u, h, w = (
    table(row) for row in (KillSwitch, Flip, Campaign, PostJob, Escrow, User, Heartbeat, Wallet)
)


def states(look: Look) -> dict[Switch, Any]:
    """The rows of the switches, with who last flipped each."""
    rows = select(s, f.c.actor, f.c.at).join(f, f.c.epoch == s.c.epoch)
    return {row.key: row for row in look.conn.execute(rows)}


def not_halted(look: Look, keys: tuple[Switch, ...] = STOP) -> list[str]:
    """Those that are not HALTED by a row of their own."""
    rows = states(look)
    return [str(key) for key in keys if key not in rows or rows[key].enabled is not False]


def switch_rows(look: Look, run: Any, facts: Facts) -> Came:
    rows = states(look)
    missing = [str(key) for key in Switch if key not in rows]
    return judged(not missing, rows=len(rows), missing=missing)


def halted(look: Look, run: Any, facts: Facts) -> Came:
    loose = not_halted(look)
    return judged(not loose, not_halted=loose)


OPEN_CAMPAIGNS = select(cp.c.id).where(cp.c.status.in_([CampaignStatus.active, CampaignStatus.paused]))
OPEN_JOBS = select(j.c.id).where(j.c.status.in_([JobStatus.queued, JobStatus.sending, JobStatus.uncertain]))
HELD = select(es.c.id).where(es.c.status == EscrowStatus.held)


def _none(look: Look, offenders: Select[tuple[int]]) -> Came:
    ids = list(look.conn.scalars(offenders))
    return judged(not ids, open=len(ids), ids=sorted(ids)[:MOST_NAMED])


def no_campaigns(look: Look, run: Any, facts: Facts) -> Came:
    return _none(look, OPEN_CAMPAIGNS)


def no_jobs(look: Look, run: Any, facts: Facts) -> Came:
    return _none(look, OPEN_JOBS)


def no_escrows(look: Look, run: Any, facts: Facts) -> Came:
    return _none(look, HELD)


def migrations(look: Look, run: Any, facts: Facts) -> Came:
    return judged(facts.get("at_head") is True, at_head=facts.get("at_head"))


def guards(look: Look, run: Any, facts: Facts) -> Came:
    differing = facts.get("guards")
    return judged(differing == [], differing=differing)


def roles(look: Look, run: Any, facts: Facts) -> Came:
    return judged(facts.get("roles") == [], database=facts.get("database"), faults=facts.get("roles"))


def admins(look: Look, run: Any, facts: Facts) -> Came:
    """One who never met the bot can sign nothing."""
    met = select(u.c.id).where(u.c.id.in_(sorted(look.admins)), u.c.unreachable_at.is_(None))
    known = sorted(look.conn.scalars(met))
    return judged(len(known) >= 2, named=len(look.admins), have_met_the_bot=known)


def still_closed(look: Look, run: Any, facts: Facts) -> Came:
    """P0's word may be old."""
    loose = not_halted(look)
    opened = {"campaigns": OPEN_CAMPAIGNS, "jobs": OPEN_JOBS, "escrows": HELD}
    many = {name: len(list(look.conn.scalars(one))) for name, one in opened.items()}
    return judged(not loose and not any(many.values()), not_halted=loose, **many)


def database(look: Look, run: Any, facts: Facts) -> Came:
    """That there is an answer shows that it is reachable; that it is recorded, that it takes writes."""
    return judged(facts.get("at_head") is True, database=facts.get("database"), at_head=facts.get("at_head"))


def redis(look: Look, run: Any, facts: Facts) -> Came:
    return judged(facts.get("redis") in ("none", "ok"), redis=facts.get("redis"))


def telegram(look: Look, run: Any, facts: Facts) -> Came:
    return judged(bool(facts.get("bot")), bot=facts.get("bot"), error=facts.get("error"))


def beats(look: Look) -> dict[str, Any]:
    return {row.name: row for row in look.conn.execute(select(h))}


def silent(look: Look, facts: Facts) -> list[str]:
    """The ticks that were not heard for longer than they may be."""
    heard = {name: row.at for name, row in beats(look).items()}
    periods = {name: timedelta(seconds=every) for name, every, _ in facts.get("ticks", [])}
    return heartbeats.silent(heard, periods, look.now)


def processes(look: Look, run: Any, facts: Facts) -> Came:
    heard, ticks = beats(look), facts.get("ticks", [])
    often = [name for name, every, _ in ticks if every <= OFTEN]
    unheard = {name for name in often if name not in heard or heard[name].at < run.started_at}
    late = sorted(unheard | set(silent(look, facts)))
    if ticks and not late:
        return passed(ticks=len(ticks))
    told = waiting if look.now < run.started_at + GAP else failed
    return told(ticks=len(ticks), silent=late)


def builds(look: Look, run: Any, facts: Facts) -> Came:
    running = sorted(
        name.removeprefix(BUILD)
        for name, row in beats(look).items()
        if name.startswith(BUILD) and row.at >= run.started_at
    )
    if running == [run.build]:
        return passed(running=running)
    told = waiting if not running and look.now < run.started_at + GAP else failed
    return told(running=running, expected=run.build)


def seen_halted(look: Look, run: Any, facts: Facts) -> Came:
    """What the processes say is what the switches say: whoever had kept an older state would say otherwise."""
    heard, rows = beats(look), states(look)
    wrong, skipped = {}, {}
    for name, _, switches in facts.get("ticks", []):
        first = next((key for key in switches if key not in rows or not rows[key].enabled), None)
        expected = f"skipped: {first} is HALTED" if first else "ok"
        if name not in heard or heard[name].said != expected:
            wrong[name] = heard[name].said if name in heard else None
        elif first:
            skipped[name] = str(first)
    return judged(bool(skipped) and not wrong, skipped=skipped, otherwise=wrong)


def books_clean(look: Look, run: Any, facts: Facts) -> Came:
    offences = check_books(look)
    many = look.conn.execute(select(func.count()).select_from(w)).scalar_one()
    named = [f"{one.invariant} {one.subject}: {one.detail}" for one in offences[:MOST_NAMED]]
    return judged(not offences, wallets=many, offences=len(offences), named=named)


def money_open(look: Look, run: Any, facts: Facts) -> Came:
    row = states(look).get(Switch.money_movement)
    if row is not None and row.enabled:
        return passed(by=row.actor, at=row.at.isoformat(), epoch=row.epoch)
    if "countersign" in facts:
        return waiting(countersign=facts["countersign"])
    return failed(**facts)


P0 = (
    Step("switch-rows", switch_rows),
    Step("halted", halted),
    Step("no-campaigns", no_campaigns),
    Step("no-jobs", no_jobs),
    Step("no-escrows", no_escrows),
    Step("migrations", migrations),
    Step("guards", guards),
    Step("roles", roles),
    Step("admins", admins),
)
P1 = (
    Step("still-closed", still_closed),
    Step("database", database),
    Step("redis", redis),
    Step("telegram", telegram),
    Step("processes", processes),
    Step("builds", builds),
    Step("seen-halted", seen_halted),
    Step("books-clean", books_clean),
    Step("money-open", money_open, opens=(Switch.money_movement,)),
)
