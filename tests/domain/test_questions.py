"""Each question of the books is answered by whoever offends against any part of it, whatever the other questions say.

Every line forges one thing, past all guards, and names the question that finds it, and whom. What is no offence is told as such.
"""

import pytest

from domain.action import Switch
from domain.base import Base
from domain.books import invariants, movements, outgoing
from domain.books.checking import answers
from domain.ledger import GATES
from tests.conftest import House
from tests.domain.test_books import broken
from tests.domain.test_rows import everything, forging, named, undone
from tests.story import ANN, BOB, CLEO

__all__ = ["broken"]  # a fixture

ANNS, BOBS, CLEOS = (f"user:{who}:XTR" for who in (ANN, BOB, CLEO))
ENTRY = "UPDATE ledger_entries SET {} WHERE transfer_key = '{}' AND amount {} 0"
"""One of a transfer's two: what was taken is below 0."""
TRANSFER = "UPDATE transfers SET {} WHERE key = '{}'"
AUDITED = "UPDATE audit_events SET {} WHERE act_id = (SELECT act_id FROM transfers WHERE key = '{}')"


def more(reason: str, about: int, amount: int = 0) -> str:
    """One more transfer."""
    return f"""INSERT INTO transfers (key, source_id, destination_id, amount, reason, reference_id, epoch, actor, act_id, at)
        SELECT 'x', source_id, destination_id, {amount}, '{reason}', {about}, epoch, actor, act_id, at FROM transfers
        WHERE key = 'deposit:c1'"""


def wallet(kind: str, owner: int) -> str:
    return f"""INSERT INTO wallets (id, kind, owner_id, currency, balance, created_at)
        SELECT '{kind}:{owner}', '{kind}', {owner}, 'XTR', 0, created_at FROM wallets WHERE id = 'fees:XTR'"""


def holds(wallet: str, change: int = 1) -> str:
    return f"UPDATE wallets SET balance = balance + {change} WHERE id = '{wallet}'"


def in_row(table: str, row: int, values: str) -> str:
    return f"UPDATE {table} SET {values} WHERE id = {row}"


UNDECIDED = "queued", "sending", "uncertain"


def again(table: str) -> str:
    """One more row of the second placement."""
    columns = [column.name for column in Base.metadata.tables[table].columns if column.name != "id"]
    return f"INSERT INTO {table} (id, {', '.join(columns)}) SELECT 99, {', '.join(columns)} FROM {table} WHERE id = 2"


ATTEMPT = """INSERT INTO post_attempts (post_job_id, token, alone, status, prepared_at)
    SELECT post_job_id, 'again', alone, '{}', prepared_at FROM post_attempts WHERE post_job_id = 1"""


def repaired(values: str) -> tuple[str, ...]:
    """The payout's last entry is another, and something like its repair is on record."""
    event = {
        "act_id": "'x'",
        "at": "at",
        "actor": "actor",
        "action": "'books.repair_entry'",
        "noun": "'ledger_entries'",
        "subject": "(SELECT CAST(MAX(id) AS TEXT) FROM ledger_entries WHERE transfer_key = 'escrow:1:payout')",
        "refusal": "NULL",
        "details": "details",
    }
    event |= dict([values.split(" = ", 1)]) if values else {}
    given = f"SELECT {', '.join(event.values())} FROM audit_events WHERE id = (SELECT MIN(id) FROM audit_events)"
    return (
        ENTRY.format("amount = amount + 1", "escrow:1:payout", ">"),
        f"INSERT INTO audit_events ({', '.join(event)}) {given}",
    )


PAYOUT, FEE, HOLD, REFUND = (f"escrow:{what}" for what in ("1:payout", "1:fee", "2:hold", "4:refund"))
EACH_ENTRY = [
    (ENTRY.format(change, PAYOUT, sign), PAYOUT)
    for sign in "<>"
    for change in (f"wallet_id = '{ANNS}'", "amount = amount * 2")
]
GIVEN = "withdrawal:1:hold", "withdrawal:1:paid", "withdrawal:2:back"
BACK, LOSS = "deposit:c5:back", "deposit:c5:loss"


def misled(*keys: str) -> list[tuple[str, str]]:
    """Each comes from, or goes to, or is about another."""
    changes = "source_id = 'suspense:XTR'", "destination_id = 'suspense:XTR'", "reference_id = 99"
    return [(TRANSFER.format(change, key), key) for key in keys for change in changes]


RECEIPT = "UPDATE audit_events SET {} WHERE action = 'payments.receive' AND subject = '2'"
FLIPPED = "(SELECT act_id FROM kill_switch_flips WHERE epoch = 2)"
FLIPPED_KEY = "(SELECT key FROM kill_switch_flips WHERE epoch = 2)"
DISPUTED = "UPDATE disputes SET status = '{}', share = {}, campaign_target_id = {}"


def shared(share: int, *, by_its_terms: bool = True) -> tuple[str, str]:
    """The first placement was paid a part of its price."""
    return in_row("post_jobs", 1, f"share = {share}"), in_row("campaign_targets", 1, f"proportional = {by_its_terms}")


ACTED = [
    *(
        (TRANSFER.format(change, PAYOUT), PAYOUT)
        for change in ("act_id = 'x'", "actor = 'x'", "at = (SELECT MAX(at) FROM audit_events)")
    ),
    *((AUDITED.format(change, REFUND), REFUND) for change in ("action = 'x'", "refusal = 'x'", "actor = 'x'")),
    (TRANSFER.format("reason = 'escrow_hold'", PAYOUT), PAYOUT),
]
ADJUSTED = [
    *(
        (TRANSFER.format(change, "adjust:t-1"), "adjust:t-1")
        for change in ("source_id = 'x'", "destination_id = 'x'", "amount = amount + 1", "act_id = 'x'")
    ),
    (TRANSFER.format("key = 'adjust:x'", "adjust:t-1"), "adjust:x"),
    *((AUDITED.format(change, "adjust:t-1"), "adjust:t-1") for change in ("action = 'x'", "refusal = 'x'")),
]

Forgery = tuple[str | tuple[str, ...], str | None]
"""A statement, or several; and whom the question names then: nobody, if it is no offence."""
FORGERIES: dict[str, list[Forgery]] = {
    "balance differs from the entries by": [(holds("fees:XTR"), "fees:XTR"), (holds(BOBS), BOBS)],
    "the entries of a transfer sum to": [(ENTRY.format("amount = amount + 1", PAYOUT, ">"), PAYOUT)],
    "entries that tell of their transfer, of two": [
        *EACH_ENTRY,
        (ENTRY.format("reason = 'fee'", PAYOUT, ">"), PAYOUT),
        (ENTRY.format("reference_id = 77", PAYOUT, "<"), PAYOUT),
        (ENTRY.format("reference_id = NULL", PAYOUT, "<"), PAYOUT),
    ],
    "an entry that is not its transfer's, and was not repaired: entry": [
        *EACH_ENTRY,
        (repaired(""), None),
        (repaired("action = 'books.rebuild'"), PAYOUT),
        (repaired("noun = 'wallets'"), PAYOUT),
        (repaired("subject = '0'"), PAYOUT),
        (repaired("refusal = 'Halted'"), PAYOUT),
    ],
    "all wallets of a currency sum to": [(holds("fees:XTR"), "XTR")],
    "the escrow's wallet should hold its amount while held, else nothing; it differs by": [
        (holds("escrow:1"), "1"),
        (holds("escrow:2", -400), "2"),
        ("DELETE FROM wallets WHERE id = 'escrow:2'", "2"),
    ],
    "an escrow's wallet without an escrow holds": [(wallet("escrow", 99), "escrow:99"), (wallet("user", 99), None)],
    "held, paid out, fee, rebate and refunded do not fit its status and amount": [
        *((more(reason, 1), "1") for reason in ("escrow_hold", "payout", "refund")),
        *((TRANSFER.format("amount = amount - 1", key), "1") for key in ("escrow:1:hold", PAYOUT, FEE)),
        *((more(reason, 2), "2") for reason in ("payout", "refund")),
        (more("fee", 2, 1), "2"),
        (more("rebate", 2, 1), "2"),
        *((more(reason, 4), "4") for reason in ("payout", "refund")),
        (more("fee", 4, 1), "4"),
        (TRANSFER.format("amount = amount + 1", REFUND), "4"),
        (more("deposit", 2, 400), None),
    ],
    "the fee is not that of the part of the price that was served, or payout and fee are not that part, but": [
        (TRANSFER.format("amount = amount + 1", PAYOUT), "1"),
        ((TRANSFER.format("amount = amount - 1", PAYOUT), TRANSFER.format("amount = amount + 1", FEE)), "1"),
        (in_row("post_jobs", 1, "share = 100"), "1"),
        (in_row("campaign_targets", 1, "fee_bps = 500"), "1"),
        (more("rebate", 1, 40), None),
        (in_row("campaign_targets", 2, "fee_bps = 500"), None),
    ],
    "an escrow is not the price that was agreed:": [
        (in_row("escrows", 2, "amount = amount + 1"), "2"),
        (in_row("escrows", 2, "currency = 'TON'"), "2"),
    ],
    "escrow, job and placement disagree": [
        (in_row("campaign_targets", 2, "status = 'posted'"), "2"),
        *((f"DELETE FROM post_jobs WHERE id = {i}", str(i)) for i in (1, 2, 4)),
        (in_row("post_jobs", 1, "served_at = NULL"), "1"),
        (in_row("post_jobs", 1, "disputed_at = served_at"), "1"),
        (in_row("campaign_targets", 1, "status = 'pending'"), "1"),
        *((in_row("post_jobs", 4, f"status = '{status}'"), "4") for status in (*UNDECIDED, "success")),
        *((in_row("post_jobs", 1, f"status = '{status}'"), "1") for status in (*UNDECIDED, "failed", "removed")),
        (in_row("post_jobs", 4, "status = 'removed'"), None),
        (in_row("campaign_targets", 4, "status = 'posted'"), "4"),
    ],
    "a job is in dispute without one that is open, or not in dispute although one is": [
        (in_row("post_jobs", 1, "disputed_at = served_at"), "1"),
        (in_row("post_jobs", 3, "disputed_at = NULL"), "3"),
        ("UPDATE disputes SET ended_at = (SELECT MIN(at) FROM audit_events)", "3"),
        (
            (
                "UPDATE disputes SET ended_at = (SELECT MIN(at) FROM audit_events)",
                in_row("post_jobs", 3, "disputed_at = NULL"),
            ),
            None,
        ),
        (in_row("post_jobs", 3, "disputed_at = NULL, status = 'removed'"), None),
    ],
    "a placement has a job without an escrow, or the reverse, or is resolved without either": [
        ("DELETE FROM post_jobs WHERE id = 2", "2"),
        ("DELETE FROM escrows WHERE id = 2", "2"),
        *((again(table), "2") for table in ("escrows", "post_jobs")),
        ((again("escrows"), again("post_jobs")), "2"),
        (in_row("campaign_targets", 5, "status = 'posted'"), "5"),
    ],
    "a wallet that may not be negative holds": [
        (holds(BOBS, -1000), BOBS),
        (holds("escrow:2", -401), "escrow:2"),
        (holds("fees:XTR", -1000), "fees:XTR"),
        (holds("losses:XTR", -1000), None),
    ],
    "attempts that may have been sent": [
        *(((ATTEMPT.format(status)), "1") for status in ("started", "accepted", "unknown")),
        *(((ATTEMPT.format(status)), None) for status in ("prepared", "dropped", "refused", "not_sent")),
    ],
    "jobs that claim the same message": [
        (in_row("post_jobs", 3, "message_id = 7"), "-1001/7"),
        (in_row("post_jobs", 3, "message_id = 7, chat_id = -1002"), None),
        (in_row("post_jobs", 3, "message_id = 9, message_ids = '[9, 7]'"), "-1001/7"),
        (in_row("post_jobs", 1, "message_ids = '[7, 8]'"), "-1001/8"),
        (in_row("post_jobs", 1, f"message_ids = '{[7, *range(20, 28), 8]}'"), "-1001/8"),
        (in_row("post_jobs", 1, "message_ids = '[8]'"), "-1001/8"),
        (in_row("post_jobs", 1, "message_ids = '[8]', chat_id = -1002"), None),
        (in_row("post_jobs", 1, "message_ids = '[7, 6, 7]'"), None),
        (in_row("post_jobs", 1, "message_id = NULL, message_ids = NULL"), None),
    ],
    "a charge was credited, and how often": [
        *(
            (TRANSFER.format(change, "deposit:c2"), "c2")
            for change in (
                "reason = 'refund'",
                "amount = amount + 1",
                "source_id = 'x'",
                "destination_id = 'x'",
                "key = 'x'",
            )
        ),
        (in_row("deposits", 2, "credited_at = NULL"), "c2"),
        (in_row("deposits", 2, "charge_id = NULL"), None),
    ],
    "of what was credited and taken back, the wallet and the house together did not give its amount (else nothing), but": [
        *((TRANSFER.format("amount = amount + 1", key), "c5") for key in (BACK, LOSS)),
        (in_row("deposits", 3, "status = 'credited'"), "c5"),
        (in_row("deposits", 3, "credited_at = NULL"), "c5"),
        (more("loss", 1, 1), "c1"),
        (more("adjustment", 1, 1), "c1"),
        (more("refund", 1, 1), None),
    ],
    "a placement's transfer without its escrow, or not between its people:": [
        *misled(PAYOUT, FEE, HOLD, REFUND),
        (more("rebate", 1), "x"),
    ],
    "a withdrawal's transfer without its withdrawal, or not between its person and the world outside:": [
        *misled(*GIVEN)
    ],
    "what was paid is not what the audit event of its receipt tells:": [
        *((in_row("deposits", 2, change), "c2") for change in ("user_id = 999", "amount = amount + 1")),
        (in_row("deposits", 2, "charge_id = 'other'"), "other"),
        (in_row("deposits", 2, "charge_id = NULL"), None),
        *(
            (RECEIPT.format(change), "c2")
            for change in ("noun = 'x'", "subject = 'x'", "action = 'x'", "refusal = 'x'", "details = '{}'")
        ),
    ],
    "a flip without an audit event of its act, then, by its actor:": [
        *(
            (f"UPDATE kill_switch_flips SET {change} WHERE epoch = 2", "2")
            for change in (
                "act_id = 'x'",
                "actor = 'x'",
                "key = 'other'",
                "at = (SELECT MAX(at) FROM audit_events WHERE noun = 'deposits' OR noun = 'launch')",
            )
        ),
        *(
            (f"UPDATE audit_events SET {change} WHERE act_id = {FLIPPED} AND subject = {FLIPPED_KEY}", "2")
            for change in ("noun = 'x'", "refusal = 'x'")
        ),
    ],
    "a job's share is no part of the price, or neither its terms nor a dispute gave it:": [
        *((shared(share), "1") for share in (0, -1, 400, 401)),
        (shared(399), None),
        (shared(399, by_its_terms=False), "1"),
        *(
            ((*shared(200, by_its_terms=False), DISPUTED.format(*found)), whom)
            for *found, whom in (
                ("settled", 200, 1, None),
                ("final", 200, 1, None),
                ("decided", 200, 1, "1"),
                ("final", 201, 1, "1"),
                ("final", 200, 2, "1"),
            )
        ),
    ],
    "a deposit's transfer without a deposit that was credited, or not of its amount, from outside, to its owner:": [
        *misled("deposit:c2"),
        (TRANSFER.format("key = 'other'", "deposit:c2"), "other"),
        (TRANSFER.format("amount = amount + 1", "deposit:c2"), "deposit:c2"),
        *(
            (in_row("deposits", 2, change), "deposit:c2")
            for change in ("charge_id = NULL", "credited_at = NULL", "user_id = 999", "currency = 'TON'")
        ),
        ((in_row("deposits", 2, "charge_id = NULL"), TRANSFER.format("key = 'deposit:'", "deposit:c2")), "deposit:"),
    ],
    "taken back without a deposit that was paid, or not from its owner or the losses:": [
        *misled(BACK, LOSS),
        *((TRANSFER.format("key = 'other'", key), "other") for key in (BACK, LOSS)),
        (TRANSFER.format("reason = 'loss', key = 'other'", BACK), "other"),
        ((in_row("deposits", 3, "charge_id = NULL"), f"DELETE FROM transfers WHERE key = '{LOSS}'"), BACK),
    ],
    "a transfer without an audit event of its act, then, by its actor, of an action that moves money so:": ACTED,
    "an adjustment that is not the one its act made:": ADJUSTED,
    "its epoch is no flip's:": [(TRANSFER.format("epoch = 999", PAYOUT), PAYOUT)],
    "the flip before this one is missing:": [("DELETE FROM kill_switch_flips WHERE epoch = 2", "3")],
    "a switch is not as its latest flip left it, but stands at epoch": [
        *(
            (f"UPDATE kill_switches SET {change} WHERE key = 'payouts'", "payouts")
            for change in (
                "enabled = NOT enabled",
                "epoch = 999",
                "epoch = (SELECT MIN(epoch) FROM kill_switch_flips WHERE key = 'payouts'), enabled = false",
                "epoch = (SELECT MAX(epoch) FROM kill_switch_flips WHERE key <> 'payouts')",
                "max_amount = 5",
                "max_open = 5",
                "max_amount = 0",
                "max_open = 0",
            )
        ),
    ],
    "the withdrawal's wallet should hold its amount while open, else nothing; it differs by": [
        (holds("withdrawal:1"), "withdrawal:1"),
        (holds("withdrawal:3", -1), "withdrawal:3"),
        ("DELETE FROM wallets WHERE id = 'withdrawal:3'", "withdrawal:3"),
    ],
    "a withdrawal's wallet without a withdrawal holds": [
        (wallet("withdrawal", 99), "withdrawal:99"),
        (wallet("user", 99), None),
    ],
    "set aside, paid out and given back do not fit the withdrawal's status and amount": [
        *((more("withdrawal_hold", i), f"withdrawal:{i}") for i in (1, 2, 3)),
        *((more("withdrawal", i), f"withdrawal:{i}") for i in (1, 2, 3)),
        *((more("withdrawal_return", i), f"withdrawal:{i}") for i in (1, 2, 3)),
        *((TRANSFER.format("amount = amount + 1", key), f"withdrawal:{key[11]}") for key in GIVEN),
        (TRANSFER.format("amount = amount + 1", "withdrawal:3:hold"), "withdrawal:3"),
        (more("refund", 3, 5), None),
        *(
            ((in_row("withdrawals", 3, f"status = '{status}'"), more(reason, 3)), "withdrawal:3")
            for status in ("requested", "approved", "sending", "uncertain")
            for reason in ("withdrawal", "withdrawal_return")
        ),
        *((in_row("withdrawals", 2, f"status = '{status}'"), None) for status in ("cancelled", "returned")),
        *(
            ((in_row("withdrawals", 2, f"status = '{status}'"), more("withdrawal", 2)), "withdrawal:2")
            for status in ("cancelled", "returned")
        ),
    ],
}


def test_every_question_is_tried() -> None:
    made = [*invariants.QUESTIONS, *movements.QUESTIONS, *outgoing.QUESTIONS]
    assert set(FORGERIES) == {question.words for question in made}


@pytest.mark.parametrize("words", FORGERIES)
async def test_it_names_whoever_offends_against_a_part_of_it(broken: House, words: str) -> None:
    await everything(broken)
    with forging(broken) as conn:
        assert named(conn, words=words) == set()
        for forged, subject in FORGERIES[words]:
            with undone(conn):
                for statement in (forged,) if isinstance(forged, str) else forged:
                    assert conn.exec_driver_sql(statement).rowcount > 0, statement
                assert named(conn, words=words) == ({subject} if subject else set()), forged


@pytest.mark.parametrize("forged", [(1, "[7, 8]"), (3, "[8, 7]")], ids=str)
async def test_an_incremental_check_compares_the_messages_of_what_is_held_with_every_post_before(
    broken: House, forged: tuple[int, str]
) -> None:
    """The first placement was settled long ago; the third is held."""
    await everything(broken)
    with forging(broken) as conn:
        newest = conn.exec_driver_sql("SELECT MAX(id) FROM ledger_entries").scalar_one()
        assert list(answers(conn, since=newest)) == []
        conn.exec_driver_sql(in_row("post_jobs", forged[0], f"message_ids = '{forged[1]}'"))
        found = [(question.invariant, row.subject) for question, row in answers(conn, since=newest)]
        assert found == [("I10", f"-1001/{8 if forged[0] == 1 else 7}")]


@pytest.mark.parametrize("gate", sorted({gate for gates in GATES.values() for gate in gates}))
async def test_it_names_what_moved_under_a_switch_that_was_not_enabled(broken: House, gate: Switch) -> None:
    await everything(broken)
    with forging(broken) as conn:
        words = f"moved although {gate} was not ENABLED at its epoch"
        assert named(conn, words=words) == set()
        conn.exec_driver_sql(
            "INSERT INTO kill_switch_flips (epoch, key, enabled)"
            f" SELECT MAX(epoch) + 1, '{gate}', false FROM kill_switch_flips"  # halted afterwards
        )
        assert named(conn, words=words) == set()
        conn.exec_driver_sql(f"UPDATE kill_switch_flips SET enabled = false WHERE key = '{gate}'")
        needed = ", ".join(f"'{reason}'" for reason, gates in GATES.items() if gate in gates)
        moved = conn.exec_driver_sql(f"SELECT key FROM transfers WHERE reason IN ({needed})")
        assert named(conn, words=words) == set(moved.scalars()) != set()
