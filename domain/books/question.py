"""A question of the books, whose answer are the offenders against an invariant; and how one is narrowed to what was touched
since the entry `:since`.

What was touched is looked up once for all questions of a statement: a table's touched rows are `touched_<table>` there.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """An invariant, what its offenders have in common, and the SQL that finds them, whole or narrowed.

    Its `{rows}` are those of the table it is `about`: of a table in `TOUCHED` only the touched ones when it is narrowed. Its
    `{scope}` is then `scope`. One with neither is asked whole each time: it reads few rows, or cannot be narrowed.
    """

    invariant: str
    words: str
    sql: str
    scope: str = ""
    about: str = ""

    def text(self, *, narrowed: bool) -> str:
        rows = f"touched_{self.about}" if narrowed and self.about in TOUCHED else self.about
        return self.sql.replace("{rows}", rows).replace("{scope}", self.scope if narrowed else "")


OPEN = "IN (SELECT id FROM unsettled)"
"""Is its number that of a placement whose money moved since, or has yet to?"""
ESCROW = "AND e.id IN (SELECT reference_id FROM touched_ledger_entries)"
BOOKED = f"IN (SELECT p.channel_id FROM campaign_targets p WHERE p.id {OPEN})"
"""Is its channel that of such a placement?"""
TOUCHED = {
    "transfers": "l.key IN (SELECT transfer_key FROM touched_ledger_entries)",
    "wallets": "l.id IN (SELECT wallet_id FROM touched_ledger_entries)",
    "escrows": f"l.id {OPEN}",
    "post_jobs": f"l.id {OPEN}",
    "campaign_targets": f"l.id {OPEN}",
    "post_attempts": f"l.post_job_id {OPEN}",
    "post_checks": f"l.post_job_id {OPEN}",
    "campaigns": f"l.id IN (SELECT p.campaign_id FROM campaign_targets p WHERE p.id {OPEN})",
    "creatives": f"l.id IN (SELECT p.creative_id FROM campaign_targets p WHERE p.id {OPEN})",
    "channels": f"l.id {BOOKED}",
    "channel_managers": f"l.channel_id {BOOKED}",
    "offers": f"l.channel_id {BOOKED}",
    "deposits": """l.id IN (SELECT reference_id FROM touched_ledger_entries WHERE reason = 'deposit'
        UNION SELECT o.id FROM deposits o WHERE o.id > (SELECT MAX(m.id) FROM deposits m) - 1000)""",
    "withdrawals": """l.id IN (
        SELECT reference_id FROM touched_ledger_entries WHERE reason IN ('withdrawal_hold', 'withdrawal', 'withdrawal_return')
        UNION SELECT o.id FROM withdrawals o WHERE o.status IN ('requested', 'approved', 'sending', 'uncertain')
        UNION SELECT o.id FROM withdrawals o WHERE o.id > (SELECT MAX(m.id) FROM withdrawals m) - 1000)""",
    "proposals": f"l.campaign_target_id {OPEN}",
    "reports": "l.id > (SELECT MAX(o.id) FROM reports o) - 1000",
    "tickets": "l.id > (SELECT MAX(o.id) FROM tickets o) - 1000",
    "disputes": f"l.campaign_target_id {OPEN}",
    "dispute_steps": "l.id > (SELECT MAX(o.id) FROM dispute_steps o) - 1000",
    "kill_switch_flips": "l.epoch > (SELECT MAX(o.epoch) FROM kill_switch_flips o) - 1000",
    "notices": "l.id > (SELECT MAX(o.id) FROM notices o) - 10000",
    "ledger_entries": "l.id > :since",
}
"""Which rows `l` of a table are touched; where it is not said, all: it is small."""


def touched() -> str:
    """What stands before narrowed questions. A database looks up only what they ask for."""
    first = "ledger_entries"
    found = [f"touched_{first} AS MATERIALIZED (SELECT l.* FROM {first} l WHERE {TOUCHED[first]})"]
    found.append(
        f"unsettled AS MATERIALIZED (SELECT reference_id AS id FROM touched_{first}"
        " UNION SELECT h.id FROM escrows h WHERE h.status = 'held')"
    )
    found += [
        f"touched_{table} AS MATERIALIZED (SELECT l.* FROM {table} l WHERE {which})"
        for table, which in TOUCHED.items()
        if table != first
    ]
    return f"WITH {', '.join(found)} "


REPAIRED = """EXISTS (SELECT 1 FROM audit_events a WHERE a.noun = 'ledger_entries' AND a.subject = CAST(l.id AS TEXT)
    AND a.action = 'books.repair_entry' AND a.refusal IS NULL)"""
DISPUTES = Question(  # what is open comes first: SQLite joins in the order in which a CROSS JOIN is written
    "I6",
    "a job is in dispute without one that is open, or not in dispute although one is",
    """SELECT j.id AS subject, 'no open dispute' AS detail FROM post_jobs j WHERE j.disputed_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM disputes d WHERE d.campaign_target_id = j.id AND d.ended_at IS NULL)
       UNION ALL SELECT j.id, d.status FROM disputes d CROSS JOIN post_jobs j
       WHERE j.id = d.campaign_target_id AND d.ended_at IS NULL AND j.status = 'success' AND j.disputed_at IS NULL""",
)
