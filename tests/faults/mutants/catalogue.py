"""The mutants: what is wrong, the words replaced, and the tests that must see it."""

from dataclasses import dataclass

MONEY = "tests/domain/test_money.py::"
PAYMENTS = "tests/integration/test_payments.py::"
SWITCHES = "tests/integration/test_kill_switch.py::"
APPROVALS = "tests/domain/test_approvals.py::"
COMPLETING = "tests/domain/test_completing.py::"
REPAIRS = "tests/domain/test_repairs.py::"
PUBLISHING = "tests/domain/test_publishing.py::"
POSTING = "tests/scheduler/test_posting.py::"
CHECKS = "tests/scheduler/test_checks.py::"
LOOKS = "tests/domain/test_checks.py::"
SEARCHING = "tests/scheduler/test_searching.py::"
GUARDS = "tests/storage/test_guards.py::test_the_database_refuses"
ROLES = "tests/storage/test_roles.py::"
FLIPS = "tests/faults/test_flips.py::test_nothing_commits_after_a_halt_has_answered_and_it_answers_soon"
DEEDS = "tests/faults/test_deeds.py::"
GATHER = "tests/storage/test_gather.py::"
REPLIES = "tests/faults/test_lost_replies.py::"
LOCKS = "tests/faults/test_locks.py::test_nobody_waits_in_a_circle"

BLOCKS = "tests/domain/test_blocks.py::"
RETRYING = "tests/domain/test_retrying.py::"
ACCESS = "tests/flows/test_access.py::"
SECURITY = "tests/bot/test_security.py::"

HOLDING, RESOLVING = "domain/escrow/holding.py", "domain/escrow/resolving.py"
DEPOSITS, KILL_SWITCHES = "domain/payments.py", "domain/kill_switches.py"


@dataclass(frozen=True)
class Edit:
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """One fault: what it does, its edits, and the tests of which one must fail."""

    what: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


def mutant(what: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(what, (Edit(file, old, new),), tests)


MUTANTS = [
    mutant(
        "the fee is rounded up",
        "domain/money.py",
        "fee = served * fee_bps // WHOLE",
        "fee = -(-served * fee_bps // WHOLE)",
        MONEY + "test_the_split_is_exact_for_every_price_and_many_fees",
    ),
    mutant(
        "True is an amount",
        "domain/money.py",
        "isinstance(minor, bool) or ",
        "",
        MONEY + "test_nothing_else_is_an_amount",
    ),
    mutant(
        "the payout goes to the advertiser",
        RESOLVING,
        'f"{base}:payout", source, publisher,',
        'f"{base}:payout", source, advertiser,',
        PAYMENTS + "test_int_es_02_a_release_pays_the_publisher_the_price_minus_the_fee",
    ),
    mutant(
        "the fee is not taken",
        RESOLVING,
        "if paid.fee:",
        "if not paid.fee:",
        PAYMENTS + "test_int_es_02_a_release_pays_the_publisher_the_price_minus_the_fee",
    ),
    mutant(
        "what succeeded is refunded",
        RESOLVING,
        "elif row.job not in (JobStatus.failed, JobStatus.removed):",
        "elif row.job not in (JobStatus.failed, JobStatus.removed, JobStatus.success):",
        PAYMENTS + "test_int_es_03_a_refund_needs_a_failed_job",
    ),
    mutant(
        "a release does not wait until the time is served",
        RESOLVING,
        "row.job != JobStatus.success or row.served_at is None",
        "row.job != JobStatus.success",
        PAYMENTS + "test_int_es_02_a_release_waits_until_the_time_is_served",
    ),
    mutant(
        "a refund asked for again is refused",
        RESOLVING,
        "elif row.status == Status.refunded:\n            came[i] = Returned(i, row.amount)",
        "elif row.status == Status.refunded:\n            came[i] = WrongState('escrow', row.status)",
        PAYMENTS + "test_int_es_03_a_refund_gives_the_price_back_even_with_payouts_halted",
    ),
    mutant(
        "a release asked for again answers without the fee",
        RESOLVING,
        "elif row.status == Status.released:\n            came[i] = paid",
        "elif row.status == Status.released:\n            came[i] = Paid(i, paid.payout, 0)",
        REPLIES + "test_an_act_whose_reply_was_lost_has_one_effect_and_answers_when_asked_again[release]",
    ),
    mutant(
        "a hold asked for again is refused",
        HOLDING,
        "if all(row.id in held for row in mine):",
        "if not mine:",
        REPLIES + "test_an_act_whose_reply_was_lost_has_one_effect_and_answers_when_asked_again[hold]",
    ),
    mutant(
        "anybody may hold anybody's order",
        HOLDING,
        "if i in rows and actor.is_user(rows[i].advertiser_id)]",
        "if i in rows]",
        PAYMENTS + "test_int_es_01_a_stranger_cannot_hold_what_is_not_theirs",
    ),
    mutant(
        "of an order only the first placement is held",
        HOLDING,
        "accepted += [(row, actor) for row in mine]",
        "accepted += [(row, actor) for row in mine[:1]]",
        DEEDS + "test_an_act_moves_exactly_this_money_and_asked_again_none",
    ),
    mutant(
        "an order needs the money for its dearest placement only",
        HOLDING,
        "needed = sum(row.price for row in mine)",
        "needed = max(row.price for row in mine)",
        PAYMENTS + "test_int_es_01_an_order_is_held_whole_or_not_at_all",
    ),
    mutant(
        "a hold may overdraw by one",
        HOLDING,
        "available < needed",
        "available + 1 < needed",
        PAYMENTS + "test_int_es_01_a_hold_needs_the_whole_price_and_no_more",
    ),
    mutant(
        "a hold leaves at least one in the wallet",
        HOLDING,
        "available < needed",
        "available <= needed",
        PAYMENTS + "test_int_es_01_a_hold_needs_the_whole_price_and_no_more",
    ),
    mutant(
        "the orders of a set may spend the same money",
        HOLDING,
        "balances[source] = available - needed",
        "balances[source] = available",
        DEEDS + "test_two_orders_of_one_set_cannot_spend_the_same_money",
    ),
    mutant(
        "a hold reads the balance and does not lock it",
        "domain/wallets.py",
        'w.c.id.in_(bindparam("ids", expanding=True))).order_by(w.c.id).with_for_update()',
        'w.c.id.in_(bindparam("ids", expanding=True))).order_by(w.c.id)',
        PAYMENTS + "test_int_es_01_of_fifty_targets_with_money_for_seven_exactly_seven_are_held",
    ),
    mutant(
        "a charge with another amount is the same charge",
        DEPOSITS,
        "!= (user_id, amount, currency):\n            raise",
        "!= (user_id, deposit.amount, currency):\n            raise",
        PAYMENTS + "test_int_wl_01_the_same_charge_with_another_amount_is_refused",
    ),
    mutant(
        "a credited deposit is credited again, under another key",
        DEPOSITS,
        'f"deposit:{r.charge_id}",',
        'f"deposit:{r.charge_id}:{act.id}",',
        PAYMENTS + "test_int_wl_01_a_deposit_is_credited_once_with_entries_and_audit",
    ),
    mutant(
        "a credited deposit is due again",
        DEPOSITS,
        "if row.status == Status.received and row.taken_back_at is None]",
        "if row.status in (Status.received, Status.credited) and row.taken_back_at is None]",
        PAYMENTS + "test_int_wl_01_a_deposit_is_credited_once_with_entries_and_audit",
    ),
    mutant(
        "Stars taken back are credited all the same",
        DEPOSITS,
        "if row.status == Status.received and row.taken_back_at is None]",
        "if row.status == Status.received]",
        REPAIRS + "test_stars_taken_back_before_they_were_credited_are_never_credited",
    ),
    mutant(
        "of two reports of one charge one ends in an error",
        "storage/gate.py",
        'return state == UNIQUE or "UNIQUE constraint failed" in str(error.orig)',
        "return False",
        PAYMENTS + "test_int_wl_01_fifty_reports_of_one_charge_credit_it_once",
    ),
    Mutant(
        "the gate reads without FOR SHARE, and no trigger asks again",
        (
            Edit(KILL_SWITCHES, ".order_by(s.c.key).with_for_update(read=True)", ".order_by(s.c.key)"),
            Edit("storage/guards.py", "AND enabled) < TG_NARGS", "AND enabled) < 0"),
        ),
        (FLIPS + "[postgresql-16]",),
    ),
    mutant(
        "the gate reads without FOR SHARE",
        KILL_SWITCHES,
        ".order_by(s.c.key).with_for_update(read=True)",
        ".order_by(s.c.key)",
        FLIPS + "[postgresql-16]",
    ),
    mutant(
        "a flip does not take the whole table",
        KILL_SWITCHES,
        'act.conn.execute(text("LOCK TABLE kill_switches IN EXCLUSIVE MODE"))',
        "pass",
        FLIPS + "[postgresql-32]",
    ),
    mutant(
        "a release asks no switch",
        RESOLVING,
        '@set_action("escrow.release", roles=SYSTEM, gates=GATES[Reason.payout])',
        '@set_action("escrow.release", roles=SYSTEM, gates=())',
        PAYMENTS + "test_int_es_02_halted_payouts_leave_everything_and_the_later_release_is_the_same",
    ),
    mutant(
        "payouts ask the wrong switch, in the action and in the trigger",
        "domain/ledger.py",
        "Reason.payout: (Switch.payouts, Switch.money_movement)",
        "Reason.payout: (Switch.withdrawals, Switch.money_movement)",
        PAYMENTS + "test_int_es_02_halted_payouts_leave_everything_and_the_later_release_is_the_same",
    ),
    mutant(
        "a refund waits for payouts",
        RESOLVING,
        '@set_action("escrow.refund", roles=SYSTEM, gates=GATES[Reason.refund])',
        '@set_action("escrow.refund", roles=SYSTEM, gates=GATES[Reason.payout])',
        PAYMENTS + "test_int_es_03_a_refund_gives_the_price_back_even_with_payouts_halted",
    ),
    mutant(
        "a switch without a row is ENABLED",
        KILL_SWITCHES,
        "if key not in rows or rows[key].enabled is not True:",
        "if key not in rows:\n            continue\n        if rows[key].enabled is not True:",
        SWITCHES + "test_int_ks_01_a_missing_row_is_halted",
    ),
    mutant(
        "a switch that cannot be read is ENABLED",
        KILL_SWITCHES,
        "raise Refused(Halted(gates[0])) from unreadable",
        "return",
        SWITCHES + "test_int_ks_01_a_read_that_fails_is_halted",
    ),
    mutant(
        "an act does not say which flip it has read",
        KILL_SWITCHES,
        "act.epoch = max(row.epoch for row in rows.values())",
        "act.epoch = 0",
        SWITCHES + "test_flips_are_numbered_and_transfers_carry_what_they_read",
    ),
    mutant(
        "everybody may resume",
        KILL_SWITCHES,
        '@action("kill_switches.resume", roles=ADMINS,',
        '@action("kill_switches.resume", roles=ANYONE | ADMINS,',
        SWITCHES + "test_people_may_not_flip",
    ),
    Mutant(
        "a switch can be changed without a flip",
        (
            Edit(
                "storage/guards.py",
                'yield refuse("state_of_flip", "kill_switches", "UPDATE", NOT_ITS_FLIPS, "not of its flip")',
                "pass",
            ),
            Edit(
                "storage/guards.py",
                'yield trigger("state_of_flip", "kill_switches", "INSERT OR UPDATE", "check_state()")',
                "pass",
            ),
        ),
        (GUARDS,),
    ),
    mutant(
        "a transfer is written on one side only",
        "storage/guards.py",
        "UPDATE wallets SET balance = balance + NEW.amount WHERE id = NEW.destination_id;",
        "",
        PAYMENTS + "test_int_wl_01_a_deposit_is_credited_once_with_entries_and_audit",
    ),
    mutant(
        "a transfer may be changed",
        "storage/guards.py",
        '    "transfers": "key",\n',
        "",
        GUARDS,
    ),
    mutant(
        "a deposit is credited and nothing is in the audit",
        DEPOSITS,
        "for r in due:\n            act.record(",
        "for r in due[:0]:\n            act.record(",
        PAYMENTS + "test_int_wl_01_a_deposit_is_credited_once_with_entries_and_audit",
    ),
    mutant(
        "a late worker may record with another's lease",
        "domain/post_jobs/lease.py",
        "job.lease_token != token or ",
        "",
        DEEDS + "test_a_worker_whose_job_another_has_claimed_may_neither_start_nor_record",
    ),
    mutant(
        "what was started is queued again when its lease runs out",
        "domain/post_jobs/ending.py",
        "prepared = [row for row in rows if row.attempt == AttemptStatus.prepared]\n"
        "    started = [row for row in rows if row.attempt == AttemptStatus.started]",
        "prepared = list(rows)\n    started: list[Any] = []",
        POSTING + "test_a_database_that_fails_right_after_telegram_accepted_sends_and_refunds_nothing",
    ),
    mutant(
        "nothing is ever poison",
        "domain/post_jobs/ending.py",
        "if alone and before + 1 >= act.terms.lost_leases]",
        "if alone and before < 0]",
        POSTING + "test_a_creative_nobody_can_read_fails_alone_as_poison",
    ),
    mutant(
        "what nobody approved is claimed",
        "domain/post_jobs/readiness.py",
        "    ct.c.approval == Approval.approved,\n",
        "    ct.c.approval != Approval.declined,\n",
        DEEDS + "test_a_booking_nobody_has_answered_is_not_claimed",
    ),
    mutant(
        "a paused campaign is claimed",
        "domain/post_jobs/readiness.py",
        "    cp.c.status == CampaignStatus.active,\n",
        "",
        DEEDS + "test_a_paused_campaign_is_not_claimed",
    ),
    mutant(
        "what is late is claimed without a yes",
        "domain/post_jobs/readiness.py",
        "    or_(j.c.late_accepted_at.is_not(None), ~LATE),\n",
        "",
        PUBLISHING + "test_half_an_hour_after_slot_and_approval_it_is_published_unasked_and_then_no_more",
    ),
    mutant(
        "lateness is tolerated to the deadline",
        "domain/post_jobs/readiness.py",
        "act.terms.late - act.terms.tolerated}",
        "act.terms.tolerated - act.terms.tolerated}",
        PUBLISHING + "test_what_has_become_late_is_asked_once_and_published_after_a_yes",
    ),
    mutant(
        "the advertiser of what is late is asked again and again",
        "domain/post_jobs/lateness.py",
        "j.c.late_asked_at.is_(None), ",
        "",
        PUBLISHING + "test_what_has_become_late_is_asked_once_and_published_after_a_yes",
    ),
    mutant(
        "anybody may say yes to what is late",
        "domain/post_jobs/lateness.py",
        "not act.actor.is_user(job.advertiser_id) or ",
        "",
        PUBLISHING + "test_only_its_advertiser_may_say_yes_and_only_to_what_was_asked",
    ),
    mutant(
        "a yes comes after the deadline",
        "domain/post_jobs/lateness.py",
        "    if deadline <= act.now:\n        raise Refused(Overdue())\n",
        "",
        PUBLISHING + "test_an_answer_after_the_deadline_or_after_a_cancellation_is_refused",
    ),
    mutant(
        "a start does not look again",
        "domain/post_jobs/publishing.py",
        "    came |= {i: HeldBack(i) for i in facts if i not in ready}\n",
        "",
        PUBLISHING + "test_a_campaign_paused_after_the_claim_is_not_started",
    ),
    mutant(
        "a start does not wait for a pause",
        "domain/post_jobs/publishing.py",
        '    act.conn.execute(LOCK_CAMPAIGNS, {"ids": in_order(asked)})\n',
        "",
        PUBLISHING + "test_nothing_is_started_any_more_once_a_pause_has_been_answered",
    ),
    mutant(
        "a channel without rights is posted to",
        "domain/post_jobs/readiness.py",
        "    c.c.status != ChannelStatus.lost,\n",
        "",
        PUBLISHING + "test_a_channel_whose_rights_are_lost_after_the_claim_is_not_posted_to",
    ),
    mutant(
        "a placement whose money is resolved is sent",
        "domain/post_jobs/readiness.py",
        "    ct.c.status == TargetStatus.pending,\n",
        "",
        PUBLISHING + "test_a_placement_whose_money_is_resolved_is_neither_claimed_nor_started",
    ),
    mutant(
        "the last try comes after the deadline",
        "domain/post_jobs/readiness.py",
        "min(whole * (1 + terms.chance()) / 2, left / 2)",
        "whole * (1 + terms.chance()) / 2",
        PUBLISHING + "test_the_wait_leaves_a_last_try_before_the_deadline",
    ),
    mutant(
        "what Telegram puts off counts as a try",
        "domain/post_jobs/publishing.py",
        "int(to == Status.queued and sent.retry_in is None)",
        "int(to == Status.queued)",
        PUBLISHING + "test_what_telegram_puts_off_is_tried_when_it_says_and_counts_for_nothing",
    ),
    mutant(
        "what was not sent is tried at once",
        "domain/post_jobs/publishing.py",
        "facts.deadline - act.now) if",
        "facts.deadline - facts.deadline) if",
        PUBLISHING + "test_what_was_not_sent_is_tried_again_later_and_later_and_never_after_its_deadline",
    ),
    mutant(
        "a pin is forgotten when its worker is lost",
        "domain/post_jobs/pinning.py",
        '"at": act.now + act.terms.repin}',
        '"at": None}',
        PUBLISHING + "test_a_worker_that_is_lost_while_it_pins_leaves_it_to_the_next",
    ),
    mutant(
        "a pin is tried for ever",
        "domain/post_jobs/pinning.py",
        "came[i] == AttemptStatus.refused or over",
        "came[i] == AttemptStatus.refused",
        PUBLISHING + "test_a_pin_nobody_knows_of_is_made_again_until_it_is_given_up_and_told",
    ),
    mutant(
        "what a person found is not pinned",
        "domain/checks/verdicts.py",
        "    pin_due_at=post_jobs.PIN_DUE,\n",
        "",
        PUBLISHING + "test_what_a_person_found_to_be_published_is_pinned_too",
    ),
    mutant(
        "silence is not heard of",
        "bot/posts.py",
        "quiet = True if silent else None",
        "quiet = None",
        POSTING + "test_silence_is_the_advertisers_choice",
    ),
    mutant(
        "anybody may give a verdict",
        "domain/checks/verdicts.py",
        '@action("post_jobs.verdict", roles=ADMINS | SYSTEM,',
        '@action("post_jobs.verdict", roles=frozenset({"user"}) | ADMINS | SYSTEM,',
        CHECKS + "test_a_verdict_settles_what_was_uncertain",
    ),
    mutant(
        "a reaction is an edit",
        "domain/checks/edits.py",
        "is_same = fingerprint == shown[number]",
        "is_same = False",
        LOOKS + "test_an_emoji_reaction_voids_no_deal",
    ),
    mutant(
        "one look is enough for gone",
        "domain/checks/looking.py",
        "if verdict == Verdict.gone and before[:1] == [Verdict.gone]:",
        "if verdict == Verdict.gone:",
        LOOKS + "test_gone_takes_two_looks_some_minutes_apart",
    ),
    mutant(
        "a look without its rights counts",
        "domain/checks/looking.py",
        "if side.channel == ChannelStatus.lost and saw.verdict != Verdict.up:",
        "if False:",
        LOOKS + "test_without_its_rights_the_bot_sees_nothing_that_counts_against_anybody",
    ),
    mutant(
        "a changed post is paid because it is there",
        "domain/checks/looking.py",
        "if saw.verdict == Verdict.up and job.changed_at is not None and not saw.was_read:",
        "if False:",
        LOOKS + "test_a_change_is_told_to_both_at_once_and_refunded_where_it_is_not_restored",
    ),
    mutant(
        "a change has no time to be restored",
        "domain/checks/looking.py",
        "at >= job.changed_at + act.terms.repair",
        "at >= job.changed_at",
        LOOKS + "test_a_changed_post_looked_at_before_its_time_is_over_is_not_removed",
    ),
    mutant(
        "a look that comes back late is of the moment it came back",
        "domain/checks/looking.py",
        "at = min(saw.since or act.now, act.now)",
        "at = act.now",
        LOOKS + "test_a_look_that_comes_back_late_confirms_only_what_it_saw",
    ),
    mutant(
        "the end's look is enough to be paid",
        "domain/post_jobs/moments.py",
        "    if now >= end + terms.confirm:\n",
        "    if now >= end:\n",
        LOOKS + "test_a_day_is_looked_at_early_in_eight_bands_at_the_end_and_once_more_and_only_then_paid",
    ),
    mutant(
        "a band is left out",
        "domain/post_jobs/moments.py",
        "max((due - published) // width + 1, over // width)",
        "max((due - published) // width + 2, over // width)",
        LOOKS + "test_a_day_is_looked_at_early_in_eight_bands_at_the_end_and_once_more_and_only_then_paid",
    ),
    mutant(
        "a share pays the whole price",
        RESOLVING,
        "split(row.amount, row.fee_bps, row.share)",
        "split(row.amount, row.fee_bps)",
        LOOKS + "test_a_post_gone_early_is_paid_for_the_time_it_was_seen_up_where_the_offer_says_so",
    ),
    mutant(
        "a share is paid whatever the offer says",
        "domain/checks/ending.py",
        "partly = [loss.job.id for loss in losses if loss.side.proportional]",
        "partly = [loss.job.id for loss in losses]",
        LOOKS + "test_what_was_booked_keeps_its_terms",
    ),
    mutant(
        "the time after the change counts as served",
        "domain/checks/ending.py",
        "k.c.verdict == Verdict.up)",
        "k.c.verdict != Verdict.gone)",
        LOOKS + "test_the_share_of_a_changed_post_ends_with_the_last_look_before_the_change",
    ),
    mutant(
        "anybody may approve",
        "domain/approvals.py",
        "if not facts.manages:",
        "if facts is None:",
        APPROVALS + "test_only_a_manager_of_the_channel_may_answer",
    ),
    mutant(
        "a declined placement stays queued",
        "domain/approvals.py",
        "    post_jobs.fail(act, [target_id], Failure.declined, reason)\n",
        "",
        APPROVALS + "test_declined_money_comes_back",
    ),
    mutant(
        "resolving locks in the wrong order",
        RESOLVING,
        "for lock in (LOCK_TARGETS, LOCK_JOBS, LOCK_ESCROWS):",
        "for lock in (LOCK_ESCROWS, LOCK_JOBS, LOCK_TARGETS):",
        LOCKS,
    ),
    mutant(
        "one admin alone resumes money in production",
        "domain/countersigns.py",
        "or signature.status != Status.signed\n",
        "or signature.status == Status.used\n",
        REPAIRS + "test_resuming_money_needs_another_admin_in_production",
    ),
    mutant(
        "a campaign is completed while a placement is still held",
        "domain/escrow/completing.py",
        "if not row.held]",
        "]",
        COMPLETING + "test_a_campaign_is_completed_with_its_last_placement_and_its_sum_is_told_once",
    ),
    mutant(
        "whoever has answered is reminded",
        "domain/approvals.py",
        "if row.approval == Approval.waiting and row.answer_by > act.now]",
        "if row.answer_by > act.now]",
        APPROVALS + "test_who_has_answered_is_left_alone",
    ),
    mutant(
        "a payment that was missed together with its return is not taken back",
        "domain/stars.py",
        "return News(unknown, back,",
        "return News(unknown, (),",
        "tests/scheduler/test_stars.py::test_a_return_that_was_missed_is_taken_back_even_together_with_its_payment",
    ),
    mutant(
        "what was topped up may be withdrawn",
        "domain/earnings.py",
        "max(0, min(self.balance, self.matured - self.withdrawn))",
        "self.balance",
        "tests/domain/test_earnings.py::test_what_was_topped_up_cannot_be_withdrawn",
    ),
    mutant(
        "a switch may be set back to an older flip",
        "storage/guards.py",
        "\n    AND f.epoch = (SELECT MAX(l.epoch) FROM kill_switch_flips l WHERE l.key = f.key)",
        "",
        GUARDS,
    ),
    mutant(
        "the application's role may write a balance",
        "storage/roles.py",
        '"wallets": {"owner_id", "currency", "balance"}',
        '"wallets": {"owner_id", "currency"}',
        ROLES + "test_the_application_is_refused",
    ),
    mutant(
        "the application's role may write entries",
        "storage/roles.py",
        'WRITTEN_BY_GUARDS = frozenset({"ledger_entries"})',
        "WRITTEN_BY_GUARDS = frozenset[str]()",
        ROLES + "test_the_application_is_refused",
    ),
    mutant(
        "every role may hang the ledger's pen on a table of its own",
        "storage/guards.py",
        "REVOKE ALL ON FUNCTION {guard.name}() FROM PUBLIC",
        "GRANT ALL ON FUNCTION {guard.name}() TO PUBLIC",
        ROLES + "test_the_application_is_refused",
    ),
    mutant(
        "the readers' role sees what people have not sent",
        "storage/roles.py",
        'HIDDEN = frozenset({"dialog_states"})',
        "HIDDEN = frozenset[str]()",
        ROLES + "test_those_who_only_read_see_everything_but_dialogs_and_change_nothing",
    ),
    mutant(
        "a role is judged by what SET ROLE shows",
        "storage/roles.py",
        "(SELECT * FROM pg_roles WHERE pg_has_role(session_user,",
        "(SELECT * FROM pg_roles WHERE pg_has_role(current_user,",
        ROLES + "test_an_owner_is_a_fault",
    ),
    mutant(
        "a right too few of the role is no fault",
        "storage/roles.py",
        "sorted(rights() - held)",
        "sorted(rights() - held)[:0]",
        ROLES + "test_the_applications_login_has_no_fault_and_each_right_too_many_or_too_few_is_one",
    ),
    mutant(
        "production starts with the owner's role",
        "bot/cli/house.py",
        "if faults:",
        "if faults[:0]:",
        ROLES + "test_production_starts_with_the_applications_login_alone",
    ),
    mutant(
        "a migration gives no role what it needs",
        "storage/migrations/env.py",
        'roles.grant(connection, context.config.attributes["app"])',
        "pass",
        ROLES + "test_migrate_makes_the_roles_once_and_grants_again_each_time",
    ),
    mutant(
        "a role's password goes to the server as it is",
        "storage/roles.py",
        "{verifier(password)}",
        "{password.replace(chr(39), chr(39) * 2)}",
        ROLES + "test_a_password_reaches_the_server_as_its_verifier_alone",
    ),
    mutant(
        "one search that found nothing is enough to fail a job",
        "domain/searches/settling.py",
        "any(at <= act.now - act.terms.search_apart for at in earlier)",
        "True",
        SEARCHING + "test_one_search_late_enough_is_not_enough",
    ),
    mutant(
        "two searches fail a job before Telegram's caches are over",
        "domain/searches/settling.py",
        "if act.now >= old_enough and any(",
        "if any(",
        SEARCHING + "test_two_searches_that_come_too_early_fail_nothing_whoever_ordered_them",
    ),
    mutant(
        "a search that could not look counts as one that found nothing",
        "domain/searches/settling.py",
        "earlier = [row.at for row in before if row.completed]",
        "earlier = [row.at for row in before]",
        SEARCHING + "test_a_search_that_could_not_look_does_not_count_as_one_that_found_nothing",
    ),
    mutant(
        "a post that may be another job's is taken down",
        "domain/searches/settling.py",
        "if found and beside:",
        "if found and None:",
        SEARCHING + "test_a_second_message_is_not_taken_down_while_it_may_be_that_of_another_job",
    ),
    mutant(
        "a deleted post is adopted from Telegram's cache",
        "scheduler/searching.py",
        "        if seen.verdict == Verdict.up:\n",
        "        if True:\n",
        SEARCHING + "test_a_post_that_was_deleted_is_not_adopted_from_telegrams_cache",
    ),
    mutant(
        "a gathered transfer is nobody's",
        "domain/ledger.py",
        "(move.actor or act.actor).name",
        "act.actor.name",
        GATHER + "test_callers_who_come_at_once_share_transactions_and_each_gets_their_own",
    ),
    mutant(
        "a blocked user is gathered with the others",
        "storage/gate.py",
        "for item, who in asked.items() if facts.roles & known[who].roles}",
        "for item, who in asked.items()}",
        GATHER + "test_each_refusal_in_a_set_is_its_askers",
    ),
    mutant(
        "a set that broke is an answer",
        "storage/gather.py",
        "if came is ALONE else came",
        "if came is None else came",
        GATHER + "test_one_item_that_spoils_its_set_is_alone_with_its_error",
        GATHER + "test_a_lost_reply_to_commit_costs_nobody_their_answer",
    ),
    mutant(
        "who went away is decided all the same",
        "storage/gather.py",
        "        finally:\n            if line.waiting.get(item) is caller:",
        "        finally:\n            if line is None:",
        GATHER + "test_a_caller_who_goes_away_takes_nobody_with_them",
    ),
    mutant(
        "everybody hears the refusal of a set, though each has their own",
        "storage/gather.py",
        "if len({caller.who for caller in taken.values()}) == 1:",
        "if taken:",
        GATHER + "test_a_halted_switch_refuses_everybody_once_and_the_blocked_hear_that_they_may_not",
    ),
    mutant(
        "a blocked publisher's channel may be booked",
        "domain/channels/row.py",
        "u.c.blocked_at.is_not(None))",
        "u.c.blocked_at.is_(None), u.c.id < 0)",
        BLOCKS + "test_a_blocked_publisher_approves_and_lists_nothing_and_declines_still",
    ),
    mutant(
        "a blocked channel may be booked",
        HOLDING,
        " or row.is_barred:",
        ":",
        BLOCKS + "test_a_blocked_channel_is_not_booked_nor_approved_until_it_is_unblocked",
    ),
    mutant(
        "a placement in a blocked channel may be approved",
        "domain/approvals.py",
        "if facts.blocked_at is not None:",
        "if facts is None:",
        BLOCKS + "test_a_blocked_channel_is_not_booked_nor_approved_until_it_is_unblocked",
    ),
    mutant(
        "who is blocked may approve",
        "domain/approvals.py",
        '"approvals.approve", roles=PEOPLE',
        '"approvals.approve", roles=ANYONE',
        BLOCKS + "test_a_blocked_publisher_approves_and_lists_nothing_and_declines_still",
    ),
    mutant(
        "a blocked operator stays one",
        "domain/users.py",
        "if not row.blocked_at and row.is_operator:",
        "if row.is_operator:",
        BLOCKS + "test_an_operator_reads_until_dismissed_or_blocked",
    ),
    mutant(
        "a failed placement is tried again as often as it is asked for",
        "domain/escrow/retrying.py",
        '(made := act.conn.scalar(RETRIED, {"id": job_id})) is not None',
        '(made := act.conn.scalar(RETRIED, {"id": -1})) is not None',
        RETRYING + "test_asked_again_it_answers_the_same_and_moves_nothing",
    ),
    mutant(
        "what its publisher declined is tried again",
        "domain/escrow/retrying.py",
        "if old.failure in OWN_WISH:",
        "if old.failure is None:",
        RETRYING + "test_only_what_failed_and_was_refunded_is_tried_again",
    ),
    mutant(
        "a second try takes the money of a blocked advertiser",
        "domain/escrow/retrying.py",
        "if old.blocked_at is not None:",
        "if old.failure is None:",
        RETRYING + "test_it_needs_the_advertisers_money_an_open_channel_and_nobody_blocked",
    ),
    mutant(
        "a second try is the act of its advertiser",
        HOLDING,
        "accepted if by is None else [(row, by) for row, _ in accepted]",
        "accepted",
        RETRYING + "test_it_is_booked_anew_with_the_same_post_and_terms_and_its_advertisers_money",
    ),
    mutant(
        "a ticket is closed over a balance that differs",
        "domain/tickets.py",
        'if found["balance"] != found["entries"]:',
        'if found["balance"] is None:',
        "tests/domain/test_tickets.py::test_a_ticket_stays_open_while_the_balance_is_not_the_sum_of_its_entries",
    ),
    mutant(
        "staff commands are for everybody",
        "bot/filters.py",
        "return is_staff(user, settings)",
        "return True",
        "tests/flows/test_staff.py::test_others_cannot_press_what_the_staff_presses",
    ),
    mutant(
        "buttons of groups are handled",
        "bot/middlewares.py",
        "query is not None and (query.message is None or",
        "query is not None and (query.message is None and",
        ACCESS + "test_in_a_group_and_under_a_channels_post_nobody_is_staff",
    ),
    mutant(
        "anybody is heard by the webhook",
        "bot/webhook.py",
        'return secrets.compare_digest(given, (self.secret_token or "").encode())',
        "return secrets.compare_digest(given, given)",
        SECURITY + "test_the_webhook_hears_only_who_knows_the_secret_and_no_more_than_it_bears",
    ),
    mutant(
        "the webhook bears any body",
        "bot/webhook.py",
        "web.Application(client_max_size=MOST_BYTES)",
        "web.Application(client_max_size=MOST_BYTES * 8)",
        SECURITY + "test_the_webhook_hears_only_who_knows_the_secret_and_no_more_than_it_bears",
    ),
    mutant(
        "whoever has the invoice may check it out",
        DEPOSITS,
        "if deposit is None or wanted != (act.actor.user_id, amount, currency, Status.invoiced):",
        "if deposit is None or wanted[1:] != (amount, currency, Status.invoiced):",
        SECURITY + "test_a_checkout_must_be_the_stored_invoice_of_that_person",
    ),
]
