"""What was typed, and standard input, output and errors: all are there, whoever started us, and take every character.

A closed one would be the number of the next file that is opened, which may be the database; so it is opened first, on nothing.
"""

import io
import os
import sys

NAMES = ("stdin", "stdout", "stderr")


def prepare() -> None:
    for number, name in enumerate(NAMES):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest number that is free: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))
        stream = getattr(sys, name)
        if number and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def words() -> list[str]:
    """What follows the command's name. Bytes that are no UTF-8, like those of a terminal of another encoding, are told by number:
    nobody could write them down, and whoever halts must not be refused for them."""
    return [word.encode(errors="backslashreplace").decode() for word in sys.argv[1:]]


def flushed() -> str | None:
    """Writes what is left; answers why not, if that cannot be. What cannot be written is not tried again."""
    why = None
    for number, name in enumerate(NAMES[1:], 1):
        try:
            getattr(sys, name).flush()
        except OSError as error:
            why = error.strerror
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    return why
