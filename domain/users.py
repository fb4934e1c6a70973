"""A user is one Telegram account, known by Telegram's number. Anyone may advertise and publish.

Roles `operator` and `admin` come on top: operators are appointed by an admin, admins by the settings and nowhere else. A user
who blocked the bot is marked and not written to; a user we blocked starts nothing new, but what runs runs out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Index, bindparam, select, text, union, update
from sqlalchemy.orm import Mapped, mapped_column

from domain.action import ADMINS, ANYONE, STAFF, SYSTEM, Act, Actor, Look, Role, action, query
from domain.base import Base, index_of, table
from domain.errors import NotFound, OutOfRange, Refusal, Refused, WrongState

LANGUAGES = ("en", "ru")


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        Index("ix_users_operators", "id", postgresql_where=text("is_operator"), sqlite_where=text("is_operator = 1")),
        index_of("ix_users_blocked", "id", where="blocked_at IS NOT NULL"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    username: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str | None]
    is_operator: Mapped[bool] = mapped_column(default=False)
    blocked_at: Mapped[datetime | None]
    unreachable_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or "UTC")


@dataclass(frozen=True)
class UnknownTimeZone(Refusal):
    """Not the name of a time zone."""

    name: str


@dataclass(frozen=True)
class UnknownLanguage(Refusal):
    """A language the texts do not exist in."""

    name: str


@dataclass(frozen=True)
class IsAdmin(Refusal):
    """An admin of the settings: changed there and nowhere else."""


MOST_REASON = 300
NOT_ITS_KEY = {"key_share": True}
"""A lock of a user's row that holds up nobody who only names the user, as each notice does: acts that owe word to each other's
actors would wait in a circle."""
u = table(User)
ROLES = select(u.c.id, u.c.is_operator, u.c.blocked_at.is_not(None).label("is_blocked")).where(
    u.c.id.in_(bindparam("ids", expanding=True))
)
"""Not since when: a moment that cannot be read would keep an admin from halting."""


def check_reason(reason: str) -> str:
    """What the audit trail keeps, stripped; 1 to 300 characters."""
    reason = reason.strip()
    if not 1 <= len(reason) <= MOST_REASON:
        raise Refused(OutOfRange("reason", 1, MOST_REASON))
    return reason


def nearest_language(code: str | None) -> str:
    """The language of ours for Telegram's `language_code`: `ru-RU` is `ru`, whatever we do not speak is `en`."""
    base = (code or "en").partition("-")[0].lower()
    return base if base in LANGUAGES else "en"


def actors(look: Look, ids: Iterable[int]) -> dict[int, Actor]:
    """The people behind `ids` with their roles; somebody never met has none."""
    ids = set(ids)
    known = {row.id: row for row in look.conn.execute(ROLES, {"ids": sorted(ids)})} if ids else {}
    found: dict[int, Actor] = {}
    for i in ids:
        row = known.get(i)
        roles: list[Role] = []
        if row is not None:
            roles = [Role.blocked] if row.is_blocked else [Role.user]
            if not row.is_blocked and row.is_operator:
                roles.append(Role.operator)
        if i in look.admins:
            roles.append(Role.admin)
        found[i] = Actor.user(i, *roles)
    return found


@action("users.meet", roles=SYSTEM, gates=())
def meet(act: Act, user_id: int, name: str, username: str | None, language: str) -> User:
    """Makes or renews a user as Telegram describes them now; their own choice of language stays."""
    user = act.session.get(User, user_id)
    if user is None:
        user = User(id=user_id, name=name, username=username, language=language, created_at=act.now, is_operator=False)
        act.session.add(user)
        act.record("users", user_id)
    elif (user.name, user.username) != (name, username) or user.unreachable_at:
        user.name, user.username, user.unreachable_at = name, username, None
        act.record("users", user_id)
    return user


@action("users.settle", roles=ANYONE, gates=())
def settle(act: Act, language: str | None = None, time_zone: str | None = None) -> User:
    """One's own language and time zone. Refuses names it does not know."""
    user = act.session.get(User, act.actor.user_id)
    if user is None:
        raise Refused(NotFound("users"))
    if language is not None:
        if language not in LANGUAGES:
            raise Refused(UnknownLanguage(language))
        user.language = language
    if time_zone is not None:
        if time_zone not in available_timezones():
            raise Refused(UnknownTimeZone(time_zone))
        user.time_zone = time_zone
    act.record("users", user.id, language=user.language, time_zone=user.time_zone)
    return user


@action("users.mark_unreachable", roles=SYSTEM, gates=())
def mark_unreachable(act: Act, user_id: int) -> None:
    """They blocked the bot: nothing is sent until they come back."""
    act.conn.execute(update(u).where(u.c.id == user_id, u.c.unreachable_at.is_(None)).values(unreachable_at=act.now))
    act.record("users", user_id)


def to_change(act: Act, user_id: int) -> User:
    """Locks a user about whom admins decide; not another admin, who is one by the settings."""
    user = locked(act, user_id)
    if user_id in act.admins:
        raise Refused(IsAdmin())
    return user


def locked(act: Act, user_id: int) -> User:
    user = act.session.get(User, user_id, with_for_update=NOT_ITS_KEY)
    if user is None:
        raise Refused(NotFound("users"))
    return user


@action("users.appoint", roles=ADMINS, gates=())
def appoint(act: Act, user_id: int, reason: str, *, operator: bool) -> User:
    """Makes somebody an operator, or no longer one. Who is admin is said by the settings alone."""
    reason = check_reason(reason)
    user = to_change(act, user_id)
    if operator and user.blocked_at is not None:
        raise Refused(WrongState("users", "blocked"))
    if user.is_operator != operator:
        user.is_operator = operator
        act.record("users", user_id, operator=operator, reason=reason)
    return user


@query(roles=STAFF | SYSTEM)
def staff(look: Look) -> list[User]:
    """The operators, and of the admins those who have met the bot; by number."""
    admins = select(u.c.id).where(u.c.id.in_(sorted(look.admins)))
    found = select(u).where(u.c.id.in_(union(admins, select(u.c.id).where(u.c.is_operator)))).order_by(u.c.id)
    return [User(**row._mapping) for row in look.conn.execute(found)]


@query(roles=ANYONE | STAFF | SYSTEM)
def get(look: Look, user_id: int) -> User | None:
    row = look.conn.execute(select(u).where(u.c.id == user_id)).one_or_none()
    return None if row is None else User(**row._mapping)
