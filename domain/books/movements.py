"""What a transfer must be able to show: I5 and I13, what it moved for and between whom; I14, the act that made it, and when;
I11, the flips its act had read. And what a flip must.

The questions of `invariants` begin with an escrow, a deposit or a withdrawal and look for its transfers. These go the other way,
so that no transfer is left over: one without a row of its own, or to somebody else's wallet, would be money made from nothing.
"""

from domain.books.question import Question
from domain.ledger import MOVERS

MADE_BY = ", ".join(f"'{reason} {name}'" for reason, names in MOVERS.items() for name in names)
"""Reason and action, of each pair that there may be."""

QUESTIONS = (
    Question(
        "I5",
        "a placement's transfer without its escrow, or not between its people:",
        """SELECT t.key AS subject, t.reason AS detail FROM {rows} t
           LEFT JOIN escrows e ON e.campaign_target_id = t.reference_id
           LEFT JOIN campaign_targets p ON p.id = e.campaign_target_id LEFT JOIN campaigns c ON c.id = p.campaign_id
           WHERE t.reason IN ('escrow_hold', 'payout', 'fee', 'rebate', 'refund') AND (c.id IS NULL
             OR t.source_id <> CASE t.reason WHEN 'escrow_hold' THEN 'user:' || c.advertiser_id || ':' || e.currency
               ELSE 'escrow:' || e.id END
             OR t.destination_id <> CASE t.reason WHEN 'escrow_hold' THEN 'escrow:' || e.id
               WHEN 'payout' THEN 'user:' || p.publisher_id || ':' || e.currency
               WHEN 'fee' THEN 'fees:' || e.currency ELSE 'user:' || c.advertiser_id || ':' || e.currency END)""",
        about="transfers",
    ),
    Question(
        "I5",
        "a withdrawal's transfer without its withdrawal, or not between its person and the world outside:",
        """SELECT t.key AS subject, t.reason AS detail FROM {rows} t LEFT JOIN withdrawals x ON x.id = t.reference_id
           WHERE t.reason IN ('withdrawal_hold', 'withdrawal', 'withdrawal_return') AND (x.id IS NULL
             OR t.source_id <> CASE t.reason WHEN 'withdrawal_hold' THEN 'user:' || x.user_id || ':' || x.currency
               ELSE 'withdrawal:' || x.id END
             OR t.destination_id <> CASE t.reason WHEN 'withdrawal_hold' THEN 'withdrawal:' || x.id
               WHEN 'withdrawal' THEN 'external:' || x.currency ELSE 'user:' || x.user_id || ':' || x.currency END)""",
        about="transfers",
    ),
    Question(
        "I13",
        "a deposit's transfer without a deposit that was credited, or not of its amount, from outside, to its owner:",
        """SELECT t.key AS subject, t.amount AS detail FROM {rows} t LEFT JOIN deposits d ON d.id = t.reference_id
           WHERE t.reason = 'deposit' AND (d.charge_id IS NULL OR d.credited_at IS NULL OR t.key <> 'deposit:' || d.charge_id
             OR t.amount <> d.amount OR t.source_id <> 'external:' || d.currency
             OR t.destination_id <> 'user:' || d.user_id || ':' || d.currency)""",
        about="transfers",
    ),
    Question(
        "I13",
        "taken back without a deposit that was paid, or not from its owner or the losses:",
        """SELECT t.key AS subject, t.reason AS detail FROM {rows} t LEFT JOIN deposits d ON d.id = t.reference_id
           WHERE (t.reason = 'loss' OR (t.reason = 'adjustment' AND SUBSTR(t.key, 1, 7) <> 'adjust:'))
             AND (d.charge_id IS NULL
             OR t.key <> 'deposit:' || d.charge_id || ':' || CASE t.reason WHEN 'loss' THEN 'loss' ELSE 'back' END
             OR t.source_id <> CASE t.reason WHEN 'loss' THEN 'losses:' || d.currency
               ELSE 'user:' || d.user_id || ':' || d.currency END
             OR t.destination_id <> 'external:' || d.currency)""",
        about="transfers",
    ),
    Question(
        "I14",
        "a transfer without an audit event of its act, then, by its actor, of an action that moves money so:",
        f"""SELECT t.key AS subject, t.reason AS detail FROM {{rows}} t WHERE NOT EXISTS (
             SELECT 1 FROM audit_events a WHERE a.act_id = t.act_id AND a.actor = t.actor AND a.at = t.at
               AND a.refusal IS NULL AND t.reason || ' ' || a.action IN ({MADE_BY}))""",
        about="transfers",
    ),
    Question(
        "I14",
        "an adjustment that is not the one its act made:",
        """SELECT t.key AS subject, t.amount AS detail FROM {rows} t
           WHERE t.reason = 'adjustment' AND SUBSTR(t.key, 1, 7) = 'adjust:' AND NOT EXISTS (
             SELECT 1 FROM audit_events a WHERE a.act_id = t.act_id AND a.action = 'books.adjust' AND a.refusal IS NULL
               AND a.details ->> 'key' = t.key AND a.details ->> 'source' = t.source_id
               AND a.details ->> 'destination' = t.destination_id
               AND CAST(a.details ->> 'amount' AS TEXT) = CAST(t.amount AS TEXT))""",
        about="transfers",
    ),
    Question(
        "I14",
        "a flip without an audit event of its act, then, by its actor:",
        """SELECT f.epoch AS subject, f.key AS detail FROM {rows} f WHERE NOT EXISTS (
             SELECT 1 FROM audit_events a WHERE a.act_id = f.act_id AND a.actor = f.actor AND a.at = f.at
               AND a.noun = 'kill_switches' AND a.subject = f.key AND a.refusal IS NULL)""",
        about="kill_switch_flips",
    ),
    Question(
        "I11",
        "its epoch is no flip's:",
        """SELECT t.key AS subject, t.epoch AS detail FROM {rows} t
           WHERE NOT EXISTS (SELECT 1 FROM kill_switch_flips f WHERE f.epoch = t.epoch)""",
        about="transfers",
    ),
    Question(
        "I11",
        "the flip before this one is missing:",
        """SELECT f.epoch AS subject, f.key AS detail FROM kill_switch_flips f
           WHERE f.epoch > 1 AND NOT EXISTS (SELECT 1 FROM kill_switch_flips o WHERE o.epoch = f.epoch - 1)""",
    ),
    Question(
        "I11",
        "a switch is not as its latest flip left it, but stands at epoch",
        """SELECT s.key AS subject, s.epoch AS detail FROM kill_switches s
           LEFT JOIN kill_switch_flips f ON f.epoch = s.epoch AND f.key = s.key
           LEFT JOIN (SELECT key, MAX(epoch) AS epoch FROM kill_switch_flips GROUP BY key) o ON o.key = s.key
           WHERE f.epoch IS NULL OR f.epoch <> o.epoch OR f.enabled <> s.enabled
             OR NOT COALESCE(f.max_amount = s.max_amount, f.max_amount IS NULL AND s.max_amount IS NULL)
             OR NOT COALESCE(f.max_open = s.max_open, f.max_open IS NULL AND s.max_open IS NULL)""",
    ),
)
