"""A report is what somebody finds wrong with a channel, a creative or a person: fraud, a prohibited topic, spam, something else.

A creative is reported by those who are asked to publish it, a person by the other side of a placement with them, a channel by
anybody. One is open for each reporter and thing, and few for each reporter. An admin upholds or dismisses it, with a reason that
its reporter is told. It blocks nobody: that is `blocks`, done from the card of the thing.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow, notices
from domain.action import ADMINS, ANYONE, STAFF, SYSTEM, Act, Look, action, query
from domain.base import Base, Member, index_of, one_of, table
from domain.campaigns import Campaign, CampaignTarget
from domain.channels import Channel, ChannelManager
from domain.errors import NotFound, OutOfRange, Refusal, Refused, WrongState
from domain.users import NOT_ITS_KEY, User, check_reason

MOST_WORDS = 300
MOST_OPEN = 5
"""So many open reports one person may have."""


class Thing(StrEnum):
    channel = "channel"
    """By its number."""
    creative = "creative"
    """The post of a placement, by the placement's number."""
    person = "person"
    """By their Telegram number; whoever reports names the placement they share."""


class Reason(StrEnum):
    fraud = "fraud"
    prohibited = "prohibited"
    spam = "spam"
    other = "other"


class Status(StrEnum):
    open = "open"
    """An admin has to look."""
    upheld = "upheld"
    """It was right; what was done about it is in the reason."""
    dismissed = "dismissed"
    """Nothing was found."""


FLOW = {
    Status.open: frozenset({Status.upheld, Status.dismissed}),
    Status.upheld: frozenset[Status](),
    Status.dismissed: frozenset[Status](),
}
OPEN = text("status = 'open'")


class Report(Base):
    __tablename__ = "reports"
    __table_args__ = (
        one_of("thing", Thing),
        one_of("reason", Reason),
        one_of("status", Status),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ender"),
        CheckConstraint("(ended_at IS NULL) = (finding IS NULL)", name="finding"),
        Index(
            "uq_reports_open", "reported_by", "thing", "about", unique=True, postgresql_where=OPEN, sqlite_where=OPEN
        ),
        index_of("ix_reports_open", "id", where="status = 'open'"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thing: Mapped[Thing] = mapped_column(Member(Thing))
    about: Mapped[int]
    reason: Mapped[Reason] = mapped_column(Member(Reason))
    words: Mapped[str]
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.open)
    reported_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    finding: Mapped[str | None]
    """The admin's reason, which the reporter is told."""

    check_status = flow.follows(FLOW)


flow.guard(Report, FLOW, Status.open)

r, u, c, m, cp, ct = (table(row) for row in (Report, User, Channel, ChannelManager, Campaign, CampaignTarget))


@dataclass(frozen=True)
class TooManyReports(Refusal):
    """So many of one's reports are open already."""

    most: int


def about(look: Look, thing: Thing, number: int) -> int:
    """What the one who asks would report, by its own number: `number` is a channel's, else a placement's.

    Refuses what is not theirs to report.
    """
    me = look.actor.user_id
    if thing == Thing.channel:
        found = look.conn.scalar(select(c.c.id).where(c.c.id == number))
        if found is None:
            raise Refused(NotFound("channels"))
        return int(found)
    manages = select(m.c.user_id).where(m.c.channel_id == ct.c.channel_id, m.c.user_id == me).exists()
    sides = select(ct.c.publisher_id, cp.c.advertiser_id, manages.label("manages"))
    row = look.conn.execute(sides.join(cp, cp.c.id == ct.c.campaign_id).where(ct.c.id == number)).one_or_none()
    is_advertiser = row is not None and look.actor.is_user(row.advertiser_id)
    if row is None or not (is_advertiser or row.manages) or (is_advertiser and thing == Thing.creative):
        raise Refused(NotFound("campaign_targets"))
    if thing == Thing.creative:
        return number
    return int(row.publisher_id if is_advertiser else row.advertiser_id)


@query(roles=ANYONE)
def subject(look: Look, thing: Thing, number: int) -> int:
    """May the one who asks report it? Answers what it would be about."""
    return about(look, thing, number)


@action("reports.file", roles=ANYONE, gates=())
def file(act: Act, thing: Thing, number: int, reason: Reason, words: str = "") -> Report:
    """Says that something is wrong with it; the staff is told. While it is open, the same person's first report is the answer."""
    words = words.strip()
    if len(words) > MOST_WORDS:
        raise Refused(OutOfRange("report", 0, MOST_WORDS))
    what = about(act, thing, number)
    # one report at a time of each person
    reporter = act.session.get(User, act.actor.user_id, with_for_update=NOT_ITS_KEY)
    if reporter is None:
        raise Refused(NotFound("users"))
    mine = list(act.session.scalars(select(Report).where(Report.reported_by == reporter.id, r.c.status == Status.open)))
    for there in mine:
        if (there.thing, there.about) == (thing, what):
            return there
    if len(mine) >= MOST_OPEN:
        raise Refused(TooManyReports(MOST_OPEN))
    report = Report(
        thing=thing,
        about=what,
        reason=reason,
        words=words,
        status=Status.open,
        reported_by=reporter.id,
        created_at=act.now,
    )
    act.session.add(report)
    act.session.flush()
    told = {"thing": thing, "about": what, "reason": reason, "words": words, "name": reporter.name}
    notices.owe_staff(act, "report", report.id, told)
    act.record("reports", report.id, thing=thing, about=what, reason=reason)
    return report


@action("reports.judge", roles=ADMINS, gates=())
def judge(act: Act, report_id: int, finding: str, *, upheld: bool) -> Report:
    """Upholds or dismisses it, and says why. Asked again for the same, the first answer; for the other, refused."""
    finding = check_reason(finding)
    to = Status.upheld if upheld else Status.dismissed
    report = act.session.scalars(select(Report).where(Report.id == report_id).with_for_update()).one_or_none()
    if report is None:
        raise Refused(NotFound("reports"))
    if report.status == to and report.finding == finding:
        return report
    if report.status != Status.open:
        raise Refused(WrongState("reports", report.status))
    report.status, report.ended_at, report.ended_by, report.finding = to, act.now, act.actor.name, finding
    act.session.flush()
    told: dict[str, Any] = {"upheld": upheld, "finding": finding}
    notices.owe(act, [(report.reported_by, "report-ended", report.id, told)])
    act.record("reports", report.id, status=to, finding=finding)
    return report


@query(roles=STAFF | SYSTEM)
def listed(look: Look, offset: int = 0, limit: int = 10) -> list[Any]:
    """A page of the open ones, the oldest first, each with its reporter's name."""
    found = select(r, u.c.name).join(u, u.c.id == r.c.reported_by).where(r.c.status == Status.open)
    return list(look.conn.execute(found.order_by(r.c.id).offset(offset).limit(limit)))


@query(roles=STAFF | SYSTEM)
def counted(look: Look) -> int:
    """How many there are of them."""
    return look.conn.execute(select(func.count()).where(r.c.status == Status.open)).scalar_one()


@query(roles=STAFF | SYSTEM)
def get(look: Look, report_id: int) -> Any:
    """One of all, with its reporter's name, or None."""
    return look.conn.execute(
        select(r, u.c.name).join(u, u.c.id == r.c.reported_by).where(r.c.id == report_id)
    ).one_or_none()
