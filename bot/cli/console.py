"""Where the command line writes: results to standard output, complaints to standard error.

What people wrote is shown as they wrote it: nothing in it is markup, and a character that would move the cursor, colour the
terminal or turn the line around is shown by its number. A table loses nothing: on a terminal long cells are folded, and where
even short ones have no room each field has a line of its own.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table


def console(**where: Any) -> Console:
    """One that takes every word as it is."""
    return Console(highlight=False, soft_wrap=True, markup=False, emoji=False, **where)


out = console()
err = console(stderr=True)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""All but the tab and the new line; those that turn the direction of writing too."""


class NotWritten(Exception):
    """Nobody can read what was to be said: the disk is full, say. What was done is done."""


def seen(text: str) -> str:
    """The text with its control characters by their numbers, like `\\x1b`."""
    return CONTROLS.sub(lambda one: one[0].encode("unicode_escape").decode(), text)


def write(where: Console, what: str | Table) -> None:
    """Raises `NotWritten`."""
    try:
        where.print(what)
    except OSError as error:
        raise NotWritten(error.strerror) from error


def say(text: str) -> None:
    write(out, seen(text))


def complain(text: str) -> None:
    write(err, seen(text))


def many(number: int, thing: str, things: str | None = None) -> str:
    """`1 offence`, `2 offences`."""
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"


WIDE = 10_000
"""Columns of what is no terminal: a file or another program is given every word."""
SHORT, LEAST, APART = 16, 12, 2
"""So wide a cell is never broken, be it an amount or a name; a longer one has at least so much; between two columns."""


@contextmanager
def unwrapped() -> Iterator[None]:
    """Tables in here have one line for each row, however wide the terminal is."""
    width, out.width = out.width, WIDE
    try:
        yield
    finally:
        out.width = width


def show(columns: list[str], rows: list[list[object]]) -> None:
    """A plain table, as wide as it may be."""
    cells = [["" if cell is None else seen(str(cell)) for cell in row] for row in rows]
    if not out.is_terminal:
        with unwrapped():
            _table(columns, [[cell.replace("\n", "\\n") for cell in row] for row in cells])
    elif _least(columns, cells) <= out.width:
        _table(columns, cells)
    else:
        _fields(columns, cells)


def _is_short(cells: Iterable[str]) -> bool:
    return max(map(cell_len, cells)) <= SHORT


def _least(columns: list[str], cells: list[list[str]]) -> int:
    """The columns of the narrowest table that can be read."""
    each = [max(map(cell_len, column)) if _is_short(column) else LEAST for column in zip(columns, *cells, strict=True)]
    return sum(each) + APART * (len(columns) - 1)


def _table(columns: list[str], cells: list[list[str]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, *column in zip(columns, *cells, strict=True):
        table.add_column(name, overflow="fold", no_wrap=_is_short([name, *column]))
    for row in cells:
        table.add_row(*row)
    write(out, table)


def _fields(columns: list[str], cells: list[list[str]]) -> None:
    margin = max(map(cell_len, columns)) + 1
    for row in cells:
        fields = [(name, cell.replace("\n", "\n" + " " * margin)) for name, cell in zip(columns, row, strict=True)]
        say("\n".join(f"{name:<{margin}}{cell}" for name, cell in fields if cell) + "\n")
