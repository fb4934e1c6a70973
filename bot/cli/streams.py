"""Standard input, output and errors: all three are there, whoever started us, and take every character.

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
