"""A launch is the checklist by which a house is opened: six phases of named steps, each with its evidence on record.

If any step fails, do not launch: a failed step fails its phase, what the phase had resumed is HALTED again in the same
transaction, and no later phase begins. A phase begins only if the one before passed on the same build and the same database, and
once it has passed it is not run again in that launch: P0 begins a new one. One run at a time. Evidence is only added to. What
somebody halts meanwhile is resumed by a person: the launch fails there, and says so.
"""

from domain.launch.came import Came, Facts, Step
from domain.launch.closed import BUILD
from domain.launch.halts import HaltedSince, OtherLimit
from domain.launch.opening import ALARMS, LINES, OPENED
from domain.launch.queries import (
    Board,
    Line,
    Shown,
    board,
    draft_of,
    events_since,
    examine,
    last_event,
    offered,
    picture,
    placed_in,
    run_of,
    to_do,
)
from domain.launch.row import DatabaseIdentity, LaunchRun, LaunchStep, Outcome, Phase, Status
from domain.launch.running import (
    LEASE,
    PRICE,
    WATCH,
    BadLaunchSetup,
    LaunchBusy,
    LaunchMoved,
    NoTestPeople,
    NotInOrder,
    PhasePassed,
    begin,
    open_wallets,
    record,
    rest,
    resume,
    rollback,
)
from domain.launch.smoke import TARGETS, Placed
from domain.launch.steps import PHASES

__all__ = [
    "ALARMS",
    "BUILD",
    "LEASE",
    "LINES",
    "OPENED",
    "PHASES",
    "PRICE",
    "TARGETS",
    "WATCH",
    "BadLaunchSetup",
    "Board",
    "Came",
    "DatabaseIdentity",
    "Facts",
    "HaltedSince",
    "LaunchBusy",
    "LaunchMoved",
    "LaunchRun",
    "LaunchStep",
    "Line",
    "NoTestPeople",
    "NotInOrder",
    "OtherLimit",
    "Outcome",
    "Phase",
    "PhasePassed",
    "Placed",
    "Shown",
    "Status",
    "Step",
    "begin",
    "board",
    "draft_of",
    "events_since",
    "examine",
    "last_event",
    "offered",
    "open_wallets",
    "picture",
    "placed_in",
    "record",
    "rest",
    "resume",
    "rollback",
    "run_of",
    "to_do",
]
