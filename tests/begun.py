"""Where many tests begin is made once in each process, by the same actions as everybody's; the tests after it get a copy of it.

Only a house as its fixture made it can be given a copy: one whose gate is still the first, whose database nobody has written to.
"""

import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from domain.action import Terms
from tests import kept
from tests.conftest import OPEN, House

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Begun:
    """What a function of the story had made of a new house, and what it answered."""

    data: Path | str
    at: datetime
    terms: Terms
    answer: Any


MADE: dict[str, Begun] = {}


def begun(make: Callable[Concatenate[House, P], Awaitable[R]]) -> Callable[Concatenate[House, P], Awaitable[R]]:
    """Makes it of a new house once for the same arguments, and then copies it; of any other house it makes it each time."""

    @wraps(make)
    async def begin(house: House, /, *args: P.args, **given: P.kwargs) -> R:
        if not is_new(house):
            return await make(house, *args, **given)
        kind = house.address.partition(":")[0]
        key = f"{kind} {make.__module__}.{make.__name__} {house.clock.at} {args} {sorted(given.items())}"
        if key not in MADE:
            answer = await make(house, *args, **given)
            MADE[key] = Begun(_taken(house.address, len(MADE)), house.clock.at, house.gate.terms, deepcopy(answer))
            return answer
        copy = MADE[key]
        _given(house.address, copy.data)
        house.clock.at = copy.at
        house.gate = replace(house.gate, terms=copy.terms)
        return deepcopy(copy.answer)

    return begin


def is_new(house: House) -> bool:
    if house.gate is not house.first:
        return False
    if file := _file(house.address):
        is_opened = Path(f"{file}-wal").exists()
        return not is_opened and file.stat().st_mtime_ns == (file.parents[1] / "template.db").stat().st_mtime_ns
    place = kept.places.get(_name(house.address))
    return place is not None and place.is_new()


def _file(address: str) -> Path | None:
    return Path(address.removeprefix("sqlite:///")) if address.startswith("sqlite") else None


def _name(address: str) -> str:
    return address.rpartition("/")[2]


def _taken(address: str, number: int) -> Path | str:
    if not (file := _file(address)):
        return kept.places[_name(address)].filling()
    copy = file.parents[1] / f"begun-{file.parent.name}-{number}.db"
    with closing(sqlite3.connect(copy)) as to:
        OPEN.to(address).backup(to)
    return copy


def _given(address: str, data: Path | str) -> None:
    if isinstance(data, Path):
        shutil.copyfile(data, address.removeprefix("sqlite:///"))
    else:
        kept.places[_name(address)].fill(data)
