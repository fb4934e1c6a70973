"""The invariants of withdrawals: I4, what their wallets hold; I5, what was moved for each; I9, their times."""

from domain.books.question import Question

QUESTIONS = (
    Question(
        "I4",
        "the withdrawal's wallet should hold its amount while open, else nothing; it differs by",
        """SELECT 'withdrawal:' || x.id AS subject, COALESCE(w.balance, 0) - x.kept AS detail
           FROM (SELECT x.id, CASE WHEN x.ended_at IS NULL THEN x.amount ELSE 0 END AS kept
             FROM {rows} x) x
           LEFT JOIN wallets w ON w.id = 'withdrawal:' || x.id WHERE COALESCE(w.balance, 0) <> x.kept""",
        about="withdrawals",
    ),
    Question(
        "I4",
        "a withdrawal's wallet without a withdrawal holds",
        """SELECT w.id AS subject, w.balance AS detail FROM {rows} w
           WHERE w.kind = 'withdrawal' AND NOT EXISTS (SELECT 1 FROM withdrawals x WHERE x.id = w.owner_id)""",
        about="wallets",
    ),
    Question(
        "I5",
        "set aside, paid out and given back do not fit the withdrawal's status and amount",
        """SELECT subject, status || ' ' || amount || ': hold ' || held || ', paid ' || paid || ', back ' || back AS detail
           FROM (SELECT 'withdrawal:' || x.id AS subject, x.status, x.amount,
               COUNT(CASE WHEN t.reason = 'withdrawal_hold' THEN 1 END) AS holds,
               COUNT(CASE WHEN t.reason = 'withdrawal' THEN 1 END) AS payments,
               COUNT(CASE WHEN t.reason = 'withdrawal_return' THEN 1 END) AS returns,
               COALESCE(SUM(CASE WHEN t.reason = 'withdrawal_hold' THEN t.amount END), 0) AS held,
               COALESCE(SUM(CASE WHEN t.reason = 'withdrawal' THEN t.amount END), 0) AS paid,
               COALESCE(SUM(CASE WHEN t.reason = 'withdrawal_return' THEN t.amount END), 0) AS back
             FROM {rows} x LEFT JOIN transfers t ON t.reference_id = x.id
               AND t.reason IN ('withdrawal_hold', 'withdrawal', 'withdrawal_return')
             GROUP BY x.id, x.status, x.amount) s
           WHERE holds <> 1 OR held <> amount
             OR (status = 'paid' AND (payments <> 1 OR returns <> 0 OR paid <> amount))
             OR (status IN ('rejected', 'cancelled', 'returned') AND (payments <> 0 OR returns <> 1 OR back <> amount))
             OR (status IN ('requested', 'approved', 'sending', 'uncertain') AND (payments <> 0 OR returns <> 0))""",
        about="withdrawals",
    ),
)

TIMES = """(l.status IN ('requested', 'approved', 'sending', 'uncertain')) <> (l.ended_at IS NULL)
        OR (l.status = 'paid') <> (l.reference IS NOT NULL)
        OR (l.status IN ('approved', 'sending', 'uncertain', 'paid', 'returned') AND l.approved_at IS NULL)
        OR (l.status IN ('sending', 'uncertain', 'returned') AND l.sending_at IS NULL)
        OR (l.status IN ('requested', 'cancelled') AND l.approved_at IS NOT NULL)
        OR (l.status IN ('rejected', 'uncertain', 'returned') AND l.note IS NULL)"""
