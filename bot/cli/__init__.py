"""`holdfast`: the command line. It works with Telegram down, and does what the chat does through the same gate.

Exit status: 0 done; 1 refused, a failed step, or books that are not clean; 2 a wrong command or setting, or a database that
cannot be used, said in one line; 3 a phase of a launch that waits.
Acts are audited under `--as ADMIN_ID`; halting works without it, as `system:shell`.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from contextlib import suppress

from bot import logs
from bot.cli import streams
from bot.cli.commands import parser
from bot.cli.console import NotWritten, complain
from bot.cli.reaching import CAUSES, first_line
from bot.clock import system_clock
from bot.settings import BadSettings, Settings, load
from domain.errors import Refused
from domain.ports import Clock

log = logging.getLogger(__name__)


async def attempted(settings: Settings, given: argparse.Namespace) -> int:
    """Runs a command that was read; answers its exit status."""
    try:
        return int(await given.run(settings, given))
    except BadSettings as wrong:
        complain(str(wrong))
        return 2
    except Refused as refused:
        from bot.cli.refusals import words

        complain(words(refused.refusal, getattr(given, "admin", None)))
        return 1
    except CAUSES as error:
        log.debug("the command failed", exc_info=error)
        complain(f"{type(error).__name__}: {first_line(error)} (`holdfast -v …` shows where)")
        return 2


async def typed(settings: Settings, words: Sequence[str], now: Clock = system_clock) -> int:
    """A line as it is typed, without the `holdfast`, in this process and by this clock."""
    given = parser().parse_args(words)
    given.now = now
    return await attempted(settings, given)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The quicker one, where there is one: not on Windows."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def main() -> None:
    """The command's entry point."""
    streams.prepare()
    status, why = 0, None
    try:
        status = _ran()
    except SystemExit as ended:  # the parser has said what is wrong, or what it was asked for
        status = ended.code if isinstance(ended.code, int) else 1
    except NotWritten as error:
        why = str(error)
    why = streams.flushed() or why
    if why is not None:
        status = status or 1
        with suppress(NotWritten):
            complain(f"not everything could be said ({why}); what was done is done")
        streams.flushed()
    sys.exit(status)


def _ran() -> int:
    given = parser().parse_args(streams.words())
    try:
        settings = load()
        logs.configure(settings, level=10 if given.verbose else 20)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            return runner.run(attempted(settings, given))
    except BadSettings as wrong:
        complain(str(wrong))
        return 2
    except KeyboardInterrupt:
        return 130
