"""Everything of the first day"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from domain import base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("act_id", base.Word(), nullable=False),
        sa.Column("at", base.Moment(), nullable=False),
        sa.Column("actor", base.Word(), nullable=False),
        sa.Column("action", base.Word(), nullable=False),
        sa.Column("noun", base.Word(), nullable=False),
        sa.Column("subject", base.Word(), nullable=False),
        sa.Column("refusal", base.Word(), nullable=True),
        sa.Column("details", base.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index("ix_audit_events_act_id", ["act_id"], unique=False)
        batch_op.create_index("ix_audit_events_subject", ["noun", "subject"], unique=False)

    op.create_table(
        "checkpoints",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("entry_id", base.Whole(), nullable=False),
        sa.Column("epoch", base.Whole(), nullable=False),
        sa.Column("entries", base.Whole(), nullable=False),
        sa.Column("house", base.Json(), nullable=False),
        sa.Column("hash", base.Word(), nullable=False),
        sa.Column("previous", base.Word(), nullable=False),
        sa.Column("actor", base.Word(), nullable=False),
        sa.Column("at", base.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoints")),
        sqlite_strict=True,
    )
    op.create_table(
        "dialog_states",
        sa.Column("key", base.Word(), nullable=False),
        sa.Column("state", base.Word(), nullable=True),
        sa.Column("data", base.Json(), nullable=False),
        sa.Column("changed_at", base.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_dialog_states")),
        sqlite_strict=True,
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", base.Word(), nullable=False),
        sa.Column("at", base.Moment(), nullable=False),
        sa.Column("said", base.Word(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
        sqlite_strict=True,
    )
    op.create_table(
        "kill_switch_flips",
        sa.Column("epoch", base.Whole(), autoincrement=False, nullable=False),
        sa.Column("key", base.Word(), nullable=False),
        sa.Column("enabled", base.Truth(), nullable=False),
        sa.Column("max_amount", base.Whole(), nullable=True),
        sa.Column("max_open", base.Whole(), nullable=True),
        sa.Column("reason", base.Word(), nullable=False),
        sa.Column("actor", base.Word(), nullable=False),
        sa.Column("act_id", base.Word(), nullable=False),
        sa.Column("at", base.Moment(), nullable=False),
        sa.CheckConstraint(
            "key IN ('payouts', 'new_escrows', 'telegram_posting', 'worker_post', 'worker_watchdogs', 'withdrawals', 'money_movement')",
            name=op.f("ck_kill_switch_flips_key"),
        ),
        sa.CheckConstraint("epoch > 0", name=op.f("ck_kill_switch_flips_epoch")),
        sa.CheckConstraint("max_amount > 0 AND max_open > 0", name=op.f("ck_kill_switch_flips_limits")),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_kill_switch_flips")),
        sqlite_strict=True,
    )
    op.create_table(
        "users",
        sa.Column("id", base.Whole(), autoincrement=False, nullable=False),
        sa.Column("name", base.Word(), nullable=False),
        sa.Column("username", base.Word(), nullable=True),
        sa.Column("language", base.Word(), nullable=False),
        sa.Column("time_zone", base.Word(), nullable=True),
        sa.Column("is_operator", base.Truth(), nullable=False),
        sa.Column("blocked_at", base.Moment(), nullable=True),
        sa.Column("unreachable_at", base.Moment(), nullable=True),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sqlite_strict=True,
    )
    wallets = op.create_table(
        "wallets",
        sa.Column("id", base.Word(), nullable=False),
        sa.Column("kind", base.Word(), nullable=False),
        sa.Column("owner_id", base.Whole(), nullable=True),
        sa.Column("currency", base.Word(), nullable=False),
        sa.Column("balance", base.Whole(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.CheckConstraint(
            "(owner_id IS NULL) = (kind NOT IN ('user', 'escrow', 'withdrawal'))", name=op.f("ck_wallets_owner")
        ),
        sa.CheckConstraint("balance >= 0 OR kind IN ('external', 'losses')", name=op.f("ck_wallets_not_negative")),
        sa.CheckConstraint(
            "id = CASE kind WHEN 'user' THEN 'user:' || owner_id || ':' || currency WHEN 'escrow' THEN 'escrow:' || owner_id WHEN 'withdrawal' THEN 'withdrawal:' || owner_id ELSE kind || ':' || currency END",
            name=op.f("ck_wallets_address"),
        ),
        sa.CheckConstraint(
            "kind IN ('user', 'escrow', 'withdrawal', 'fees', 'external', 'suspense', 'losses')",
            name=op.f("ck_wallets_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallets")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("wallets", schema=None) as batch_op:
        batch_op.create_index("ix_wallets_owner", ["kind", "owner_id"], unique=False)

    op.create_table(
        "campaigns",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("advertiser_id", base.Whole(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'active', 'paused', 'completed', 'cancelled')", name=op.f("ck_campaigns_status")
        ),
        sa.ForeignKeyConstraint(["advertiser_id"], ["users.id"], name=op.f("fk_campaigns_advertiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.create_index("ix_campaigns_advertiser_id", ["advertiser_id", "id"], unique=False)

    op.create_table(
        "channels",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("chat_id", base.Whole(), nullable=False),
        sa.Column("title", base.Word(), nullable=False),
        sa.Column("username", base.Word(), nullable=True),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("owner_id", base.Whole(), nullable=False),
        sa.Column("subscribers", base.Whole(), nullable=False),
        sa.Column("inspected_at", base.Moment(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'listed', 'paused', 'lost')", name=op.f("ck_channels_status")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_channels_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("chat_id", name=op.f("uq_channels_chat_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.create_index(
            "ix_channels_listed",
            ["id"],
            unique=False,
            postgresql_where=sa.text("status = 'listed'"),
            sqlite_where=sa.text("status = 'listed'"),
        )
        batch_op.create_index(batch_op.f("ix_channels_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "countersigns",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("action", base.Word(), nullable=False),
        sa.Column("arguments", base.Json(), nullable=False),
        sa.Column("fingerprint", base.Word(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("asked_by", base.Whole(), nullable=False),
        sa.Column("asked_at", base.Moment(), nullable=False),
        sa.Column("expires_at", base.Moment(), nullable=False),
        sa.Column("signed_by", base.Whole(), nullable=True),
        sa.Column("signed_at", base.Moment(), nullable=True),
        sa.Column("used_at", base.Moment(), nullable=True),
        sa.CheckConstraint("(status = 'used') = (used_at IS NOT NULL)", name=op.f("ck_countersigns_used")),
        sa.CheckConstraint(
            "(status IN ('signed', 'used')) <= (signed_by IS NOT NULL)", name=op.f("ck_countersigns_signed")
        ),
        sa.CheckConstraint("status IN ('asked', 'signed', 'used', 'expired')", name=op.f("ck_countersigns_status")),
        sa.CheckConstraint("signed_by <> asked_by", name=op.f("ck_countersigns_another")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_countersigns_asked_by")),
        sa.ForeignKeyConstraint(["signed_by"], ["users.id"], name=op.f("fk_countersigns_signed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_countersigns")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("countersigns", schema=None) as batch_op:
        batch_op.create_index("ix_countersigns_open", ["fingerprint", "asked_by"], unique=False)

    op.create_table(
        "deposits",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("user_id", base.Whole(), nullable=False),
        sa.Column("amount", base.Whole(), nullable=False),
        sa.Column("currency", base.Word(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("payload", base.Word(), nullable=False),
        sa.Column("charge_id", base.Word(), nullable=True),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.Column("received_at", base.Moment(), nullable=True),
        sa.Column("credited_at", base.Moment(), nullable=True),
        sa.Column("taken_back_at", base.Moment(), nullable=True),
        sa.CheckConstraint("(status = 'invoiced') = (charge_id IS NULL)", name=op.f("ck_deposits_charge")),
        sa.CheckConstraint("(status = 'invoiced') = (received_at IS NULL)", name=op.f("ck_deposits_received")),
        sa.CheckConstraint("status <> 'credited' OR credited_at IS NOT NULL", name=op.f("ck_deposits_credited")),
        sa.CheckConstraint("status <> 'reversed' OR taken_back_at IS NOT NULL", name=op.f("ck_deposits_reversed")),
        sa.CheckConstraint(
            "status IN ('invoiced', 'received', 'credited', 'reversed')", name=op.f("ck_deposits_status")
        ),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000000", name=op.f("ck_deposits_amount")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_deposits_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposits")),
        sa.UniqueConstraint("charge_id", name=op.f("uq_deposits_charge_id")),
        sa.UniqueConstraint("payload", name=op.f("uq_deposits_payload")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("deposits", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deposits_received",
            ["id"],
            unique=False,
            postgresql_where=sa.text("status = 'received'"),
            sqlite_where=sa.text("status = 'received'"),
        )
        batch_op.create_index(
            "ix_deposits_taken_back",
            ["id"],
            unique=False,
            postgresql_where=sa.text("taken_back_at IS NOT NULL AND status <> 'reversed'"),
            sqlite_where=sa.text("taken_back_at IS NOT NULL AND status <> 'reversed'"),
        )
        batch_op.create_index("ix_deposits_user_id", ["user_id", "id"], unique=False)

    op.create_table(
        "kill_switches",
        sa.Column("key", base.Word(), nullable=False),
        sa.Column("enabled", base.Truth(), nullable=False),
        sa.Column("epoch", base.Whole(), nullable=False),
        sa.Column("max_amount", base.Whole(), nullable=True),
        sa.Column("max_open", base.Whole(), nullable=True),
        sa.CheckConstraint(
            "key IN ('payouts', 'new_escrows', 'telegram_posting', 'worker_post', 'worker_watchdogs', 'withdrawals', 'money_movement')",
            name=op.f("ck_kill_switches_key"),
        ),
        sa.ForeignKeyConstraint(["epoch"], ["kill_switch_flips.epoch"], name=op.f("fk_kill_switches_epoch")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kill_switches")),
        sqlite_strict=True,
    )
    op.create_table(
        "notices",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("user_id", base.Whole(), nullable=False),
        sa.Column("kind", base.Word(), nullable=False),
        sa.Column("about", base.Whole(), nullable=True),
        sa.Column("args", base.Json(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("attempts", base.Whole(), nullable=False),
        sa.Column("message_id", base.Whole(), nullable=True),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.Column("due_at", base.Moment(), nullable=False),
        sa.Column("ended_at", base.Moment(), nullable=True),
        sa.CheckConstraint("status IN ('owed', 'sent', 'dropped')", name=op.f("ck_notices_status")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index("ix_notices_about", ["kind", "about"], unique=False)
        batch_op.create_index(
            "ix_notices_owed",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("status = 'owed'"),
            sqlite_where=sa.text("status = 'owed'"),
        )

    op.create_table(
        "transfers",
        sa.Column("key", base.Word(), nullable=False),
        sa.Column("source_id", base.Word(), nullable=False),
        sa.Column("destination_id", base.Word(), nullable=False),
        sa.Column("amount", base.Whole(), nullable=False),
        sa.Column("reason", base.Word(), nullable=False),
        sa.Column("reference_id", base.Whole(), nullable=True),
        sa.Column("epoch", base.Whole(), nullable=False),
        sa.Column("actor", base.Word(), nullable=False),
        sa.Column("act_id", base.Word(), nullable=False),
        sa.Column("at", base.Moment(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('deposit', 'escrow_hold', 'payout', 'fee', 'rebate', 'refund', 'withdrawal_hold', 'withdrawal', 'withdrawal_return', 'adjustment', 'loss')",
            name=op.f("ck_transfers_reason"),
        ),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000000", name=op.f("ck_transfers_amount")),
        sa.CheckConstraint("source_id <> destination_id", name=op.f("ck_transfers_two_wallets")),
        sa.ForeignKeyConstraint(["destination_id"], ["wallets.id"], name=op.f("fk_transfers_destination_id")),
        sa.ForeignKeyConstraint(["source_id"], ["wallets.id"], name=op.f("fk_transfers_source_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_transfers")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.create_index("ix_transfers_act_id", ["act_id"], unique=False)
        batch_op.create_index("ix_transfers_reference_id", ["reference_id", "reason"], unique=False)

    op.create_table(
        "channel_managers",
        sa.Column("channel_id", base.Whole(), nullable=False),
        sa.Column("user_id", base.Whole(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_channel_managers_channel_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_channel_managers_user_id")),
        sa.PrimaryKeyConstraint("channel_id", "user_id", name=op.f("pk_channel_managers")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("channel_managers", schema=None) as batch_op:
        batch_op.create_index("ix_channel_managers_user_id", ["user_id"], unique=False)

    op.create_table(
        "creatives",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("campaign_id", base.Whole(), nullable=False),
        sa.Column("version", base.Whole(), nullable=False),
        sa.Column("content", base.Json(), nullable=False),
        sa.Column("fingerprint", base.Word(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_creatives_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_creatives")),
        sa.UniqueConstraint("campaign_id", "version", name=op.f("uq_creatives_campaign_id_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("transfer_key", base.Word(), nullable=False),
        sa.Column("wallet_id", base.Word(), nullable=False),
        sa.Column("amount", base.Whole(), nullable=False),
        sa.Column("reason", base.Word(), nullable=False),
        sa.Column("reference_id", base.Whole(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('deposit', 'escrow_hold', 'payout', 'fee', 'rebate', 'refund', 'withdrawal_hold', 'withdrawal', 'withdrawal_return', 'adjustment', 'loss')",
            name=op.f("ck_ledger_entries_reason"),
        ),
        sa.ForeignKeyConstraint(["transfer_key"], ["transfers.key"], name=op.f("fk_ledger_entries_transfer_key")),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_ledger_entries_wallet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("transfer_key", "wallet_id", name=op.f("uq_ledger_entries_transfer_key_wallet_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_entries_reference_id", ["reference_id", "reason"], unique=False)
        batch_op.create_index("ix_ledger_entries_wallet_id", ["wallet_id", "id"], unique=False)

    op.create_table(
        "offers",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("channel_id", base.Whole(), nullable=False),
        sa.Column("price", base.Whole(), nullable=False),
        sa.Column("currency", base.Word(), nullable=False),
        sa.Column("hours", base.Whole(), nullable=False),
        sa.Column("pin", base.Truth(), nullable=False),
        sa.CheckConstraint("hours BETWEEN 0 AND 720", name=op.f("ck_offers_hours")),
        sa.CheckConstraint("price BETWEEN 1 AND 1000000000000", name=op.f("ck_offers_price")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_offers_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_offers_channel_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "campaign_targets",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("campaign_id", base.Whole(), nullable=False),
        sa.Column("creative_id", base.Whole(), nullable=False),
        sa.Column("channel_id", base.Whole(), nullable=False),
        sa.Column("publisher_id", base.Whole(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("approval", base.Word(), nullable=False),
        sa.Column("price", base.Whole(), nullable=False),
        sa.Column("currency", base.Word(), nullable=False),
        sa.Column("fee_bps", base.Whole(), nullable=False),
        sa.Column("hours", base.Whole(), nullable=False),
        sa.Column("pin", base.Truth(), nullable=False),
        sa.Column("slot", base.Moment(), nullable=True),
        sa.Column("answer_by", base.Moment(), nullable=True),
        sa.Column("decided_at", base.Moment(), nullable=True),
        sa.Column("decline_reason", base.Word(), nullable=True),
        sa.Column("version", base.Whole(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.CheckConstraint("(approval = 'waiting') = (decided_at IS NULL)", name=op.f("ck_campaign_targets_decided")),
        sa.CheckConstraint(
            "approval IN ('waiting', 'approved', 'declined', 'expired', 'cancelled')",
            name=op.f("ck_campaign_targets_approval"),
        ),
        sa.CheckConstraint("status IN ('pending', 'posted', 'refunded')", name=op.f("ck_campaign_targets_status")),
        sa.CheckConstraint("fee_bps BETWEEN 0 AND 9999", name=op.f("ck_campaign_targets_fee_bps")),
        sa.CheckConstraint("hours BETWEEN 0 AND 720", name=op.f("ck_campaign_targets_hours")),
        sa.CheckConstraint("price BETWEEN 1 AND 1000000000000", name=op.f("ck_campaign_targets_price")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_targets_campaign_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_campaign_targets_channel_id")),
        sa.ForeignKeyConstraint(["creative_id"], ["creatives.id"], name=op.f("fk_campaign_targets_creative_id")),
        sa.ForeignKeyConstraint(["publisher_id"], ["users.id"], name=op.f("fk_campaign_targets_publisher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_targets")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("campaign_targets", schema=None) as batch_op:
        batch_op.create_index("ix_campaign_targets_campaign_id", ["campaign_id"], unique=False)
        batch_op.create_index("ix_campaign_targets_channel_id", ["channel_id"], unique=False)
        batch_op.create_index("ix_campaign_targets_publisher_id", ["publisher_id", "id"], unique=False)
        batch_op.create_index(
            "ix_campaign_targets_waiting",
            ["answer_by"],
            unique=False,
            postgresql_where=sa.text("approval = 'waiting'"),
            sqlite_where=sa.text("approval = 'waiting'"),
        )

    op.create_table(
        "escrows",
        sa.Column("id", base.Whole(), autoincrement=False, nullable=False),
        sa.Column("campaign_target_id", base.Whole(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("amount", base.Whole(), nullable=False),
        sa.Column("currency", base.Word(), nullable=False),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.Column("resolved_at", base.Moment(), nullable=True),
        sa.CheckConstraint("(status = 'held') = (resolved_at IS NULL)", name=op.f("ck_escrows_resolved")),
        sa.CheckConstraint("status IN ('held', 'released', 'refunded')", name=op.f("ck_escrows_status")),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000000", name=op.f("ck_escrows_amount")),
        sa.CheckConstraint("id = campaign_target_id", name=op.f("ck_escrows_number")),
        sa.ForeignKeyConstraint(
            ["campaign_target_id"], ["campaign_targets.id"], name=op.f("fk_escrows_campaign_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escrows")),
        sa.UniqueConstraint("campaign_target_id", name=op.f("uq_escrows_campaign_target_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("escrows", schema=None) as batch_op:
        batch_op.create_index(
            "ix_escrows_held",
            ["created_at"],
            unique=False,
            postgresql_where=sa.text("status = 'held'"),
            sqlite_where=sa.text("status = 'held'"),
        )

    op.create_table(
        "post_jobs",
        sa.Column("id", base.Whole(), autoincrement=False, nullable=False),
        sa.Column("campaign_target_id", base.Whole(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("due_at", base.Moment(), nullable=False),
        sa.Column("deadline", base.Moment(), nullable=False),
        sa.Column("attempts", base.Whole(), nullable=False),
        sa.Column("lost_leases", base.Whole(), nullable=False),
        sa.Column("lost_alone", base.Whole(), nullable=False),
        sa.Column("lease_token", base.Word(), nullable=True),
        sa.Column("lease_until", base.Moment(), nullable=True),
        sa.Column("failure", base.Word(), nullable=True),
        sa.Column("last_error", base.Word(), nullable=True),
        sa.Column("chat_id", base.Whole(), nullable=True),
        sa.Column("message_id", base.Whole(), nullable=True),
        sa.Column("message_ids", base.Json(), nullable=True),
        sa.Column("published_at", base.Moment(), nullable=True),
        sa.Column("next_look_at", base.Moment(), nullable=True),
        sa.Column("confirm_at", base.Moment(), nullable=True),
        sa.Column("served_at", base.Moment(), nullable=True),
        sa.Column("created_at", base.Moment(), nullable=False),
        sa.Column("ended_at", base.Moment(), nullable=True),
        sa.CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name=op.f("ck_post_jobs_failure")),
        sa.CheckConstraint("(status = 'sending') = (lease_token IS NOT NULL)", name=op.f("ck_post_jobs_lease")),
        sa.CheckConstraint(
            "(status IN ('success', 'removed')) = (published_at IS NOT NULL)", name=op.f("ck_post_jobs_published")
        ),
        sa.CheckConstraint("served_at IS NULL OR status = 'success'", name=op.f("ck_post_jobs_served")),
        sa.CheckConstraint(
            "status IN ('queued', 'sending', 'success', 'failed', 'uncertain', 'removed')",
            name=op.f("ck_post_jobs_status"),
        ),
        sa.CheckConstraint("id = campaign_target_id", name=op.f("ck_post_jobs_number")),
        sa.ForeignKeyConstraint(
            ["campaign_target_id"], ["campaign_targets.id"], name=op.f("fk_post_jobs_campaign_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_jobs")),
        sa.UniqueConstraint("campaign_target_id", name=op.f("uq_post_jobs_campaign_target_id")),
        sa.UniqueConstraint("chat_id", "message_id", name=op.f("uq_post_jobs_chat_id_message_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("post_jobs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_post_jobs_due",
            ["due_at", "id"],
            unique=False,
            postgresql_where=sa.text("status = 'queued'"),
            sqlite_where=sa.text("status = 'queued'"),
        )
        batch_op.create_index(
            "ix_post_jobs_lease",
            ["lease_until"],
            unique=False,
            postgresql_where=sa.text("status = 'sending'"),
            sqlite_where=sa.text("status = 'sending'"),
        )
        batch_op.create_index(
            "ix_post_jobs_look",
            ["next_look_at"],
            unique=False,
            postgresql_where=sa.text("status = 'success' AND next_look_at IS NOT NULL"),
            sqlite_where=sa.text("status = 'success' AND next_look_at IS NOT NULL"),
        )
        batch_op.create_index("ix_post_jobs_status", ["status"], unique=False)

    op.create_table(
        "post_attempts",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("post_job_id", base.Whole(), nullable=False),
        sa.Column("token", base.Word(), nullable=False),
        sa.Column("alone", base.Truth(), nullable=False),
        sa.Column("status", base.Word(), nullable=False),
        sa.Column("prepared_at", base.Moment(), nullable=False),
        sa.Column("started_at", base.Moment(), nullable=True),
        sa.Column("ended_at", base.Moment(), nullable=True),
        sa.Column("error", base.Word(), nullable=True),
        sa.CheckConstraint(
            "status IN ('prepared', 'started', 'dropped', 'accepted', 'refused', 'not_sent', 'unknown')",
            name=op.f("ck_post_attempts_status"),
        ),
        sa.ForeignKeyConstraint(["post_job_id"], ["post_jobs.id"], name=op.f("fk_post_attempts_post_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_attempts")),
        sa.UniqueConstraint("post_job_id", "token", name=op.f("uq_post_attempts_post_job_id_token")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("post_attempts", schema=None) as batch_op:
        batch_op.create_index("ix_post_attempts_post_job_id", ["post_job_id", "id"], unique=False)

    op.create_table(
        "post_checks",
        sa.Column("id", base.Whole(), nullable=False),
        sa.Column("post_job_id", base.Whole(), nullable=False),
        sa.Column("verdict", base.Word(), nullable=False),
        sa.Column("evidence", base.Word(), nullable=True),
        sa.Column("actor", base.Word(), nullable=False),
        sa.Column("at", base.Moment(), nullable=False),
        sa.CheckConstraint("verdict IN ('up', 'gone', 'unknown')", name=op.f("ck_post_checks_verdict")),
        sa.ForeignKeyConstraint(["post_job_id"], ["post_jobs.id"], name=op.f("fk_post_checks_post_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_checks")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("post_checks", schema=None) as batch_op:
        batch_op.create_index("ix_post_checks_post_job_id", ["post_job_id", "id"], unique=False)
    house = [{"id": f"{kind}:XTR", "kind": kind} for kind in ("fees", "external", "suspense", "losses")]
    rest = {"owner_id": None, "currency": "XTR", "balance": 0, "created_at": datetime.now(UTC)}
    op.bulk_insert(wallets, [wallet | rest for wallet in house])


def downgrade() -> None:
    with op.batch_alter_table("post_checks", schema=None) as batch_op:
        batch_op.drop_index("ix_post_checks_post_job_id")

    op.drop_table("post_checks")
    with op.batch_alter_table("post_attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_post_attempts_post_job_id")

    op.drop_table("post_attempts")
    with op.batch_alter_table("post_jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_post_jobs_status")
        batch_op.drop_index(
            "ix_post_jobs_look",
            postgresql_where=sa.text("status = 'success' AND next_look_at IS NOT NULL"),
            sqlite_where=sa.text("status = 'success' AND next_look_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_post_jobs_lease",
            postgresql_where=sa.text("status = 'sending'"),
            sqlite_where=sa.text("status = 'sending'"),
        )
        batch_op.drop_index(
            "ix_post_jobs_due", postgresql_where=sa.text("status = 'queued'"), sqlite_where=sa.text("status = 'queued'")
        )

    op.drop_table("post_jobs")
    with op.batch_alter_table("escrows", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_escrows_held", postgresql_where=sa.text("status = 'held'"), sqlite_where=sa.text("status = 'held'")
        )

    op.drop_table("escrows")
    with op.batch_alter_table("campaign_targets", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_campaign_targets_waiting",
            postgresql_where=sa.text("approval = 'waiting'"),
            sqlite_where=sa.text("approval = 'waiting'"),
        )
        batch_op.drop_index("ix_campaign_targets_publisher_id")
        batch_op.drop_index("ix_campaign_targets_channel_id")
        batch_op.drop_index("ix_campaign_targets_campaign_id")

    op.drop_table("campaign_targets")
    op.drop_table("offers")
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_entries_wallet_id")
        batch_op.drop_index("ix_ledger_entries_reference_id")

    op.drop_table("ledger_entries")
    op.drop_table("creatives")
    with op.batch_alter_table("channel_managers", schema=None) as batch_op:
        batch_op.drop_index("ix_channel_managers_user_id")

    op.drop_table("channel_managers")
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.drop_index("ix_transfers_reference_id")
        batch_op.drop_index("ix_transfers_act_id")

    op.drop_table("transfers")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notices_owed", postgresql_where=sa.text("status = 'owed'"), sqlite_where=sa.text("status = 'owed'")
        )
        batch_op.drop_index("ix_notices_about")

    op.drop_table("notices")
    op.drop_table("kill_switches")
    with op.batch_alter_table("deposits", schema=None) as batch_op:
        batch_op.drop_index("ix_deposits_user_id")
        batch_op.drop_index(
            "ix_deposits_taken_back",
            postgresql_where=sa.text("taken_back_at IS NOT NULL AND status <> 'reversed'"),
            sqlite_where=sa.text("taken_back_at IS NOT NULL AND status <> 'reversed'"),
        )
        batch_op.drop_index(
            "ix_deposits_received",
            postgresql_where=sa.text("status = 'received'"),
            sqlite_where=sa.text("status = 'received'"),
        )

    op.drop_table("deposits")
    with op.batch_alter_table("countersigns", schema=None) as batch_op:
        batch_op.drop_index("ix_countersigns_open")

    op.drop_table("countersigns")
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_channels_owner_id"))
        batch_op.drop_index(
            "ix_channels_listed",
            postgresql_where=sa.text("status = 'listed'"),
            sqlite_where=sa.text("status = 'listed'"),
        )

    op.drop_table("channels")
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.drop_index("ix_campaigns_advertiser_id")

    op.drop_table("campaigns")
    with op.batch_alter_table("wallets", schema=None) as batch_op:
        batch_op.drop_index("ix_wallets_owner")

    op.drop_table("wallets")
    op.drop_table("users")
    op.drop_table("kill_switch_flips")
    op.drop_table("heartbeats")
    op.drop_table("dialog_states")
    op.drop_table("checkpoints")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_events_subject")
        batch_op.drop_index("ix_audit_events_act_id")

    op.drop_table("audit_events")
