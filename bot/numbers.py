"""Numbers as people type them and buttons carry them: with one that nothing has, a database may not even compare."""

import re
from argparse import ArgumentTypeError

LARGEST = 2**52
"""Numbers of Telegram's have at most 52 bits, and ours stay below."""


def number(word: str, least: int = 0, most: int = LARGEST) -> int:
    """A whole number as it is typed at the command line. Refuses what is below `least`, or more than anything has."""
    if not re.fullmatch("[0-9]{1,16}", word) or not least <= int(word) <= most:
        raise ArgumentTypeError(f"{word!r} is no whole number from {least} to {most}")
    return int(word)


def some(word: str) -> int:
    """How many of something: 1 at least."""
    return number(word, 1)


def port(word: str) -> int:
    """Where something listens."""
    return number(word, 1, 65535)
