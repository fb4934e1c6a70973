"""The books are right when every invariant holds; `check_books` says so, or names every offender with the difference.

One list of questions in SQL, asked of one snapshot, used by tests, ticks, commands and drills. A question answers the rows that
offend, so an empty answer is a clean book. The numbers are those of SAFETY.md section 2.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text

from domain import approvals, audit, checks, heartbeats, kill_switches, payments, users  # noqa: F401  (every noun has its rows)
from domain.action import STAFF, SYSTEM, Look, query
from domain.flow import FLOWS
from domain.ledger import GATES


@dataclass(frozen=True)
class Offence:
    """An invariant, who offends it, and how."""

    invariant: str
    subject: str
    detail: str


QUESTIONS: list[tuple[str, str, str]] = [
    (
        "I1",
        "balance differs from the entries by",
        """SELECT w.id AS subject, w.balance - COALESCE(SUM(l.amount), 0) AS detail
           FROM wallets w LEFT JOIN ledger_entries l ON l.wallet_id = w.id
           GROUP BY w.id, w.balance HAVING w.balance <> COALESCE(SUM(l.amount), 0)""",
    ),
    (
        "I2",
        "the entries of a transfer sum to",
        """SELECT l.transfer_key AS subject, SUM(l.amount) AS detail
           FROM ledger_entries l GROUP BY l.transfer_key HAVING SUM(l.amount) <> 0""",
    ),
    (
        "I2",
        "entries that do not tell of their transfer",
        """SELECT t.key AS subject, COUNT(l.id) AS detail
           FROM transfers t LEFT JOIN ledger_entries l ON l.transfer_key = t.key AND l.reason = t.reason
             AND ((l.wallet_id = t.source_id AND l.amount = -t.amount)
               OR (l.wallet_id = t.destination_id AND l.amount = t.amount))
           GROUP BY t.key HAVING COUNT(l.id) <> 2""",
    ),
    (
        "I2",
        "an entry too many",
        """SELECT l.transfer_key AS subject, COUNT(*) AS detail
           FROM ledger_entries l GROUP BY l.transfer_key HAVING COUNT(*) <> 2""",
    ),
    (
        "I3",
        "all wallets of a currency sum to",
        "SELECT currency AS subject, SUM(balance) AS detail FROM wallets GROUP BY currency HAVING SUM(balance) <> 0",
    ),
    (
        "I4",
        "the escrow's wallet should hold its amount while held, else nothing; it differs by",
        """SELECT e.id AS subject, COALESCE(w.balance, 0) - CASE e.status WHEN 'held' THEN e.amount ELSE 0 END AS detail
           FROM escrows e LEFT JOIN wallets w ON w.id = 'escrow:' || e.campaign_target_id
           WHERE COALESCE(w.balance, 0) <> CASE e.status WHEN 'held' THEN e.amount ELSE 0 END""",
    ),
    (
        "I4",
        "an escrow's wallet without an escrow holds",
        """SELECT w.id AS subject, w.balance AS detail FROM wallets w
           WHERE w.kind = 'escrow' AND NOT EXISTS (SELECT 1 FROM escrows e WHERE e.campaign_target_id = w.owner_id)""",
    ),
    (
        "I5",
        "held, paid out, fee, rebate and refunded do not fit its status and amount",
        """SELECT subject, detail FROM (
             SELECT e.id AS subject, e.status, e.amount, s.holds, s.held, s.payouts, s.paid, s.rest, s.refunds, s.refunded,
               e.status || ' ' || e.amount || ': hold ' || s.held || ', payout ' || s.paid || ', fee and rebate ' || s.rest
                 || ', refund ' || s.refunded AS detail
             FROM escrows e JOIN (
               SELECT e2.id,
                 SUM(CASE WHEN t.reason = 'escrow_hold' THEN 1 ELSE 0 END) AS holds,
                 SUM(CASE WHEN t.reason = 'escrow_hold' THEN t.amount ELSE 0 END) AS held,
                 SUM(CASE WHEN t.reason = 'payout' THEN 1 ELSE 0 END) AS payouts,
                 SUM(CASE WHEN t.reason = 'payout' THEN t.amount ELSE 0 END) AS paid,
                 SUM(CASE WHEN t.reason IN ('fee', 'rebate') THEN t.amount ELSE 0 END) AS rest,
                 SUM(CASE WHEN t.reason = 'refund' THEN 1 ELSE 0 END) AS refunds,
                 SUM(CASE WHEN t.reason = 'refund' THEN t.amount ELSE 0 END) AS refunded
               FROM escrows e2 LEFT JOIN transfers t ON t.reference_id = e2.campaign_target_id
                 AND t.reason IN ('escrow_hold', 'payout', 'fee', 'rebate', 'refund')
               GROUP BY e2.id) s ON s.id = e.id) x
           WHERE holds <> 1 OR held <> amount
             OR (status = 'held' AND (payouts <> 0 OR refunds <> 0 OR rest <> 0))
             OR (status = 'released' AND (payouts <> 1 OR refunds <> 0 OR paid + rest <> amount))
             OR (status = 'refunded' AND (payouts <> 0 OR refunds <> 1 OR rest <> 0 OR refunded <> amount))""",
    ),
    (
        "I6",
        "escrow, job and placement disagree",
        """SELECT t.id AS subject, e.status || ', ' || COALESCE(j.status, 'no job') || ', ' || t.status AS detail
           FROM escrows e JOIN campaign_targets t ON t.id = e.campaign_target_id
           LEFT JOIN post_jobs j ON j.campaign_target_id = t.id
           WHERE NOT (
             (e.status = 'held' AND t.status = 'pending' AND j.status IS NOT NULL)
             OR (e.status = 'released' AND j.status = 'success' AND j.served_at IS NOT NULL AND t.status = 'posted')
             OR (e.status = 'refunded' AND j.status IN ('failed', 'removed') AND t.status = 'refunded')
           ) OR j.status IS NULL""",
    ),
    (
        "I7",
        "a placement has a job without an escrow, or the reverse, or is resolved without either",
        """SELECT t.id AS subject, COUNT(e.id) || ' escrows, ' || COUNT(j.id) || ' jobs, ' || t.status AS detail
           FROM campaign_targets t LEFT JOIN escrows e ON e.campaign_target_id = t.id
           LEFT JOIN post_jobs j ON j.campaign_target_id = t.id
           GROUP BY t.id, t.status
           HAVING COUNT(e.id) > 1 OR COUNT(e.id) <> COUNT(j.id) OR (COUNT(e.id) = 0 AND t.status <> 'pending')""",
    ),
    (
        "I8",
        "a wallet that may not be negative holds",
        "SELECT id AS subject, balance AS detail FROM wallets WHERE balance < 0 AND kind NOT IN ('external', 'losses')",
    ),
    (
        "I10",
        "attempts that may have been sent",
        """SELECT post_job_id AS subject, COUNT(*) AS detail FROM post_attempts
           WHERE status NOT IN ('prepared', 'dropped', 'refused', 'not_sent') GROUP BY post_job_id HAVING COUNT(*) > 1""",
    ),
    (
        "I13",
        "a charge was credited, and how often",
        """SELECT d.charge_id AS subject, COUNT(t.key) AS detail FROM deposits d
           LEFT JOIN transfers t ON t.key = 'deposit:' || d.charge_id AND t.reason = 'deposit' AND t.amount = d.amount
             AND t.destination_id = 'user:' || d.user_id || ':' || d.currency
           WHERE d.charge_id IS NOT NULL GROUP BY d.charge_id, d.status
           HAVING (d.status = 'credited' AND COUNT(t.key) <> 1) OR (d.status = 'received' AND COUNT(t.key) <> 0)""",
    ),
    (
        "I13",
        "a deposit's transfer without a deposit",
        """SELECT t.key AS subject, t.amount AS detail FROM transfers t WHERE t.reason = 'deposit'
           AND NOT EXISTS (SELECT 1 FROM deposits d WHERE t.key = 'deposit:' || d.charge_id)""",
    ),
    (
        "I14",
        "a transfer without an audit event of its act and actor",
        """SELECT t.key AS subject, t.act_id AS detail FROM transfers t
           WHERE NOT EXISTS (SELECT 1 FROM audit_events a WHERE a.act_id = t.act_id AND a.refusal IS NULL)""",
    ),
]


def _permits() -> Iterator[tuple[str, str, str]]:
    """I11: the last flip of each gate, at or before a transfer's epoch, was ENABLED."""
    for gates in sorted(set(GATES.values())):
        reasons = ", ".join(f"'{reason}'" for reason, needed in GATES.items() if needed == gates)
        for gate in gates:
            yield (
                "I11",
                f"moved although {gate} was not ENABLED at its epoch",
                f"""SELECT t.key AS subject, t.epoch AS detail FROM transfers t WHERE t.reason IN ({reasons})
                    AND NOT COALESCE((SELECT f.enabled FROM kill_switch_flips f WHERE f.key = '{gate}' AND f.epoch <= t.epoch
                      ORDER BY f.epoch DESC LIMIT 1), {{false}})""",
            )


def _statuses() -> Iterator[tuple[str, str, str]]:
    """I9: no status outside its flow. (What must go with each status are CHECKs of the tables.)"""
    for guarded in FLOWS:
        known = ", ".join(f"'{status}'" for status in guarded.steps)
        yield (
            "I9",
            f"{guarded.table}.{guarded.column} is no status of its flow",
            f"""SELECT '{guarded.table}' AS subject, {guarded.column} AS detail
                FROM {guarded.table} WHERE {guarded.column} NOT IN ({known})""",
        )


def check_books(look: Look) -> list[Offence]:
    """Every offence against the invariants, in their order; none means clean. Reads one snapshot of the caller's."""
    false = "0" if look.conn.dialect.name == "sqlite" else "false"
    return [
        Offence(invariant, str(row.subject), f"{words} {row.detail}")
        for invariant, words, question in [*QUESTIONS, *_permits(), *_statuses()]
        for row in look.conn.execute(text(question.replace("{false}", false)))
    ]


@query(roles=STAFF | SYSTEM)
def check(look: Look) -> list[Offence]:
    """`check_books`, for those who may ask."""
    return check_books(look)
