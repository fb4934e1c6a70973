"""Numbers as people type them and buttons carry them: with one that nothing has, a database may not even compare."""

import re
from argparse import ArgumentTypeError

LARGEST = 2**52
"""Numbers of Telegram's have at most 52 bits, and ours stay below."""


def number(word: str) -> int:
    """A whole number as it is typed at the command line. Refuses what is below 0, or more than anything has."""
    if not re.fullmatch("[0-9]{1,16}", word) or int(word) > LARGEST:
        raise ArgumentTypeError(f"{word!r} is no whole number from 0 to {LARGEST}")
    return int(word)
