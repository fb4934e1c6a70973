"""The invariants as questions in SQL. A question answers the rows that offend, so an empty answer is a clean book.

Every question is asked of everything, or only of what was touched since an entry (`question`). The numbers are those of SAFETY.md
section 2.
"""

from collections.abc import Iterator

from domain import (  # noqa: F401  (every noun has its rows)
    agreements,
    approvals,
    audit,
    blocks,
    checks,
    countersigns,
    disputes,
    finds,
    heartbeats,
    kill_switches,
    payments,
    reports,
    searches,
    tickets,
    users,
    withdrawals,
)
from domain.books import movements, outgoing, rows
from domain.books.question import DISPUTES, ESCROW, OPEN, REPAIRED, Question
from domain.ledger import GATES
from domain.post_jobs import ALBUM
from domain.wallets import OWING

LAST_MESSAGE = 2**52
"""Telegram numbers none so high. What is near the end of all numbers cannot be counted on from."""
PLACES = " UNION ALL ".join(f"SELECT {place} AS place" for place in range(ALBUM))

QUESTIONS: list[Question] = [
    Question(
        "I1",
        "balance differs from the entries by",
        """SELECT w.id AS subject, w.balance - COALESCE(SUM(l.amount), 0) AS detail
           FROM {rows} w LEFT JOIN ledger_entries l ON l.wallet_id = w.id
           WHERE 1 = 1 {scope}
           GROUP BY w.id, w.balance HAVING w.balance <> COALESCE(SUM(l.amount), 0)""",
        "AND w.kind IN ('user', 'escrow', 'withdrawal')",
        about="wallets",
    ),
    Question(
        "I2",
        "the entries of a transfer sum to",
        """SELECT l.transfer_key AS subject, SUM(l.amount) AS detail
           FROM ledger_entries l WHERE 1 = 1 {scope} GROUP BY l.transfer_key HAVING SUM(l.amount) <> 0""",
        "AND l.transfer_key IN (SELECT transfer_key FROM touched_ledger_entries)",
    ),
    Question(
        "I2",
        "entries that tell of their transfer, of two",
        """SELECT t.key AS subject, COUNT(l.id) AS detail
           FROM {rows} t LEFT JOIN ledger_entries l ON l.transfer_key = t.key AND l.reason = t.reason
             AND COALESCE(l.reference_id, -1) = COALESCE(t.reference_id, -1)
             AND ((l.wallet_id = t.source_id AND l.amount = -t.amount)
               OR (l.wallet_id = t.destination_id AND l.amount = t.amount))
           GROUP BY t.key HAVING COUNT(l.id) <> 2""",
        about="transfers",
    ),
    Question(
        "I2",
        "an entry that is not its transfer's, and was not repaired: entry",
        f"""SELECT l.transfer_key AS subject, l.id AS detail
           FROM {{rows}} l JOIN transfers t ON t.key = l.transfer_key
           WHERE NOT ((l.wallet_id = t.source_id AND l.amount = -t.amount)
             OR (l.wallet_id = t.destination_id AND l.amount = t.amount)) AND NOT {REPAIRED}""",
        about="ledger_entries",
    ),
    Question(
        "I3",
        "all wallets of a currency sum to",
        """SELECT currency AS subject, high * 1000000000 + low AS detail
           FROM (SELECT currency, SUM(balance / 1000000000) AS high, SUM(balance % 1000000000) AS low
             FROM wallets GROUP BY currency) s
           WHERE high * 1000000000 + low <> 0""",
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
        """SELECT w.id AS subject, w.balance AS detail FROM {rows} w
           WHERE w.kind = 'escrow' AND NOT EXISTS (SELECT 1 FROM escrows e WHERE e.campaign_target_id = w.owner_id)""",
        about="wallets",
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
        "the fee is not that of the part of the price that was served, or payout and fee are not that part, but",
        """SELECT e.id AS subject, COALESCE(SUM(t.amount), 0) || ', of which the fee is '
             || COALESCE(SUM(CASE WHEN t.reason = 'fee' THEN t.amount END), 0) AS detail
           FROM escrows e JOIN post_jobs j ON j.id = e.id JOIN campaign_targets p ON p.id = e.id
           LEFT JOIN transfers t ON t.reference_id = e.id AND t.reason IN ('payout', 'fee')
           WHERE e.status = 'released' {scope} GROUP BY e.id, e.amount, j.share, p.fee_bps
           HAVING COALESCE(SUM(t.amount), 0) <> COALESCE(j.share, e.amount)
             OR COALESCE(SUM(CASE WHEN t.reason = 'fee' THEN t.amount END), 0)
               <> COALESCE(j.share, e.amount) * p.fee_bps / 10000""",
        ESCROW,
    ),
    Question(
        "I5",
        "a job's share is no part of the price, or neither its terms nor a dispute gave it:",
        """SELECT e.id AS subject, j.share AS detail
           FROM escrows e JOIN post_jobs j ON j.id = e.id JOIN campaign_targets p ON p.id = e.id
           WHERE j.share IS NOT NULL AND (j.share NOT BETWEEN 1 AND e.amount - 1 OR NOT (p.proportional
             OR EXISTS (SELECT 1 FROM disputes d WHERE d.campaign_target_id = e.id AND d.share = j.share
               AND d.status IN ('settled', 'final')))) {scope}""",
        f"AND e.id {OPEN}",
    ),
    Question(
        "I5",
        "an escrow is not the price that was agreed:",
        """SELECT e.id AS subject, e.amount || ' ' || e.currency || ', not ' || p.price || ' ' || p.currency AS detail
           FROM escrows e JOIN campaign_targets p ON p.id = e.campaign_target_id
           WHERE (e.amount <> p.price OR e.currency <> p.currency) {scope}""",
        ESCROW,
    ),
    Question(
        "I6",
        "escrow, job and placement disagree",
        """SELECT t.id AS subject, e.status || ', ' || COALESCE(j.status, 'no job') || ', ' || t.status AS detail
           FROM escrows e JOIN campaign_targets t ON t.id = e.campaign_target_id
           LEFT JOIN post_jobs j ON j.campaign_target_id = t.id
           WHERE (NOT (
             (e.status = 'held' AND t.status = 'pending')
             OR (e.status = 'released' AND j.status = 'success' AND j.served_at IS NOT NULL AND j.disputed_at IS NULL
               AND t.status = 'posted')
             OR (e.status = 'refunded' AND j.status IN ('failed', 'removed') AND t.status = 'refunded')
           ) OR j.status IS NULL) {scope}""",
        ESCROW,
    ),
    DISPUTES,
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
        f"""SELECT w.id AS subject, w.balance AS detail FROM {{rows}} w
           WHERE w.balance < 0 AND w.kind NOT IN ({OWING})""",
        about="wallets",
    ),
    Question(
        "I10",
        "attempts that may have been sent",
        """SELECT l.post_job_id AS subject, COUNT(*) AS detail FROM {rows} l
           WHERE l.status NOT IN ('prepared', 'dropped', 'refused', 'not_sent')
           GROUP BY l.post_job_id HAVING COUNT(*) > 1""",
        about="post_attempts",
    ),
    Question(
        "I10",
        "jobs that claim the same message",
        f"""SELECT x.chat_id || '/' || x.message AS subject, COUNT(*) AS detail FROM (
             SELECT l.id, l.chat_id, CAST(l.message_id AS TEXT) AS message FROM post_jobs l {{scope}}
             WHERE l.message_id IS NOT NULL
             UNION SELECT l.id, l.chat_id, CAST(l.message_ids ->> n.place AS TEXT)
             FROM post_jobs l {{scope}} CROSS JOIN ({PLACES}) n
             WHERE l.message_id IS NOT NULL AND (l.message_ids ->> 1 IS NOT NULL
               OR CAST(l.message_ids ->> 0 AS TEXT) <> CAST(l.message_id AS TEXT))) x
           WHERE x.message IS NOT NULL GROUP BY x.chat_id, x.message HAVING COUNT(*) > 1""",
        f"""JOIN touched_post_jobs o ON l.chat_id = o.chat_id
              AND l.message_id BETWEEN o.message_id - {ALBUM} AND o.message_id + {ALBUM}
              AND o.message_id BETWEEN 1 AND {LAST_MESSAGE}""",
    ),
    Question(
        "I13",
        "a charge was credited, and how often",
        """SELECT d.charge_id AS subject, COUNT(t.key) AS detail FROM {rows} d
           LEFT JOIN transfers t ON t.key = 'deposit:' || d.charge_id AND t.reason = 'deposit' AND t.amount = d.amount
             AND t.source_id = 'external:' || d.currency AND t.destination_id = 'user:' || d.user_id || ':' || d.currency
           WHERE d.charge_id IS NOT NULL GROUP BY d.charge_id, d.status, d.credited_at
           HAVING COUNT(t.key) <> CASE WHEN d.credited_at IS NULL THEN 0 ELSE 1 END""",
        about="deposits",
    ),
    Question(
        "I13",
        "what was paid is not what the audit event of its receipt tells:",
        """SELECT d.charge_id AS subject, d.user_id || ' ' || d.amount AS detail FROM {rows} d
           WHERE d.charge_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM audit_events a WHERE a.noun = 'payments' AND a.subject = CAST(d.id AS TEXT)
               AND a.action = 'payments.receive' AND a.refusal IS NULL AND a.details ->> 'charge_id' = d.charge_id
               AND CAST(a.details ->> 'user_id' AS TEXT) = CAST(d.user_id AS TEXT)
               AND CAST(a.details ->> 'amount' AS TEXT) = CAST(d.amount AS TEXT))""",
        about="deposits",
    ),
    Question(
        "I13",
        "of what was credited and taken back, the wallet and the house together did not give its amount (else nothing), but",
        """SELECT d.charge_id AS subject, COALESCE(SUM(t.amount), 0) || ' of ' || d.amount || ', ' || d.status AS detail
           FROM {rows} d LEFT JOIN transfers t ON t.reference_id = d.id AND t.reason IN ('adjustment', 'loss')
           WHERE d.charge_id IS NOT NULL GROUP BY d.id, d.charge_id, d.amount, d.status, d.credited_at
           HAVING COALESCE(SUM(t.amount), 0)
             <> CASE WHEN d.status = 'reversed' AND d.credited_at IS NOT NULL THEN d.amount ELSE 0 END""",
        about="deposits",
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
                f"""SELECT t.key AS subject, t.epoch AS detail FROM {{rows}} t WHERE t.reason IN ({reasons})
                    AND NOT COALESCE((SELECT f.enabled FROM kill_switch_flips f WHERE f.key = '{gate}' AND f.epoch <= t.epoch
                      ORDER BY f.epoch DESC LIMIT 1), {{false}})""",
                about="transfers",
            )


def questions(dialect: str) -> list[Question]:
    """Every question, in the order of the invariants."""
    found = [
        *QUESTIONS,
        *movements.QUESTIONS,
        *outgoing.QUESTIONS,
        *_permits(),
        *rows.statuses(),
        *rows.references(),
        *(rows.integers() if dialect == "sqlite" else ()),
    ]
    return sorted(found, key=lambda question: int(question.invariant[1:]))
