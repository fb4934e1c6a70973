"""`holdfast`: the command line. It works with Telegram down, and does what the chat does through the same gate.

Exit status: 0 done; 1 refused, or the books are not clean; 2 a wrong command or setting, said in one line.
Acts are audited under `--as ADMIN_ID`; halting works without it, as `system:shell`.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from bot import logs
from bot.cli import acts, house
from bot.cli.console import complain
from bot.settings import BadSettings, Settings, load
from domain.errors import Refused

Command = Callable[[Settings, argparse.Namespace], Awaitable[int]]


def parser() -> argparse.ArgumentParser:
    """Every command, with its help."""
    top = argparse.ArgumentParser(
        prog="holdfast", description="An advertising marketplace with escrow, as a Telegram bot."
    )
    top.add_argument("-v", "--verbose", action="store_true", help="log more")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def add(
        under: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Command, words: str
    ) -> argparse.ArgumentParser:
        made = under.add_parser(name, help=words, description=words)
        made.set_defaults(run=run)
        return made

    def group(name: str, words: str) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
        return commands.add_parser(name, help=words, description=words).add_subparsers(metavar="COMMAND", required=True)

    run = add(commands, "run", house.run, "run the bot and the scheduler")
    run.add_argument("--only", choices=("bot", "scheduler"), help="only this part, in this process")
    add(commands, "migrate", house.migrate, "create the database or bring it up to date")
    add(commands, "demo", house.demo, "play the main job on embedded defaults and print it")
    sandbox = add(
        commands, "sandbox", house.sandbox, "a local Telegram, the bot in it, and a page to be several people"
    )
    sandbox.add_argument("--port", type=int, default=8081)

    switch = group("switch", "kill switches: ENABLED permits, HALTED forbids")
    add(switch, "init", acts.switch_init, "make the missing switches, all HALTED")
    add(switch, "list", acts.switch_list, "the board")
    for name, act, words in (
        ("halt", acts.switch_halt, "forbid, at once"),
        ("resume", acts.switch_resume, "permit again"),
    ):
        one = add(switch, name, act, words)
        one.add_argument("key", help="which switch, or `all`" if name == "halt" else "which switch")
        one.add_argument("reason", nargs="+")

    books = group("books", "the ledger")
    add(books, "check", acts.books_check, "do all invariants hold? names every offender")

    jobs = group("jobs", "post jobs")
    add(jobs, "review", acts.jobs_review, "the jobs that a person should look at")
    verdict = add(jobs, "verdict", acts.jobs_verdict, "decide about a job; the money follows")
    verdict.add_argument("job", type=int)
    verdict.add_argument("to", choices=("success", "failed", "removed"))
    verdict.add_argument("--evidence", required=True, help="what others can check")
    verdict.add_argument("--message", type=int, help="the number of the message in the channel, for success")

    for acting in (*switch.choices.values(), *books.choices.values(), *jobs.choices.values()):
        acting.add_argument("--as", dest="admin", type=int, metavar="ADMIN_ID", help="the admin who acts")
    return top


def main() -> None:
    """The command's entry point."""
    given = parser().parse_args()
    try:
        settings = load()
        logs.configure(settings, level=10 if given.verbose else 20)
        status = asyncio.run(given.run(settings, given))
    except BadSettings as wrong:
        complain(str(wrong))
        status = 2
    except Refused as refused:
        complain(house.words(refused.refusal))
        status = 1
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
