"""The one way in. `do` is one actor, one permission check, one reading of switches, one transaction, and its audit events.

A refusal undoes everything and is then audited in a transaction of its own. What another act did at the same moment (the
same key, a deadlock, a snapshot too old) is not the caller's business: the whole act is tried again, and answers what an act
that came second answers.
"""

import asyncio
import logging
import random
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from domain import audit, kill_switches, users
from domain.action import ACTIONS, QUERIES, Act, Actor, Asked, Event, Facts, K, Look, Outcomes, Role, Terms
from domain.errors import Halted, NotAllowed, Refusal, Refused
from domain.ports import Clock
from storage import guards
from storage.database import DEADLOCK, SERIALIZATION, UNIQUE, Database, sqlstate
from storage.gather import Gather

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)

TRIES = 4
BY_PEOPLE = frozenset({"system:shell", "system:launch"})
"""Systems behind which somebody waits for the answer."""
SEVERAL = Actor("several", frozenset())
"""The actor of an act that nobody asked for alone; what it records is each asker's own."""


@dataclass(frozen=True)
class Ended:
    """How an act ended, for whoever watches: committed, or refused, or broken by an error."""

    name: str
    seconds: float
    act: Act | None = None
    refused: tuple[Refusal, ...] = ()
    """The refusal of the whole, or of items of a set."""
    error: BaseException | None = None


@dataclass(frozen=True)
class Gate:
    """A database with a clock, the house's numbers, and the admins of the settings."""

    database: Database
    now: Clock
    terms: Terms
    admins: frozenset[int]
    is_owner: bool = False
    """Is the database's address the owner's? Then repairs may lift the guards."""
    watch: Callable[[Ended], None] = lambda ended: None
    """Told how every act ended; a set that several asked for and that is refused whole is asked for again, and told of then."""
    gather: Gather | None = None
    """Do callers who come at once share a transaction? They get the answers they would get alone."""

    def user(self, user_id: int) -> "Do":
        """What a person asks for."""
        return Do(self, Actor.user(user_id))

    def system(self, part: str) -> "Do":
        """What a tick or the shell asks for, under its own name."""
        return Do(self, Actor.system(part))

    def shell(self, admin_id: int | None) -> "Do":
        """What is typed at the command line: as an admin of the settings, or as `system:shell`."""
        return self.user(admin_id) if admin_id else self.system("shell")

    async def decide(
        self,
        action: Callable[Concatenate[Act, Asked[K], P], Outcomes[K, R]],
        asked: Asked[K],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Outcomes[K, R]:
        """A set in one transaction, each item for its own asker; refused whole if none of them may, or a switch forbids it.

        A refusal of the whole is audited if one asked: several are told nothing yet, and ask again one by one.
        """
        return await self.transact(ACTIONS[action], asked, lambda act, known: action(act, known, *args, **kwargs))

    async def transact(self, facts: Facts, asked: Asked[Any], body: Callable[[Act, Asked[Any]], R]) -> R:
        """One transaction, with everything that belongs to it. `body` is given what was asked for by those who may."""
        began = time.perf_counter()

        def ended(act: Act | None = None, *refused: Refusal, error: BaseException | None = None) -> None:
            self.watch(Ended(facts.name, time.perf_counter() - began, act, refused, error))

        try:
            act, came = await self._transact(facts, asked, body)
        except Refused as refused:
            if len(set(asked.values())) == 1:
                ended(None, refused.refusal)
            raise
        except BaseException as error:
            ended(error=error)
            raise
        ended(act, *(came.refused().values() if isinstance(came, Outcomes) else ()))
        return came

    async def _transact(self, facts: Facts, asked: Asked[Any], body: Callable[[Act, Asked[Any]], R]) -> tuple[Act, R]:
        act_id = uuid.uuid4().hex

        def work(conn: Connection) -> tuple[Act, R]:
            act = self._act(conn, act_id, facts)
            act.lift = guards.lifted if self.is_owner else None
            known = _known(act, asked.values())
            allowed = Asked({item: known[who] for item, who in asked.items() if facts.roles & known[who].roles})
            if not allowed:
                raise Refused(NotAllowed(facts.name))
            act.actor = next(iter(allowed.values())) if len(known) == 1 else SEVERAL
            kill_switches.check(act, facts.gates)
            came = body(act, allowed)
            act.flush()
            if isinstance(came, Outcomes):
                came.update({item: NotAllowed(facts.name) for item in asked.keys() - allowed.keys()})
            refused = came.refused() if isinstance(came, Outcomes) else {}
            events: list[tuple[Event, Refusal | None]] = [(event, None) for event in act.events]
            audit.write(act, events + list(_refusals(facts, asked, refused)))
            return act, came

        for attempt in range(TRIES):
            try:
                act, came = await self.database.write(work)
            except Refused as refused:
                if len(set(asked.values())) == 1:
                    await self._remember(facts, asked, act_id, refused.refusal)
                raise
            except DBAPIError as error:
                if attempt + 1 == TRIES or not is_passing(error):
                    raise
            else:
                return act, came
            await asyncio.sleep(random.uniform(0, 0.02) * 2**attempt)
        raise AssertionError("unreachable")

    def _act(self, conn: Connection, act_id: str, facts: Facts) -> Act:
        return Act(conn, self.now(), SEVERAL, self.terms, self.admins, id=act_id, name=facts.name)

    async def _remember(self, facts: Facts, asked: Asked[Any], act_id: str, refusal: Refusal) -> None:
        """Audits a refusal of the whole act. If even that fails it is logged: the refusal is what the caller must hear.

        A tick that met a halted switch between its look at the board and its act has skipped, and leaves no event.
        """
        who = next(iter(asked.values()))
        if isinstance(refusal, Halted) and Role.system in who.roles and who.name not in BY_PEOPLE:
            return

        def work(conn: Connection) -> None:
            audit.write(self._act(conn, act_id, facts), _refusals(facts, asked, dict.fromkeys(asked, refusal)))

        try:
            await self.database.write(work)
        except (SQLAlchemyError, OSError):
            log.exception("a refusal could not be audited: %s %s", facts.name, refusal)


@dataclass(frozen=True)
class Do:
    """A gate, and who is asking. Calling it acts; `each` acts on a set; `ask` reads."""

    gate: Gate
    who: Actor

    @overload
    async def __call__(
        self,
        action: Callable[Concatenate[Act, Asked[K], P], Outcomes[K, R]],
        item: K,
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R: ...
    @overload
    async def __call__(self, action: Callable[Concatenate[Act, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    async def __call__(self, action: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        facts = ACTIONS[action]
        if not facts.is_set:
            return await self.gate.transact(facts, Asked({"": self.who}), lambda act, _: action(act, *args, **kwargs))
        item, *rest = args
        if self.gate.gather is not None and self.gate.gather.takes(action):
            came = await self.gate.gather(self.gate.decide, action, item, self.who)
        else:
            came = (await self.each(action, [item], *rest, **kwargs))[item]
        if isinstance(came, Refusal):
            raise Refused(came)
        return came

    async def each(
        self,
        action: Callable[Concatenate[Act, Asked[K], P], Outcomes[K, R]],
        items: Iterable[K],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Outcomes[K, R]:
        """Each item is decided by itself; only the actor's role or a halted switch refuses the set."""
        asked = Asked(dict.fromkeys(items, self.who))
        return await self.gate.decide(action, asked, *args, **kwargs) if asked else Outcomes()

    async def ask(self, query: Callable[Concatenate[Look, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Reads, in a transaction that can change nothing and holds nobody up."""
        roles = QUERIES[query]

        def work(conn: Connection) -> R:
            look = Look(conn, self.gate.now(), self.who, self.gate.terms, self.gate.admins)
            look.actor = _known(look, [self.who])[self.who]
            if not roles & look.actor.roles:
                raise Refused(NotAllowed(getattr(query, "__name__", "query")))
            return query(look, *args, **kwargs)

        return await self.gate.database.read(work)


def _known(look: Look, askers: Iterable[Actor]) -> dict[Actor, Actor]:
    """The actors with today's roles; a system's are its own."""
    people = {who: who.user_id for who in askers}
    found = users.actors(look, (user_id for user_id in people.values() if user_id is not None))
    return {who: who if user_id is None else found[user_id] for who, user_id in people.items()}


def _refusals(facts: Facts, asked: Asked[Any], refused: Mapping[Any, Refusal]) -> Iterable[tuple[Event, Refusal]]:
    for item, refusal in refused.items():
        for one in item if isinstance(item, tuple) else (item,):
            yield Event(asked[item].name, facts.noun, str(one), {}), refusal


def is_passing(error: DBAPIError) -> bool:
    """Did another act merely come first? Then trying again gives the answer of one who came second."""
    state = sqlstate(error)
    if isinstance(error, IntegrityError):
        return state == UNIQUE or "UNIQUE constraint failed" in str(error.orig)
    if isinstance(error, OperationalError) and "database is locked" in str(error.orig):
        return True
    return state in (DEADLOCK, SERIALIZATION)
