"""The invariants as questions in SQL. A question answers the rows that offend, so an empty answer is a clean book.

Every question is asked of everything, or only of what was touched since an entry: then its `{scope}` narrows it by the bound
parameter `:since`. The numbers are those of SAFETY.md section 2.
"""

from collections.abc import Iterator

from domain import (  # noqa: F401  (every noun has its rows)
    agreements,
    approvals,
    audit,
    blocks,
    checks,
    countersigns,
    finds,
    heartbeats,
    kill_switches,
    payments,
    reports,
    searches,
    tickets,
    users,
)
from domain.books.question import Question
from domain.flow import FLOWS
from domain.ledger import GATES

ENTRY = "AND l.id > :since"
TRANSFER = "AND t.key IN (SELECT n.transfer_key FROM ledger_entries n WHERE n.id > :since)"
ESCROW = "AND e.id IN (SELECT n.reference_id FROM ledger_entries n WHERE n.id > :since)"
WALLET = "AND w.id IN (SELECT n.wallet_id FROM ledger_entries n WHERE n.id > :since)"
DEPOSIT = "AND d.id IN (SELECT n.reference_id FROM ledger_entries n WHERE n.id > :since AND n.reason = 'deposit')"
OPEN = """IN (SELECT n.reference_id FROM ledger_entries n WHERE n.id > :since
    UNION SELECT h.id FROM escrows h WHERE h.status = 'held')"""
"""Numbers of placements whose money moved since, or has yet to."""
REPAIRED = """EXISTS (SELECT 1 FROM audit_events a WHERE a.noun = 'ledger_entries' AND a.subject = CAST(l.id AS TEXT)
    AND a.action = 'books.repair_entry' AND a.refusal IS NULL)"""

QUESTIONS: list[Question] = [
    Question(
        "I1",
        "balance differs from the entries by",
        """SELECT w.id AS subject, w.balance - COALESCE(SUM(l.amount), 0) AS detail
           FROM wallets w LEFT JOIN ledger_entries l ON l.wallet_id = w.id
           WHERE 1 = 1 {scope}
           GROUP BY w.id, w.balance HAVING w.balance <> COALESCE(SUM(l.amount), 0)""",
        f"AND w.kind IN ('user', 'escrow', 'withdrawal') {WALLET}",
    ),
    Question(
        "I2",
        "the entries of a transfer sum to",
        """SELECT l.transfer_key AS subject, SUM(l.amount) AS detail
           FROM ledger_entries l WHERE 1 = 1 {scope} GROUP BY l.transfer_key HAVING SUM(l.amount) <> 0""",
        "AND l.transfer_key IN (SELECT n.transfer_key FROM ledger_entries n WHERE n.id > :since)",
    ),
    Question(
        "I2",
        "entries that tell of their transfer, of two",
        """SELECT t.key AS subject, COUNT(l.id) AS detail
           FROM transfers t LEFT JOIN ledger_entries l ON l.transfer_key = t.key AND l.reason = t.reason
             AND ((l.wallet_id = t.source_id AND l.amount = -t.amount)
               OR (l.wallet_id = t.destination_id AND l.amount = t.amount))
           WHERE 1 = 1 {scope} GROUP BY t.key HAVING COUNT(l.id) <> 2""",
        TRANSFER,
    ),
    Question(
        "I2",
        "an entry that is not its transfer's, and was not repaired: entry",
        f"""SELECT l.transfer_key AS subject, l.id AS detail
           FROM ledger_entries l JOIN transfers t ON t.key = l.transfer_key
           WHERE NOT ((l.wallet_id = t.source_id AND l.amount = -t.amount)
             OR (l.wallet_id = t.destination_id AND l.amount = t.amount)) AND NOT {REPAIRED} {{scope}}""",
        ENTRY,
    ),
    Question(
        "I3",
        "all wallets of a currency sum to",
        "SELECT currency AS subject, SUM(balance) AS detail FROM wallets GROUP BY currency HAVING SUM(balance) <> 0",
    ),
    Question(
        "I4",
        "the escrow's wallet should hold its amount while held, else nothing; it differs by",
        """SELECT e.id AS subject, COALESCE(w.balance, 0) - CASE e.status WHEN 'held' THEN e.amount ELSE 0 END AS detail
           FROM escrows e LEFT JOIN wallets w ON w.id = 'escrow:' || e.campaign_target_id
           WHERE COALESCE(w.balance, 0) <> CASE e.status WHEN 'held' THEN e.amount ELSE 0 END {scope}""",
        ESCROW,
    ),
    Question(
        "I4",
        "an escrow's wallet without an escrow holds",
        """SELECT w.id AS subject, w.balance AS detail FROM wallets w
           WHERE w.kind = 'escrow' AND NOT EXISTS (SELECT 1 FROM escrows e WHERE e.campaign_target_id = w.owner_id) {scope}""",
        WALLET,
    ),
    Question(
        "I5",
        "held, paid out, fee, rebate and refunded do not fit its status and amount",
        """SELECT subject, detail FROM (
             SELECT e.id AS subject, e.status, e.amount, s.holds, s.held, s.payouts, s.paid, s.rest, s.refunds, s.refunded,
               e.status || ' ' || e.amount || ': hold ' || s.held || ', payout ' || s.paid || ', fee and rebate ' || s.rest
                 || ', refund ' || s.refunded AS detail
             FROM escrows e JOIN (
               SELECT e.id,
                 SUM(CASE WHEN t.reason = 'escrow_hold' THEN 1 ELSE 0 END) AS holds,
                 SUM(CASE WHEN t.reason = 'escrow_hold' THEN t.amount ELSE 0 END) AS held,
                 SUM(CASE WHEN t.reason = 'payout' THEN 1 ELSE 0 END) AS payouts,
                 SUM(CASE WHEN t.reason = 'payout' THEN t.amount ELSE 0 END) AS paid,
                 SUM(CASE WHEN t.reason IN ('fee', 'rebate') THEN t.amount ELSE 0 END) AS rest,
                 SUM(CASE WHEN t.reason = 'refund' THEN 1 ELSE 0 END) AS refunds,
                 SUM(CASE WHEN t.reason = 'refund' THEN t.amount ELSE 0 END) AS refunded
               FROM escrows e LEFT JOIN transfers t ON t.reference_id = e.campaign_target_id
                 AND t.reason IN ('escrow_hold', 'payout', 'fee', 'rebate', 'refund')
               WHERE 1 = 1 {scope} GROUP BY e.id) s ON s.id = e.id) x
           WHERE holds <> 1 OR held <> amount
             OR (status = 'held' AND (payouts <> 0 OR refunds <> 0 OR rest <> 0))
             OR (status = 'released' AND (payouts <> 1 OR refunds <> 0 OR paid + rest <> amount))
             OR (status = 'refunded' AND (payouts <> 0 OR refunds <> 1 OR rest <> 0 OR refunded <> amount))""",
        ESCROW,
    ),
    Question(
        "I5",
        "payout and fee are not the part of the price that was served, but",
        """SELECT e.id AS subject, SUM(t.amount) AS detail FROM escrows e JOIN post_jobs j ON j.id = e.id
           LEFT JOIN transfers t ON t.reference_id = e.id AND t.reason IN ('payout', 'fee')
           WHERE e.status = 'released' {scope} GROUP BY e.id, e.amount, j.share
           HAVING COALESCE(SUM(t.amount), 0) <> COALESCE(j.share, e.amount)""",
        ESCROW,
    ),
    Question(
        "I6",
        "escrow, job and placement disagree",
        """SELECT t.id AS subject, e.status || ', ' || COALESCE(j.status, 'no job') || ', ' || t.status AS detail
           FROM escrows e JOIN campaign_targets t ON t.id = e.campaign_target_id
           LEFT JOIN post_jobs j ON j.campaign_target_id = t.id
           WHERE (NOT (
             (e.status = 'held' AND t.status = 'pending' AND j.status IS NOT NULL)
             OR (e.status = 'released' AND j.status = 'success' AND j.served_at IS NOT NULL AND t.status = 'posted')
             OR (e.status = 'refunded' AND j.status IN ('failed', 'removed') AND t.status = 'refunded')
           ) OR j.status IS NULL) {scope}""",
        ESCROW,
    ),
    Question(
        "I7",
        "a placement has a job without an escrow, or the reverse, or is resolved without either",
        """SELECT e.id AS subject, COUNT(s.id) || ' escrows, ' || COUNT(j.id) || ' jobs, ' || e.status AS detail
           FROM campaign_targets e LEFT JOIN escrows s ON s.campaign_target_id = e.id
           LEFT JOIN post_jobs j ON j.campaign_target_id = e.id
           WHERE 1 = 1 {scope} GROUP BY e.id, e.status
           HAVING COUNT(s.id) > 1 OR COUNT(s.id) <> COUNT(j.id) OR (COUNT(s.id) = 0 AND e.status <> 'pending')""",
        ESCROW,
    ),
    Question(
        "I8",
        "a wallet that may not be negative holds",
        """SELECT w.id AS subject, w.balance AS detail FROM wallets w
           WHERE w.balance < 0 AND w.kind NOT IN ('external', 'losses') {scope}""",
        WALLET,
    ),
    Question(
        "I10",
        "attempts that may have been sent",
        """SELECT l.post_job_id AS subject, COUNT(*) AS detail FROM post_attempts l
           WHERE l.status NOT IN ('prepared', 'dropped', 'refused', 'not_sent') {scope}
           GROUP BY l.post_job_id HAVING COUNT(*) > 1""",
        f"AND l.post_job_id {OPEN}",
    ),
    Question(
        "I10",
        "jobs that claim the same message",
        """SELECT l.chat_id || '/' || l.message_id AS subject, COUNT(*) AS detail FROM post_jobs l
           WHERE l.message_id IS NOT NULL {scope} GROUP BY l.chat_id, l.message_id HAVING COUNT(*) > 1""",
        f"AND (l.chat_id, l.message_id) IN (SELECT o.chat_id, o.message_id FROM post_jobs o WHERE o.id {OPEN})",
    ),
    Question(
        "I13",
        "a charge was credited, and how often",
        """SELECT d.charge_id AS subject, COUNT(t.key) AS detail FROM deposits d
           LEFT JOIN transfers t ON t.key = 'deposit:' || d.charge_id AND t.reason = 'deposit' AND t.amount = d.amount
             AND t.destination_id = 'user:' || d.user_id || ':' || d.currency
           WHERE d.charge_id IS NOT NULL {scope} GROUP BY d.charge_id, d.status, d.credited_at
           HAVING COUNT(t.key) <> CASE WHEN d.credited_at IS NULL THEN 0 ELSE 1 END""",
        DEPOSIT,
    ),
    Question(
        "I13",
        "a deposit's transfer without a deposit",
        """SELECT t.key AS subject, t.amount AS detail FROM transfers t WHERE t.reason = 'deposit'
           AND NOT EXISTS (SELECT 1 FROM deposits d WHERE d.id = t.reference_id AND t.key = 'deposit:' || d.charge_id) {scope}""",
        TRANSFER,
    ),
    Question(
        "I14",
        "a transfer without an audit event of its act and actor",
        """SELECT t.key AS subject, t.act_id AS detail FROM transfers t WHERE NOT EXISTS (
             SELECT 1 FROM audit_events a WHERE a.act_id = t.act_id AND a.actor = t.actor AND a.refusal IS NULL) {scope}""",
        TRANSFER,
    ),
]


def _permits() -> Iterator[Question]:
    """I11: the last flip of each gate, at or before a transfer's epoch, was ENABLED."""
    for gates in sorted(set(GATES.values())):
        reasons = ", ".join(f"'{reason}'" for reason, needed in GATES.items() if needed == gates)
        for gate in gates:
            yield Question(
                "I11",
                f"moved although {gate} was not ENABLED at its epoch",
                f"""SELECT t.key AS subject, t.epoch AS detail FROM transfers t WHERE t.reason IN ({reasons})
                    AND NOT COALESCE((SELECT f.enabled FROM kill_switch_flips f WHERE f.key = '{gate}' AND f.epoch <= t.epoch
                      ORDER BY f.epoch DESC LIMIT 1), {{false}}) {{scope}}""",
                TRANSFER,
            )


TOUCHED = {
    "ledger_entries": "AND l.id > :since",
    "transfers": "AND l.key IN (SELECT n.transfer_key FROM ledger_entries n WHERE n.id > :since)",
    "wallets": "AND l.id IN (SELECT n.wallet_id FROM ledger_entries n WHERE n.id > :since)",
    "escrows": f"AND l.id {OPEN}",
    "post_jobs": f"AND l.id {OPEN}",
    "campaign_targets": f"AND l.id {OPEN}",
    "post_attempts": f"AND l.post_job_id {OPEN}",
    "post_checks": f"AND l.post_job_id {OPEN}",
    "campaigns": f"AND l.id IN (SELECT p.campaign_id FROM campaign_targets p WHERE p.id {OPEN})",
    "deposits": DEPOSIT.replace("d.id", "l.id"),
    "proposals": f"AND l.campaign_target_id {OPEN}",
    "reports": "AND l.id > (SELECT MAX(o.id) FROM reports o) - 1000",
    "tickets": "AND l.id > (SELECT MAX(o.id) FROM tickets o) - 1000",
    "notices": "AND l.id > (SELECT MAX(o.id) FROM notices o) - 10000",
}
"""Which rows `l` of a table an incremental question looks at; those of a table that is not here, all: it is small."""

TIMES = {
    "post_jobs": """(l.status = 'sending') <> (l.lease_token IS NOT NULL)
        OR (l.status = 'failed') <> (l.failure IS NOT NULL)
        OR (l.status IN ('success', 'removed')) <> (l.published_at IS NOT NULL)
        OR (l.status IN ('failed', 'removed')) <> (l.ended_at IS NOT NULL)
        OR (l.served_at IS NOT NULL AND l.status <> 'success')""",
    "escrows": "(l.status = 'held') <> (l.resolved_at IS NULL)",
    "campaign_targets": "(l.approval = 'waiting') <> (l.decided_at IS NULL)",
    "tickets": """(l.status = 'closed') <> (l.closed_at IS NOT NULL) OR (l.closed_at IS NULL) <> (l.statement IS NULL)""",
    "proposals": """(l.status = 'made') <> (l.ended_at IS NULL) OR (l.status = 'made' AND EXISTS (
        SELECT 1 FROM campaign_targets o WHERE o.id = l.campaign_target_id AND o.approval <> 'waiting'))""",
    "reports": "(l.status = 'open') <> (l.ended_at IS NULL)",
    "deposits": """(l.status = 'invoiced') <> (l.received_at IS NULL)
        OR (l.status = 'credited' AND l.credited_at IS NULL)""",
    "post_attempts": """(l.status IN ('prepared', 'started')) <> (l.ended_at IS NULL)
        OR (l.status = 'started' AND l.started_at IS NULL)""",
}


def _statuses() -> Iterator[Question]:
    """I9: every status is consistent with its row's times, and no status is outside its flow."""
    for table, unfit in TIMES.items():
        column = "approval" if table == "campaign_targets" else "status"
        yield Question(
            "I9",
            "its status and its times do not fit",
            f"SELECT '{table} ' || l.id AS subject, l.{column} AS detail FROM {table} l WHERE ({unfit}) {{scope}}",
            TOUCHED.get(table, ""),
        )
    for guarded in FLOWS:
        known = ", ".join(f"'{status}'" for status in guarded.steps)
        yield Question(
            "I9",
            f"{guarded.table}.{guarded.column} is no status of its flow",
            f"""SELECT '{guarded.table}' AS subject, l.{guarded.column} AS detail FROM {guarded.table} l
                WHERE l.{guarded.column} NOT IN ({known}) {{scope}}""",
            TOUCHED.get(guarded.table, ""),
        )


REFERENCES = (
    ("ledger_entries", "transfer_key", "transfers", "key"),
    ("ledger_entries", "wallet_id", "wallets", "id"),
    ("transfers", "source_id", "wallets", "id"),
    ("transfers", "destination_id", "wallets", "id"),
    ("escrows", "campaign_target_id", "campaign_targets", "id"),
    ("post_jobs", "campaign_target_id", "campaign_targets", "id"),
    ("post_attempts", "post_job_id", "post_jobs", "id"),
    ("post_checks", "post_job_id", "post_jobs", "id"),
    ("post_searches", "post_job_id", "post_jobs", "id"),
    ("campaign_targets", "campaign_id", "campaigns", "id"),
    ("campaign_targets", "creative_id", "creatives", "id"),
    ("campaign_targets", "channel_id", "channels", "id"),
    ("deposits", "user_id", "users", "id"),
    ("campaign_targets", "retry_of", "campaign_targets", "id"),
    ("proposals", "campaign_target_id", "campaign_targets", "id"),
    ("proposals", "made_by", "users", "id"),
    ("reports", "reported_by", "users", "id"),
)


def _references() -> Iterator[Question]:
    """I16: nothing refers to what is not there. (Foreign keys hold it; SQLite's can be switched off.)"""
    for table, column, other, key in REFERENCES:
        yield Question(
            "I16",
            f"{table}.{column} refers to nothing:",
            f"""SELECT '{table}' AS subject, l.{column} AS detail FROM {table} l
                WHERE l.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {other} o WHERE o.{key} = l.{column}) {{scope}}""",
            TOUCHED.get(table, ""),
        )


INTEGERS = (("wallets", "balance"), ("ledger_entries", "amount"), ("transfers", "amount"), ("escrows", "amount"))


def _integers() -> Iterator[Question]:
    """I15, on SQLite: every amount is an integer."""
    for table, column in INTEGERS:
        yield Question(
            "I15",
            f"{table}.{column} is no integer:",
            f"SELECT '{table}' AS subject, l.{column} AS detail FROM {table} l WHERE typeof(l.{column}) <> 'integer' {{scope}}",
            TOUCHED.get(table, ""),
        )


def questions(dialect: str) -> list[Question]:
    """Every question, in the order of the invariants."""
    found = [*QUESTIONS, *_permits(), *_statuses(), *_references(), *(_integers() if dialect == "sqlite" else ())]
    return sorted(found, key=lambda question: int(question.invariant[1:]))
