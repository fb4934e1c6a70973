"""A question of the books, whose answer are the offenders against an invariant; and the conditions that narrow it to what was
touched since the entry `:since`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """An invariant, what its offenders have in common, the SQL that finds them, and the condition that narrows it.

    A question without a scope is asked whole each time: it reads few rows, or cannot be narrowed.
    """

    invariant: str
    words: str
    sql: str
    scope: str = ""


ENTRY = "AND l.id > :since"
TRANSFER = "AND t.key IN (SELECT n.transfer_key FROM ledger_entries n WHERE n.id > :since)"
ESCROW = "AND e.id IN (SELECT n.reference_id FROM ledger_entries n WHERE n.id > :since)"
DEPOSIT = "AND d.id IN (SELECT n.reference_id FROM ledger_entries n WHERE n.id > :since AND n.reason = 'deposit')"
OPEN = """IN (SELECT n.reference_id FROM ledger_entries n WHERE n.id > :since
    UNION SELECT h.id FROM escrows h WHERE h.status = 'held')"""
"""Numbers of placements whose money moved since, or has yet to."""
REPAIRED = """EXISTS (SELECT 1 FROM audit_events a WHERE a.noun = 'ledger_entries' AND a.subject = CAST(l.id AS TEXT)
    AND a.action = 'books.repair_entry' AND a.refusal IS NULL)"""
WALLET = "AND w.id IN (SELECT n.wallet_id FROM ledger_entries n WHERE n.id > :since)"

DISPUTES = Question(
    "I6",
    "a job is in dispute without one that is open, or not in dispute although one is",
    """SELECT j.id AS subject, 'no open dispute' AS detail FROM post_jobs j WHERE j.disputed_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM disputes d WHERE d.campaign_target_id = j.id AND d.ended_at IS NULL)
       UNION ALL SELECT j.id, d.status FROM disputes d JOIN post_jobs j ON j.id = d.campaign_target_id
       WHERE d.ended_at IS NULL AND j.status = 'success' AND j.disputed_at IS NULL""",
)
