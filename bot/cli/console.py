"""Where the command line writes: results to standard output, complaints to standard error."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from rich.console import Console
from rich.table import Table

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    out.print(text, markup=False)


def complain(text: str) -> None:
    err.print(text, markup=False)


WIDE = 10_000
"""Columns of what is no terminal: a file or another program is given every word."""


@contextmanager
def unwrapped() -> Iterator[None]:
    """Tables in here have one line for each row, however wide the terminal is."""
    width, out.width = out.width, WIDE
    try:
        yield
    finally:
        out.width = width


def show(columns: list[str], rows: list[list[object]]) -> None:
    """A plain table. On a terminal what is too long for a line is wrapped."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    with nullcontext() if out.is_terminal else unwrapped():
        out.print(table)
