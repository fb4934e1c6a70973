"""The invariants of every row, made from tables: I9, its status and its times; I15, its amounts; I16, what it refers to."""

from collections.abc import Iterator

from domain.base import Base
from domain.books import outgoing
from domain.books.question import Question
from domain.flow import FLOWS
from domain.money import MOST

TIMES = {
    "post_jobs": """(l.status = 'sending') <> (l.lease_token IS NOT NULL)
        OR (l.status = 'failed') <> (l.failure IS NOT NULL)
        OR (l.status IN ('success', 'removed')) <> (l.published_at IS NOT NULL)
        OR (l.status IN ('failed', 'removed')) <> (l.ended_at IS NOT NULL)
        OR (l.served_at IS NOT NULL AND l.status <> 'success') OR (l.disputed_at IS NOT NULL AND l.status <> 'success')""",
    "escrows": "(l.status = 'held') <> (l.resolved_at IS NULL)",
    "campaign_targets": "(l.approval = 'waiting') <> (l.decided_at IS NULL)",
    "disputes": """(l.status IN ('settled', 'final', 'withdrawn', 'moot')) <> (l.ended_at IS NOT NULL)
        OR (l.status IN ('talks', 'decided')) <> (l.until IS NOT NULL)
        OR (l.status IN ('settled', 'decided', 'appealed', 'final') AND l.share IS NULL)""",
    "tickets": """(l.status = 'closed') <> (l.closed_at IS NOT NULL) OR (l.closed_at IS NULL) <> (l.statement IS NULL)""",
    "proposals": """(l.status = 'made') <> (l.ended_at IS NULL) OR (l.status = 'made' AND EXISTS (
        SELECT 1 FROM campaign_targets o WHERE o.id = l.campaign_target_id AND o.approval <> 'waiting'))""",
    "reports": "(l.status = 'open') <> (l.ended_at IS NULL)",
    "withdrawals": outgoing.TIMES,
    "deposits": """(l.status = 'invoiced') <> (l.received_at IS NULL)
        OR (l.status = 'credited' AND l.credited_at IS NULL)
        OR (l.status IN ('invoiced', 'received') AND l.credited_at IS NOT NULL)
        OR (l.status = 'reversed' AND l.taken_back_at IS NULL)""",
    "post_attempts": """(l.status IN ('prepared', 'started')) <> (l.ended_at IS NULL)
        OR (l.status = 'started' AND l.started_at IS NULL)""",
    "countersigns": """(l.status = 'used') <> (l.used_at IS NOT NULL)
        OR (l.status IN ('signed', 'used') AND (l.signed_at IS NULL OR l.signed_by IS NULL))
        OR (l.status = 'asked' AND (l.signed_at IS NOT NULL OR l.signed_by IS NOT NULL))""",
    "notices": """(l.status = 'owed') <> (l.ended_at IS NULL) OR (l.status <> 'sent' AND l.message_id IS NOT NULL)""",
    "launch_runs": """(l.status = 'running') <> (l.ended_at IS NULL)
        OR (l.status <> 'running' AND l.lease_until IS NOT NULL)""",
}


def named(table: str) -> str:
    """SQL that names a row `l`: its table and its key."""
    key = " || ' ' || ".join(f"l.{column.name}" for column in Base.metadata.tables[table].primary_key)
    return f"'{table} ' || {key}"


def statuses() -> Iterator[Question]:
    """I9: every status is consistent with its row's times, and no status is outside its flow."""
    for table, unfit in TIMES.items():
        column = "approval" if table == "campaign_targets" else "status"
        yield Question(
            "I9",
            "its status and its times do not fit",
            f"SELECT {named(table)} AS subject, l.{column} AS detail FROM {{rows}} l WHERE ({unfit})",
            about=table,
        )
    for guarded in FLOWS:
        known = ", ".join(f"'{status}'" for status in guarded.steps)
        yield Question(
            "I9",
            f"{guarded.table}.{guarded.column} is no status of its flow",
            f"""SELECT {named(guarded.table)} AS subject, l.{guarded.column} AS detail FROM {{rows}} l
                WHERE l.{guarded.column} NOT IN ({known})""",
            about=guarded.table,
        )


def references() -> Iterator[Question]:
    """I16: nothing refers to what is not there. (Foreign keys hold most of it; SQLite's can be switched off.)"""
    target = Base.metadata.tables["campaign_targets"].c
    keys = {key.parent: key.column for table in Base.metadata.tables.values() for key in table.foreign_keys}
    for column, other in sorted((keys | {target.retry_of: target.id}).items(), key=lambda key: str(key[0])):
        table = column.table.name
        yield Question(
            "I16",
            f"{column} refers to nothing:",
            f"""SELECT {named(table)} AS subject, l.{column.name} AS detail FROM {{rows}} l WHERE l.{column.name} IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM {other.table.name} o WHERE o.{other.name} = l.{column.name})""",
            about=table,
        )
    yield Question(
        "I16",
        "a person's wallet without the person:",
        """SELECT l.id AS subject, l.owner_id AS detail FROM {rows} l
           WHERE l.kind = 'user' AND NOT EXISTS (SELECT 1 FROM users o WHERE o.id = l.owner_id)""",
        about="wallets",
    )


LARGEST = 1000 * MOST
"""More than any balance can be, and little enough that SQLite adds thousands of them up."""
INTEGERS = (
    ("wallets", "balance"),
    ("ledger_entries", "amount"),
    ("transfers", "amount"),
    ("escrows", "amount"),
    ("withdrawals", "amount"),
    ("deposits", "amount"),
    ("offers", "price"),
    ("campaign_targets", "price"),
    ("proposals", "price"),
    ("post_jobs", "share"),
    ("disputes", "advertiser_share"),
    ("disputes", "publisher_share"),
    ("disputes", "share"),
    ("dispute_steps", "share"),
    *((table, limit) for table in ("kill_switches", "kill_switch_flips") for limit in ("max_amount", "max_open")),
)


def integers() -> Iterator[Question]:
    """I15, on SQLite: every amount is an integer, and no larger than can be added up; some may be missing."""
    for table, column in INTEGERS:
        kinds = "'integer', 'null'" if Base.metadata.tables[table].c[column].nullable else "'integer'"
        yield Question(
            "I15",
            f"{table}.{column} is no integer, or larger than there can be:",
            f"""SELECT {named(table)} AS subject, l.{column} AS detail FROM {{rows}} l
                WHERE typeof(l.{column}) NOT IN ({kinds}) OR l.{column} NOT BETWEEN -{LARGEST} AND {LARGEST}""",
            about=table,
        )
