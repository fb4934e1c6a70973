"""The log of a drill: people grep for some of its lines, so they must be there."""

import contextlib
import logging
from collections.abc import Iterator


class Heard(logging.Handler):
    """Every log line of the drill, since people grep for some of them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def listening() -> Iterator[Heard]:
    """The drill hears the log instead of the terminal."""
    root, heard = logging.getLogger(), Heard()
    before, root.handlers, level = root.handlers, [heard], root.level
    root.setLevel(logging.INFO)
    try:
        yield heard
    finally:
        root.handlers = before
        root.setLevel(level)
