"""Every command of `holdfast`, with its words: what may be typed, and what it is for."""

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from bot.cli import drills
from bot.clock import system_clock
from bot.numbers import number, port, some
from bot.settings import Settings

Command = Callable[[Settings, argparse.Namespace], Awaitable[int]]


@dataclass(frozen=True)
class Later:
    """A module of commands, imported when one of them runs: a halt need not wait until all that Telegram needs is loaded."""

    name: str

    def __getattr__(self, command: str) -> Command:
        async def run(settings: Settings, given: argparse.Namespace) -> int:
            return int(await getattr(import_module(f"bot.cli.{self.name}"), command)(settings, given))

        return run


def most(to: argparse.ArgumentParser) -> None:
    to.add_argument("--most", type=some, default=50, metavar="N", help="so many of them at most; 50 otherwise")


def numbered(
    to: argparse.ArgumentParser, name: str = "number", words: str = "its number, as the list shows it"
) -> None:
    to.add_argument(name, type=number, help=words)


def because(to: argparse.ArgumentParser, least: str = "+") -> None:
    to.add_argument("reason", nargs=least, default=[], help="why, in your own words, which are kept with it")


@cache
def parser() -> argparse.ArgumentParser:
    """Every command, with its help. Made once in a process: a drill types many lines."""
    acts, database, desk, doctor, house, launching, ledger, outside, watchdog, out = map(
        Later,
        ("acts", "database", "desk", "doctor", "house", "launching", "ledger", "reserves", "watchdog", "withdrawals"),
    )
    arguing = Later("disputes")
    top = argparse.ArgumentParser(
        prog="holdfast", description="An advertising marketplace with escrow, as a Telegram bot."
    )
    top.add_argument("-v", "--verbose", action="store_true", help="log more")
    top.set_defaults(now=system_clock)
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
    migrate = add(commands, "migrate", database.migrate, "create the database or bring it up to date (owner's address)")
    migrate.add_argument(
        "--roles", action="store_true", help="on PostgreSQL also make the application's login and those who only read"
    )
    backup = add(commands, "backup", database.backup, "copy a SQLite database that is in use to a new file")
    backup.add_argument("file", type=Path, help="the new file; one that is there is not overwritten")
    add(commands, "demo", house.demo, "play the main job on embedded defaults and print it")
    sandbox = add(
        commands, "sandbox", house.sandbox, "a local Telegram, the bot in it, and a page to be several people"
    )
    sandbox.add_argument("--port", type=port, default=8081, help="where it listens; 8081 otherwise")
    sandbox.add_argument("--host", default="127.0.0.1", help="where it listens; 0.0.0.0 in a container")

    switch = group("switch", "kill switches: ENABLED permits, HALTED forbids")
    add(switch, "init", acts.switch_init, "make the missing switches, all HALTED")
    add(switch, "list", acts.switch_list, "the board")
    for name, act, words in (
        ("halt", acts.switch_halt, "forbid, at once"),
        ("resume", acts.switch_resume, "permit again"),
    ):
        one = add(switch, name, act, words)
        one.add_argument("key", help="which switch, or `all`" if name == "halt" else "which switch")
        because(one, "*" if name == "halt" else "+")

    books = group("books", "the ledger")
    check = add(books, "check", ledger.check, "do all invariants hold? names every offender")
    check.add_argument("--incremental", action="store_true", help="only what was touched since the last checkpoint")
    statement = add(books, "statement", ledger.statement, "the entries of a wallet, newest first")
    statement.add_argument("wallet", help="its address, like user:7:XTR or escrow:42")
    statement.add_argument("--before", type=number, default=0, metavar="ENTRY", help="only older ones")
    most(statement)
    add(books, "checkpoint", ledger.checkpoint, "seal what was appended so far")
    reserves = add(books, "reserves", outside.reserves, "does what the bot holds cover what it owes?")
    reserves.add_argument("--outside", type=number, default=0, help="Stars declared to lie elsewhere")
    rebuild = add(books, "rebuild", ledger.rebuild, "set a balance to the sum of its entries (owner's address)")
    rebuild.add_argument("wallet", help="its address, as `books check` names it under I1")
    repair = add(
        books, "repair", ledger.repair, "complete a forged entry, or hold a forged escrow again (owner's address)"
    )
    repair.add_argument("what", help="the number of an entry, or escrow:ID")
    adjust = add(books, "adjust", ledger.adjust, "a correction from one wallet to another")
    adjust.add_argument("key", help="what makes it unique, like a ticket's number")
    adjust.add_argument("source", help="the address of the wallet from which it goes, like losses:XTR")
    adjust.add_argument("destination", help="the address of the wallet into which it comes, like user:7:XTR")
    adjust.add_argument("amount", type=some, help="how many Stars, 1 at least")
    for mending in (rebuild, repair, adjust):
        mending.add_argument("--evidence", required=True, help="what others can check")
        mending.add_argument("--countersign", type=number, metavar="N", help="another admin's signature")

    jobs = group("jobs", "post jobs")
    add(jobs, "review", acts.jobs_review, "the jobs that a person should look at")
    verdict = add(jobs, "verdict", acts.jobs_verdict, "decide about a job; the money follows")
    numbered(verdict, "job", "the number of its placement")
    verdict.add_argument(
        "to",
        choices=("success", "failed", "removed"),
        help="it is up; it was never published; it was taken down before its time",
    )
    verdict.add_argument("--evidence", required=True, help="what others can check")
    verdict.add_argument(
        "--message", type=number, help="the number of the message (of an album, the first) in the channel, for success"
    )

    verdict.add_argument("--countersign", type=number, metavar="N", help="another admin's signature, above the limit")
    switch.choices["resume"].add_argument(
        "--unlimited", action="store_true", help="clear the limit that it carries; otherwise that stays"
    )
    switch.choices["resume"].add_argument(
        "--countersign", type=number, metavar="N", help="for money_movement, in production"
    )

    most(add(jobs, "overdue", desk.jobs_overdue, "held prices that should have been resolved by now"))
    aside = add(jobs, "aside", acts.jobs_aside, "take a failed job out of the review")
    numbered(aside, "job", "the number of its placement")
    aside.add_argument("--reason", required=True, help="why it needs nobody any more")
    retry = add(jobs, "retry-as-new", desk.jobs_retry, "book a failed and refunded placement anew, as a new one")
    numbered(retry, "job", "the number of its placement")

    proposals = group("proposals", "other terms that publishers ask for")
    most(add(proposals, "list", desk.proposal_list, "what waits for an advertiser's answer"))
    reports = group("reports", "what people report about channels, posts and people")
    most(add(reports, "list", desk.report_list, "open ones, oldest first"))
    numbered(add(reports, "show", desk.report_show, "one of them, with what it is about"))
    for name, upheld, words in (("uphold", True, "it was right"), ("dismiss", False, "nothing was found")):
        one = add(reports, name, desk.report_judge, f"{words}; its reporter is told, with the reason")
        one.set_defaults(upheld=upheld)
        numbered(one)
        because(one)
    queues = add(commands, "queues", desk.queues, "what waits for a person, and where to see it")
    find = add(commands, "find", desk.find, "whatever a number, @name, link, title, key or charge may mean")
    find.add_argument("words", nargs="+", help="what you have of it")
    trail = add(commands, "audit", desk.audit_trail, "who did what to what, and what was refused; newest first")
    trail.add_argument("--who", help="7, or an actor like system:settlement")
    trail.add_argument("--act", help="like escrow.release")
    trail.add_argument("--about", metavar="KIND:ID", help="like placement:42, users:7, channels:3, tickets:9")
    trail.add_argument("--since", help="2026-03-01T12:30 (UTC), or how long ago: 30m, 12h, 3d")
    trail.add_argument("--refused", action="store_true", help="only what was refused")
    trail.add_argument("--before", type=number, default=0, metavar="EVENT", help="only older ones")
    most(trail)
    add(commands, "doctor", doctor.doctor, "is everything as it should be? says what to do").add_argument(
        "--channels", type=number, default=20, help="in so many channels at most the bot's rights are looked at"
    )

    blocking = []
    for name, blocked, words in (
        ("block", True, "keep a user or a channel from anything new; what runs goes on"),
        ("unblock", False, "no longer"),
    ):
        one = add(commands, name, desk.block, words)
        one.set_defaults(blocked=blocked)
        one.add_argument("what", choices=("user", "channel"), help="whom or what it is about")
        one.add_argument("who", help="a number with us, a @name or a link")
        because(one)
        blocking.append(one)

    staff = group("staff", "admins and operators")
    add(staff, "list", desk.staff_list, "who belongs to it")
    for name, operator, words in (("appoint", True, "make an operator"), ("dismiss", False, "no longer an operator")):
        one = add(staff, name, desk.staff_change, words)
        one.set_defaults(operator=operator)
        one.add_argument("who", help="a Telegram number or a @name")
        because(one)

    ticket = group("ticket", "what people say is wrong, closed with a statement from the ledger")
    opened = add(ticket, "open", desk.ticket_open, "write down what somebody says is wrong; the staff is told")
    opened.add_argument("user", type=number, help="their Telegram number")
    opened.add_argument("words", nargs="+", help="what they say")
    listed = add(ticket, "list", desk.ticket_list, "the open ones, oldest first")
    listed.add_argument("--closed", action="store_true", help="the closed ones, newest first")
    most(listed)
    numbered(add(ticket, "show", desk.ticket_show, "one of them, with what the ledger says"))
    closed = add(ticket, "close", desk.ticket_close, "answer one; its person is told, with a statement of their wallet")
    numbered(closed)
    closed.add_argument("--evidence", required=True, help="what others can check")

    paying = group("withdrawals", "what people ask for, paid by hand and recorded with evidence")
    to_pay = add(paying, "list", out.listed, "the open ones, oldest first")
    to_pay.add_argument("--ended", action="store_true", help="the ended ones, newest first")
    most(to_pay)
    for name, act, words in (
        ("show", out.show_one, "one of them, with where it is to be paid"),
        ("approve", out.approve, "it may be paid"),
        ("reject", out.reject, "it is not paid, and goes back; its person is told why"),
        ("send", out.send, "you begin to pay it, so that nobody else does"),
        ("paid", out.paid, "it was paid outside; the money leaves the books"),
        ("uncertain", out.uncertain, "nobody can tell whether it was paid"),
        ("return", out.returned, "it did not arrive, and goes back"),
    ):
        numbered(add(paying, name, act, words))
    for name in ("approve", "reject", "return"):
        paying.choices[name].add_argument(
            "--countersign", type=number, metavar="N", help="another admin's signature, above the limit, in production"
        )
    paying.choices["paid"].add_argument("--reference", required=True, help="what the provider calls the payment")
    paying.choices["return"].add_argument("--evidence", required=True, help="what others can check")
    for name in ("reject", "uncertain"):
        because(paying.choices[name])
    disputes = group("disputes", "what the sides of a placement do not agree about")
    listed = add(disputes, "list", arguing.list_, "the open ones, oldest first")
    listed.add_argument("--waiting", action="store_true", help="only those that wait for a judge")
    most(listed)
    numbered(add(disputes, "show", arguing.show_one, "one of them, with its history"))
    judged = add(disputes, "judge", arguing.judge, "decide one, or its appeal; the money follows when that is final")
    numbered(judged)
    judged.add_argument(
        "share", help="the publisher's part of the price: refund, release, half, 30%% or a number of Stars"
    )
    judged.add_argument("--evidence", required=True, help="what others can check")
    judged.add_argument("--countersign", type=number, metavar="N", help="another admin's signature, above the limit")

    countersign = group("countersign", "signatures of a second admin")
    add(countersign, "list", acts.countersign_list, "what waits to be signed or used")
    sign = add(countersign, "sign", acts.countersign_sign, "sign what another admin asked for")
    numbered(sign)

    launch = group("launch", "open the house by the checklist; if any step fails, do not launch")
    phase = add(launch, "run", launching.run, "run a phase, or go on with it: 0 to 5, in their order")
    phase.add_argument("phase", type=number, choices=range(6), metavar="N", help="the phase, 0 to 5")
    phase.add_argument("--advertiser", type=number, metavar="ID", help="who advertises (phase 2, like the next three)")
    phase.add_argument("--publisher", type=number, metavar="ID", help="who publishes")
    phase.add_argument("--channel", metavar="ID", help="the publisher's channel: its number at Telegram, or @name")
    phase.add_argument("--price", type=number, metavar="STARS", help="what the first placement costs")
    phase.add_argument("--watch", type=number, metavar="MINUTES", help="how long phase 5 watches")
    phase.add_argument("--log", type=Path, metavar="FILE", help="where the processes log, for phase 5")
    phase.add_argument("--wait", type=number, default=0, metavar="SECONDS", help="keep looking while a step waits")
    add(launch, "status", launching.status, "every phase and step with its evidence")
    undo = add(launch, "rollback", launching.rollback, "halt everything a launch resumes; a new one begins at phase 0")
    because(undo, "*")

    drill = add(commands, "drill", drills.drill, "play an incident, from the injection to the first operation after it")
    drill.add_argument("name", choices=(*drills.NAMES, "all"), help="which incident, or all in a row")
    drill.add_argument("--report", type=Path, metavar="FILE", help="also write it there, as Markdown")

    by_hand = group("watchdog", "the watchdogs by hand, whatever the switches say")
    now = "what a watchdog does, at once"
    watching = by_hand.add_parser("run", help=now, description=now).add_subparsers(metavar="WHICH", required=True)
    add(watching, "escrows", watchdog.escrows, "fail what was never started and is past its deadline")

    for acting in (
        *launch.choices.values(),
        *watching.choices.values(),
        *countersign.choices.values(),
        *switch.choices.values(),
        *books.choices.values(),
        *jobs.choices.values(),
        *ticket.choices.values(),
        *paying.choices.values(),
        *proposals.choices.values(),
        *reports.choices.values(),
        *staff.choices.values(),
        *disputes.choices.values(),
        *blocking,
        queues,
        find,
        trail,
    ):
        acting.add_argument("--as", dest="admin", type=number, metavar="ADMIN_ID", help="the admin who acts")
    return top
