"""P2: two people, their wallets, a channel with an offer, a campaign with two targets; and what must be blocked is blocked.

The hold is shown to be blocked by the switch and by nothing else when the same call succeeds in P3, the release when the same
call succeeds in P5: resuming `payouts` only to see it here would open the tills before anything was proved.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from domain import wallets
from domain.action import Look, Switch
from domain.audit import AuditEvent
from domain.base import table
from domain.campaigns import Approval, Campaign, CampaignTarget, Creative
from domain.campaigns import Status as CampaignStatus
from domain.channels import Channel, Offer
from domain.channels import Status as ChannelStatus
from domain.escrow import Escrow
from domain.launch.came import Came, Facts, Step, failed, judged, passed, waiting
from domain.launch.closed import books_clean, still_closed
from domain.ledger import Reason, Transfer
from domain.post_jobs import PostJob
from domain.users import User
from domain.wallets import Wallet

a, cp, cr, ct, c, o, es, j, t, u, w = (
    table(row)
    for row in (
        AuditEvent,
        Campaign,
        Creative,
        CampaignTarget,
        Channel,
        Offer,
        Escrow,
        PostJob,
        Transfer,
        User,
        Wallet,
    )
)
TARGETS = 2
"""One to be held, one to be refused while the first is open."""
ESCROW_MONEY = (Reason.escrow_hold, Reason.payout, Reason.fee, Reason.rebate, Reason.refund)
DRAFTS = (
    select(cp.c.id)
    .join(cr, cr.c.campaign_id == cp.c.id)
    .where(
        cp.c.advertiser_id == bindparam("advertiser"),
        cp.c.status == CampaignStatus.draft,
        cp.c.created_at >= bindparam("since"),
        cr.c.version == 1,
        cr.c.fingerprint == bindparam("fingerprint"),
    )
    .order_by(cp.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Placed:
    """The campaign of a launch and its targets, the one to be held first."""

    campaign: int
    targets: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.targets[0]

    @property
    def second(self) -> int:
        return self.targets[1]


def drafted(look: Look, run: Any, fingerprint: str) -> Placed | None:
    """The draft that this run has made of this post."""
    given = {"advertiser": run.setup["advertiser"], "since": run.started_at, "fingerprint": fingerprint}
    campaign = look.conn.execute(DRAFTS, given).scalar()
    if campaign is None:
        return None
    targets = select(ct.c.id).where(ct.c.campaign_id == campaign).order_by(ct.c.id)
    return Placed(campaign, tuple(look.conn.scalars(targets)))


def channel_of(look: Look, run: Any) -> Any:
    """The channel that was named by its number at Telegram or by its public name."""
    name = str(run.setup["channel"])
    mine = func.lower(c.c.username) == name.removeprefix("@").lower()
    number = name.lstrip("-")
    named = or_(mine, c.c.chat_id == int(name)) if number.isdecimal() and len(number) < 19 else mine
    return look.conn.execute(select(c).where(named).order_by(c.c.id).limit(1)).one_or_none()


def fits(run: Any, channel: Any, line: Any) -> bool:
    """Is this listed channel's offer the one of this run: its price, paid at once, no pin?"""
    return (line.price, line.hours, line.pin) == (run.setup["price"], 0, False) and (
        channel.status == ChannelStatus.listed
    )


def people(look: Look, run: Any, facts: Facts) -> Came:
    two = {"advertiser": run.setup["advertiser"], "publisher": run.setup["publisher"]}
    rows = {row.id: row for row in look.conn.execute(select(u).where(u.c.id.in_(list(two.values()))))}
    blocked = [i for i, row in rows.items() if row.blocked_at]
    if len(set(two.values())) < len(two) or blocked:
        return failed(**two, blocked=blocked)
    absent = [i for i in two.values() if i not in rows or rows[i].unreachable_at]
    return waiting(**two, have_to_start=absent) if absent else passed(**two)


def two_wallets(look: Look, run: Any, facts: Facts) -> Came:
    wanted = [wallets.user(run.setup[side]) for side in ("advertiser", "publisher")]
    found = {row.id: row.balance for row in look.conn.execute(select(w).where(w.c.id.in_(wanted)))}
    return judged(found.keys() == set(wanted), balances=found)


def channel(look: Look, run: Any, facts: Facts) -> Came:
    found = channel_of(look, run)
    if found is None:
        return waiting(channel=run.setup["channel"], publisher=run.setup["publisher"])
    ok = found.owner_id == run.setup["publisher"] and found.status in (ChannelStatus.pending, ChannelStatus.listed)
    return judged(ok, channel=found.id, title=found.title, status=found.status, owner=found.owner_id)


def offer(look: Look, run: Any, facts: Facts) -> Came:
    found = channel_of(look, run)
    line = look.conn.execute(select(o).where(o.c.channel_id == found.id)).one_or_none() if found else None
    if line is None or found is None:
        return failed(**facts)
    return judged(fits(run, found, line), price=line.price, hours=line.hours, status=found.status)


def campaign(look: Look, run: Any, facts: Facts) -> Came:
    placed = drafted(look, run, str(facts.get("fingerprint")))
    return failed(**facts) if placed is None else passed(campaign=placed.campaign)


def targets(look: Look, run: Any, facts: Facts) -> Came:
    placed = drafted(look, run, str(facts.get("fingerprint")))
    if placed is None or len(placed.targets) < TARGETS:
        return failed(**facts)
    rows = look.conn.execute(select(ct).where(ct.c.id.in_(placed.targets))).all()
    fit = [row for row in rows if (row.price, row.hours, row.approval) == (run.setup["price"], 0, Approval.waiting)]
    ok = len(placed.targets) == len(fit) == TARGETS
    return judged(ok, campaign=placed.campaign, targets=list(placed.targets), price=run.setup["price"])


def _blocked(look: Look, facts: Facts, action: str, switch: Switch) -> Came:
    """Refused by exactly this switch, with exactly one refusal event, and nothing else changed."""
    rows = look.conn.execute(
        select(a).where(
            a.c.id > facts.get("after", 0),
            a.c.action == action,
            a.c.subject == str(facts.get("target")),
        )
    ).all()
    events = [(row.refusal, row.details.get("switch")) for row in rows]
    seen = {"target": facts.get("target"), "refused": facts.get("refused"), "changed": facts.get("changed")}
    ok = (
        facts.get("refused") == {"refusal": "halted", "switch": str(switch)}
        and facts.get("changed") == []
        and events == [("halted", str(switch))]
    )
    return judged(
        ok, **seen, events=[list(event) for event in events], tables=facts.get("tables"), tries=facts.get("tries")
    )


def hold_blocked(look: Look, run: Any, facts: Facts) -> Came:
    return _blocked(look, facts, "escrow.hold", Switch.new_escrows)


def release_blocked(look: Look, run: Any, facts: Facts) -> Came:
    return _blocked(look, facts, "escrow.release", Switch.payouts)


def nothing_moved(look: Look, run: Any, facts: Facts) -> Came:
    placed = drafted(look, run, str(facts.get("fingerprint")))
    if placed is None:
        return failed(**facts)
    ids = list(placed.targets)
    many = {
        "escrows": select(func.count()).select_from(es).where(es.c.id.in_(ids)),
        "jobs": select(func.count()).select_from(j).where(j.c.id.in_(ids)),
        "transfers": select(func.count()).select_from(t).where(t.c.reference_id.in_(ids), t.c.reason.in_(ESCROW_MONEY)),
    }
    found = {name: look.conn.execute(one).scalar_one() for name, one in many.items()}
    return judged(not any(found.values()), **found)


P2 = (
    Step("still-closed", still_closed),
    Step("people", people),
    Step("wallets", two_wallets),
    Step("channel", channel),
    Step("offer", offer),
    Step("campaign", campaign),
    Step("targets", targets),
    Step("hold-blocked", hold_blocked),
    Step("release-blocked", release_blocked),
    Step("nothing-moved", nothing_moved),
    Step("books-clean", books_clean),
)
