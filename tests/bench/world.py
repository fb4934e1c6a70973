"""Worlds made in bulk by SQL, with the rows that the actions would have made: the books are clean.

Numbers follow from each other, so that a script can compute them: with M people, placement t is of advertiser, campaign,
creative, publisher and channel number t % M.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from storage import guards

ADVERTISER, CAMPAIGN, PUBLISHER, CHANNEL, CREATIVE = (n * 1_000_000 for n in range(1, 6))
PRICE, FEE = 100, 10
AT = "'2026-03-02T12:00:00.000000Z'"
IN_TIME = "'2026-03-02T14:00:00.000000Z'"
DRAFTED, SERVED, FAILED, SETTLED, QUEUED = "drafted", "served", "failed", "settled", "queued"
"""States of placements: not held; held and to be released; held and to be refunded; released; held and to be published now."""
FIRST = {SETTLED: 10_000_000, SERVED: 20_000_000, FAILED: 30_000_000, DRAFTED: 40_000_000, QUEUED: 50_000_000}


@dataclass(frozen=True)
class World:
    """How many people there are, and how many placements in each state."""

    people: int
    drafted: int = 0
    served: int = 0
    failed: int = 0
    settled: int = 0
    queued: int = 0

    def build(self, conn: Connection) -> None:
        """On a database with switches ENABLED, once; without guards, in the caller's transaction."""
        if conn.dialect.name == "postgresql":
            conn.exec_driver_sql("SET LOCAL session_replication_role = replica")
            self._fill(conn)
        else:
            with guards.lifted(conn):
                self._fill(conn)

    def _fill(self, conn: Connection) -> None:
        for statement in _people(self.people, JSON[conn.dialect.name]):
            conn.exec_driver_sql(statement)
        for state, many in (
            (SETTLED, self.settled),
            (SERVED, self.served),
            (FAILED, self.failed),
            (DRAFTED, self.drafted),
            (QUEUED, self.queued),
        ):
            for statement in _placements(state, many, self.people) if many else ():
                conn.exec_driver_sql(statement)
        conn.exec_driver_sql(ENTRIES)
        conn.exec_driver_sql(BALANCES)


def _numbers(many: int) -> str:
    return f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {many - 1})"


JSON = {"sqlite": "json_object", "postgresql": "jsonb_build_object"}


def _people(many: int, told: str) -> list[str]:
    """Advertisers with money, publishers with channels, one campaign for each."""
    rows = {
        "users (id, name, language, is_operator, created_at)": (
            f"SELECT {ADVERTISER} + i, 'Advertiser', 'en', false, {AT}",
            f"SELECT {PUBLISHER} + i, 'Publisher', 'en', false, {AT}",
        ),
        "wallets (id, kind, owner_id, currency, balance, created_at)": (
            f"SELECT 'user:' || ({ADVERTISER} + i) || ':XTR', 'user', {ADVERTISER} + i, 'XTR', 0, {AT}",
            f"SELECT 'user:' || ({PUBLISHER} + i) || ':XTR', 'user', {PUBLISHER} + i, 'XTR', 0, {AT}",
        ),
        "channels (id, chat_id, title, status, owner_id, subscribers, inspected_at, created_at)": (
            f"SELECT {CHANNEL} + i, -1000 - i, 'Channel', 'listed', {PUBLISHER} + i, 1200, {AT}, {AT}",
        ),
        "channel_managers (channel_id, user_id)": (f"SELECT {CHANNEL} + i, {PUBLISHER} + i",),
        "offers (id, channel_id, price, currency, hours, pin)": (
            f"SELECT {CHANNEL} + i, {CHANNEL} + i, {PRICE}, 'XTR', 0, false",
        ),
        "campaigns (id, advertiser_id, status, created_at)": (
            f"SELECT {CAMPAIGN} + i, {ADVERTISER} + i, 'active', {AT}",
        ),
        "creatives (id, campaign_id, version, content, fingerprint, created_at)": (
            f"""SELECT {CREATIVE} + i, {CAMPAIGN} + i, 1, '{{"text": "Buy our tea"}}', 'f', {AT}""",
        ),
        "deposits (id, user_id, amount, currency, status, payload, charge_id, created_at, received_at, credited_at)": (
            f"SELECT {ADVERTISER} + i, {ADVERTISER} + i, 1000000000, 'XTR', 'credited', 'p' || i, 'c' || i, {AT}, {AT}, {AT}",
        ),
        "transfers (key, source_id, destination_id, amount, reason, reference_id, epoch, actor, act_id, at)": (
            f"""SELECT 'deposit:c' || i, 'external:XTR', 'user:' || ({ADVERTISER} + i) || ':XTR', 1000000000, 'deposit',
                {ADVERTISER} + i, {EPOCH}, 'system:bulk', 'deposit' || i, {AT}""",
        ),
        "audit_events (act_id, at, actor, action, noun, subject, details)": (
            f"SELECT 'deposit' || i, {AT}, 'system:bulk', 'payments.credit', 'payments', i || '', {told}()",
            f"""SELECT 'receipt' || i, {AT}, 'system:bulk', 'payments.receive', 'payments', ({ADVERTISER} + i) || '',
                {told}('charge_id', 'c' || i, 'amount', 1000000000, 'user_id', {ADVERTISER} + i)""",
        ),
    }
    return [
        f"{_numbers(many)} INSERT INTO {into} {select} FROM n" for into, selects in rows.items() for select in selects
    ]


JOBS = {
    "success": f"'success', {AT}, {AT}, 1, 0, 0, NULL, -1000 - {{k}}, {{t}}, {AT}, {AT}, {AT}, NULL",
    FAILED: f"'failed', {AT}, {AT}, 0, 0, 0, 'overdue', NULL, NULL, NULL, NULL, {AT}, {AT}",
    QUEUED: f"'queued', {AT}, {IN_TIME}, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, {AT}, NULL",
}
EPOCH = "(SELECT MAX(epoch) FROM kill_switch_flips)"


def _placements(state: str, many: int, people: int) -> list[str]:
    first = FIRST[state]
    t, k = f"({first} + i)", f"(({first} + i) % {people})"
    published, held, settled = state in (SERVED, SETTLED), state != DRAFTED, state == SETTLED
    approved = published or state == QUEUED
    rows = [
        (
            "campaign_targets (id, campaign_id, creative_id, channel_id, publisher_id, status, approval, price, currency,"
            " fee_bps, hours, pin, decided_at, version, created_at)",
            f"""{t}, {CAMPAIGN} + {k}, {CREATIVE} + {k}, {CHANNEL} + {k}, {PUBLISHER} + {k},
            '{"posted" if settled else "pending"}', '{"approved" if approved else "waiting"}', {PRICE}, 'XTR', 1000, 0, false,
            {AT if approved else "NULL"}, 1, {AT}""",
        )
    ]
    if held:
        rows += [
            (
                "wallets (id, kind, owner_id, currency, balance, created_at)",
                f"'escrow:' || {t}, 'escrow', {t}, 'XTR', {0 if settled else PRICE}, {AT}",
            ),
            (
                "escrows (id, campaign_target_id, status, amount, currency, created_at, resolved_at)",
                f"{t}, {t}, '{'released' if settled else 'held'}', {PRICE}, 'XTR', {AT}, {AT if settled else 'NULL'}",
            ),
            (
                "post_jobs (id, campaign_target_id, status, due_at, deadline, attempts, lost_leases, lost_alone, failure,"
                " chat_id, message_id, published_at, served_at, created_at, ended_at)",
                f"{t}, {t}, " + JOBS["success" if published else state].format(k=k, t=t),
            ),
            (TRANSFERS, _transfer(t, k, "hold", "escrow_hold", "user", "escrow", PRICE)),
            (
                AUDIT,
                f"'hold' || {t}, {AT}, 'user:' || ({ADVERTISER} + {k}), 'escrow.hold', 'escrow', {t} || '', '{{}}'",
            ),
        ]
    if published:
        rows.append(
            (
                "post_attempts (post_job_id, token, alone, status, prepared_at, started_at, ended_at)",
                f"{t}, 'x', true, 'accepted', {AT}, {AT}, {AT}",
            )
        )
    if settled:
        rows += [
            (TRANSFERS, _transfer(t, k, "payout", "payout", "escrow", "publisher", PRICE - FEE)),
            (TRANSFERS, _transfer(t, k, "fee", "fee", "escrow", "fees", FEE)),
            (AUDIT, f"'payout' || {t}, {AT}, 'system:bulk', 'escrow.release', 'escrow', {t} || '', '{{}}'"),
        ]
    return [f"{_numbers(many)} INSERT INTO {into} SELECT {select} FROM n" for into, select in rows]


TRANSFERS = "transfers (key, source_id, destination_id, amount, reason, reference_id, epoch, actor, act_id, at)"
AUDIT = "audit_events (act_id, at, actor, action, noun, subject, details)"


def _transfer(t: str, k: str, word: str, reason: str, source: str, destination: str, amount: int) -> str:
    wallet = {
        "user": f"'user:' || ({ADVERTISER} + {k}) || ':XTR'",
        "publisher": f"'user:' || ({PUBLISHER} + {k}) || ':XTR'",
        "escrow": f"'escrow:' || {t}",
        "fees": "'fees:XTR'",
    }
    actor, act = (f"'user:' || ({ADVERTISER} + {k})", "hold") if word == "hold" else ("'system:bulk'", "payout")
    return (
        f"'escrow:' || {t} || ':{word}', {wallet[source]}, {wallet[destination]}, {amount}, '{reason}', {t}, {EPOCH},"
        f" {actor}, '{act}' || {t}, {AT}"
    )


ENTRIES = """INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason, reference_id)
  SELECT t.key, CASE s.side WHEN 0 THEN t.source_id ELSE t.destination_id END,
    CASE s.side WHEN 0 THEN -t.amount ELSE t.amount END, t.reason, t.reference_id
  FROM transfers t CROSS JOIN (SELECT 0 AS side UNION ALL SELECT 1) s ORDER BY t.key, s.side"""
BALANCES = """UPDATE wallets SET balance =
  COALESCE((SELECT SUM(l.amount) FROM ledger_entries l WHERE l.wallet_id = wallets.id), 0) WHERE kind <> 'escrow'"""
