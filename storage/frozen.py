"""What of a row never changes, whatever becomes of it: the columns that no act writes a second time.

On PostgreSQL the application has no right to change most of them; on both databases a guard refuses it (`guards`), so that what
was agreed, paid or signed stays what it was, whoever asks.
"""

from collections.abc import Callable

from domain.base import Base

FROZEN = {
    "wallets": {"owner_id", "currency", "balance"},
    "escrows": {"campaign_target_id", "amount", "currency"},
    "campaigns": {"advertiser_id"},
    "campaign_targets": {"campaign_id", "creative_id", "channel_id", "publisher_id"}
    | {"price", "currency", "fee_bps", "hours", "pin", "proportional", "silent", "retry_of"},
    "creatives": {"campaign_id", "version", "content", "fingerprint"},
    "countersigns": {"action", "arguments", "fingerprint", "asked_by", "asked_at", "expires_at"},
    "deposits": {"payload"},
    "tickets": {"user_id", "words", "opened_by"},
    "withdrawals": {"user_id", "amount", "currency", "destination", "not_before"},
    "disputes": {"campaign_target_id", "side", "opened_by", "words"},
    "post_attempts": {"post_job_id", "token", "prepared_at"},
    "post_jobs": {"campaign_target_id"},
    "proposals": {"campaign_target_id", "round", "kind", "slot", "price", "made_by", "asked_by", "answer_by"},
    "reports": {"thing", "about", "reason", "words", "reported_by"},
    "offers": {"channel_id"},
    "notices": {"user_id", "kind", "about", "args"},
    "launch_runs": {"launch", "phase", "build", "database", "setup", "started_by", "started_at"},
}
"""Columns that no act changes, beside keys and moments of creation. Of a wallet only `kind` is left, since FOR UPDATE asks for
UPDATE on some column; two CHECKs hold it to the wallet's address, so it cannot change either."""
ONCE = {
    "countersigns": {"signed_by", "signed_at", "used_at"},
    "deposits": {"charge_id", "received_at", "credited_at", "taken_back_at", "seen_at"},
    "withdrawals": {"approved_by", "approved_at", "reference"},
}
"""Columns that are empty until an act sets them, and then stay so."""
PAID = {"deposits": ("OLD.status <> 'invoiced'", {"user_id", "amount", "currency"})}
"""Columns that stay as they are from some state on: what an invoice asks for may be paid by another, what was paid is a fact."""
PENS = {"wallets": {"balance"}}
"""The columns that only the guards write."""


def changes(table: str, differ: Callable[[str], str]) -> tuple[list[str], str]:
    """The columns of a table that may not change at will, and the condition of a change that is none of an act's.

    `differ` says how this database asks whether a column is another than it was.
    """
    columns = Base.metadata.tables[table].columns
    always = {c.name for c in columns if c.primary_key or c.name == "created_at"} | FROZEN.get(table, set())
    always -= PENS.get(table, set())
    once = ONCE.get(table, set())
    state, then = PAID.get(table, ("", set()))
    found = [c.name for c in columns if c.name in always | once | then]
    conditions = [differ(name) for name in found if name in always]
    conditions += [f"OLD.{name} IS NOT NULL AND {differ(name)}" for name in found if name in once]
    conditions += [f"{state} AND ({' OR '.join(differ(name) for name in found if name in then)})"] if then else []
    return found, " OR ".join(conditions)
