"""A countersign is a second admin's signature under one exact act: its fingerprint, who asked, who signed, until when.

Unsigned, such an act is refused with `NeedsCountersign`. The asker asks for one, another admin signs, and the asker's next try
names it: in the very transaction of the act it is marked used, so it serves once, and only while its signer is an admin. In
production these acts need one: adjustments and repairs of the books, resuming `money_movement`, verdicts and withdrawals above a
limit. Elsewhere one admin will do.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from domain import flow, notices
from domain.action import ADMINS, SYSTEM, Act, Look, action, query
from domain.base import Base, Member, one_of, table
from domain.errors import NotFound, Refusal, Refused, WrongState
from domain.users import NOT_ITS_KEY, User


class Status(StrEnum):
    asked = "asked"
    """Waits for another admin."""
    signed = "signed"
    """Signed; the asker may act."""
    used = "used"
    """The act was done with it."""
    expired = "expired"
    """Its time is over."""


FLOW = {
    Status.asked: frozenset({Status.signed, Status.expired}),
    Status.signed: frozenset({Status.used, Status.expired}),
    Status.used: frozenset[Status](),
    Status.expired: frozenset[Status](),
}


class Countersign(Base):
    __tablename__ = "countersigns"
    __table_args__ = (
        one_of("status", Status),
        CheckConstraint("signed_by <> asked_by", name="another"),
        CheckConstraint("(status IN ('signed', 'used')) <= (signed_by IS NOT NULL)", name="signed"),
        CheckConstraint("(status = 'used') = (used_at IS NOT NULL)", name="used"),
        Index("ix_countersigns_open", "fingerprint", "asked_by"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    fingerprint: Mapped[str]
    status: Mapped[Status] = mapped_column(Member(Status), default=Status.asked)
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    signed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]

    check_status = flow.follows(FLOW)


flow.guard(Countersign, FLOW, Status.asked)
k = table(Countersign)
LOCK = select(k).where(k.c.id == bindparam("id")).with_for_update()
USED = flow.move(Countersign, Status.used, FLOW, used_at=bindparam("now"))
EXPIRED = (
    update(k)
    .where(k.c.status.in_([Status.asked, Status.signed]), k.c.expires_at <= bindparam("now"))
    .values(status=Status.expired)
    .returning(k.c.id)
)


@dataclass(frozen=True)
class NeedsCountersign(Refusal):
    """Another admin has to sign this very act first: its name, and all it would be done with."""

    act: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class BadCountersign(Refusal):
    """Not for this act, not this asker's, not signed, used already, too old, or by somebody who is no admin any more."""

    id: int


@dataclass(frozen=True)
class OwnCountersign(Refusal):
    """Nobody signs what they asked for themselves."""


def fingerprint(act: str, arguments: dict[str, Any]) -> str:
    """The same for the same act with the same arguments, and for no other."""
    return hashlib.sha256(json.dumps([act, arguments], sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def require(act: Act, arguments: dict[str, Any], countersign: int | None) -> int | None:
    """For actions that need one: refuses without, and uses it up in this transaction. Does nothing where one admin will do.

    `arguments` are all that the action was given, its evidence too: what is signed is what is done. Answers who has signed.
    """
    if not act.terms.countersign:
        return None
    if countersign is None:
        raise Refused(NeedsCountersign(act.name, arguments))
    signature = act.conn.execute(LOCK, {"id": countersign}).one_or_none()
    if (
        signature is None
        or signature.status != Status.signed
        or signature.fingerprint != fingerprint(act.name, arguments)
        or not act.actor.is_user(signature.asked_by)
        or signature.expires_at <= act.now
        or signature.signed_by not in act.admins
    ):
        raise Refused(BadCountersign(countersign))
    act.conn.execute(USED, {"ids": [countersign], "now": act.now})
    act.record("countersigns", countersign, used_for=act.name)
    return int(signature.signed_by)


@action("countersigns.ask", roles=ADMINS, gates=())
def ask(act: Act, name: str, arguments: dict[str, Any]) -> Countersign:
    """Asks the other admins to sign this act. An open one for the same act is answered again, also to who asks twice at once."""
    mark = fingerprint(name, arguments)
    act.session.get(User, act.actor.user_id, with_for_update=NOT_ITS_KEY)
    still_open = select(Countersign).where(
        Countersign.fingerprint == mark,
        Countersign.asked_by == act.actor.user_id,
        Countersign.status.in_([Status.asked, Status.signed]),
        Countersign.expires_at > act.now,
    )
    if (asked := act.session.scalars(still_open.order_by(Countersign.id.desc()).limit(1)).one_or_none()) is not None:
        return asked
    asked = Countersign(
        action=name,
        arguments=arguments,
        fingerprint=mark,
        asked_by=act.actor.user_id,
        asked_at=act.now,
        expires_at=act.now + act.terms.countersign_for,
        status=Status.asked,
    )
    act.session.add(asked)
    act.session.flush()
    notices.owe_admins(act, "countersign", asked.id, {})
    act.record("countersigns", asked.id, act=name, arguments=arguments)
    return asked


@action("countersigns.sign", roles=ADMINS, gates=())
def sign(act: Act, countersign_id: int) -> Countersign:
    """Another admin signs. Signed again by the same admin, it is answered again."""
    asked = act.session.scalars(
        select(Countersign).where(Countersign.id == countersign_id).with_for_update()
    ).one_or_none()
    if asked is None:
        raise Refused(NotFound("countersigns"))
    if act.actor.is_user(asked.asked_by):
        raise Refused(OwnCountersign())
    if asked.status == Status.signed and act.actor.is_user(asked.signed_by):
        return asked
    if asked.status != Status.asked:
        raise Refused(WrongState("countersigns", asked.status))
    if asked.expires_at <= act.now:
        raise Refused(WrongState("countersigns", Status.expired))
    asked.status, asked.signed_by, asked.signed_at = Status.signed, act.actor.user_id, act.now
    act.session.flush()
    notices.owe(act, [(asked.asked_by, "countersigned", asked.id, {})])
    act.record("countersigns", asked.id, act=asked.action)
    return asked


@action("countersigns.expire", roles=SYSTEM, gates=())
def expire(act: Act) -> list[int]:
    """Those that were not signed, or not used, in time."""
    ended = list(act.conn.scalars(EXPIRED, {"now": act.now}))
    for countersign in ended:
        act.record("countersigns", countersign, status=Status.expired)
    return ended


@query(roles=ADMINS | SYSTEM)
def get(look: Look, countersign_id: int) -> Countersign | None:
    row = look.conn.execute(select(k).where(k.c.id == countersign_id)).one_or_none()
    return None if row is None else Countersign(**row._mapping)


@query(roles=ADMINS | SYSTEM)
def waiting(look: Look) -> list[Countersign]:
    """What waits to be signed or used, oldest first."""
    still_open = (
        select(k).where(k.c.status.in_([Status.asked, Status.signed]), k.c.expires_at > look.now).order_by(k.c.id)
    )
    return [Countersign(**row._mapping) for row in look.conn.execute(still_open)]
