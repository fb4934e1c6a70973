"""The books in the chat: what is wrong, what moved, what is covered; seals and corrections, and who may do which."""

import pytest

from bot.buttons import PAGE, Entries, Go, Ledger, Page, To
from bot.sandbox import Fault
from domain import payments, users
from tests.conftest import ADMIN
from tests.flows.conftest import Town


async def spoil(town: Town, statement: str, **given: object) -> None:
    """What an intruder with the owner's power does to the wallets."""
    town.sql(statement, **given)


async def given(town: Town, user_id: int, amount: int) -> None:
    """Somebody paid so many Stars."""
    house = town.app.gate.system("test")
    await house(users.meet, user_id, "Somebody", None, "en")
    deposit = await house(payments.receive, user_id, amount, "XTR", f"{user_id}-{amount}")
    await house(payments.credit, deposit.id)


async def test_the_books_are_clean_or_name_who_offends_with_the_command_that_mends(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.open_everything()
    await town.funded(ann)
    assert (await town.say(olga, "/books check")).text == town.said("books-clean")
    await spoil(town, "UPDATE wallets SET balance = balance + 1 WHERE owner_id = :id", id=ann.id)
    broken = (await town.say(olga, "/books check")).text
    assert f"I1: user:{ann.id}:XTR – balance differs from the entries by 1" in broken
    assert town.said("books-offences", many=2) in broken
    assert f"holdfast books rebuild user:{ann.id}:XTR" in broken
    assert f"--as {ADMIN}" in broken
    town.sql("UPDATE wallets SET balance = balance - 1 WHERE owner_id = :id", id=ann.id)
    await olga.tap(town.label("books-open-full"))
    await town.telegram.idle()
    assert (await town.newest(olga)).text == town.said("books-clean")


async def test_a_guard_that_is_gone_is_an_offence(town: Town) -> None:
    olga = await town.admin()
    assert (await town.say(olga, "/books check")).text == town.said("books-clean")
    town.sql("DROP TRIGGER flow_escrows_status")
    for asked in ("/books", "/books check"):
        assert "I9: flow_escrows_status" in (await town.say(olga, asked)).text


async def test_many_offenders_come_in_pages(town: Town) -> None:
    olga = await town.admin()
    await town.open_everything()
    for number in range(1, PAGE + 2):
        await given(town, number, 10)
    await spoil(town, "UPDATE wallets SET balance = balance + 1 WHERE kind = 'user'")
    first = await town.say(olga, "/books check")
    assert town.said("page", page=1, pages=2) in first.text
    assert first.text.count("I1: ") == PAGE
    await town.tap(olga, "button-after")
    second = (await town.newest(olga)).text
    assert second.count("I1: ") == 1
    assert "I3: " in second
    await town.tap(olga, "button-before")
    assert (await town.newest(olga)).text == first.text
    assert await olga.press(Ledger(open=Page.full, page=99).pack(), first.id) is None
    assert (await town.newest(olga)).text == second
    town.sql("UPDATE wallets SET balance = balance - 1 WHERE kind = 'user'")


async def test_after_a_checkpoint_a_quick_look_says_what_it_looked_at(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.open_everything()
    await town.funded(ann)
    await town.say(olga, "/books")
    await town.tap(olga, "books-open-checkpoint")
    number = town.sql.one("SELECT MAX(id) AS id FROM checkpoints")
    assert (await town.newest(olga)).text == town.said("books-sealed", number=number)
    assert (await town.say(olga, "/books checkpoint")).text == town.said("books-nothing-new")
    quick = (await town.say(olga, "/books")).text
    assert town.said("books-since", number=number, at=town.clock()) in quick
    assert (await town.say(olga, "/books check")).text == town.said("books-clean")


async def test_books_that_do_not_hold_are_not_sealed_by_hand(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.open_everything()
    await town.funded(ann)
    clean = await town.say(olga, "/books")
    assert town.label("books-open-checkpoint") in clean.buttons
    await spoil(town, "UPDATE wallets SET balance = balance + 1 WHERE owner_id = :id", id=ann.id)
    await olga.tap(town.label("books-open-checkpoint"), on=clean)
    for asked in (await town.newest(olga), await town.say(olga, "/books checkpoint")):
        assert asked.text.startswith(town.said("books-not-sealed"))
        assert f"I1: user:{ann.id}:XTR – balance differs from the entries by 1" in asked.text
        assert f"holdfast books rebuild user:{ann.id}:XTR" in asked.text
        assert town.label("books-open-checkpoint") not in asked.buttons
    assert town.sql.one("SELECT COUNT(*) FROM checkpoints") == 0
    for screen in ("/books", "/books check"):
        assert town.label("books-open-checkpoint") not in (await town.say(olga, screen)).buttons
    town.sql("UPDATE wallets SET balance = balance - 1 WHERE owner_id = :id", id=ann.id)
    town.sql("DROP TRIGGER flow_escrows_status")
    assert "I9: flow_escrows_status" in (await town.say(olga, "/books checkpoint")).text
    assert town.sql.one("SELECT COUNT(*) FROM checkpoints") == 0


async def test_a_statement_has_pages_and_names_transfers(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.open_everything()
    for amount in range(1, PAGE + 2):
        await given(town, ann.id, amount)
    await town.say(olga, "/books")
    await town.tap(olga, "books-open-statement")
    assert (await town.newest(olga)).text == town.said("books-statement-ask")
    first = await town.say(olga, f"user:{ann.id}:XTR")
    assert town.said("books-statement", wallet=f"user:{ann.id}:XTR", balance=45) in first.text
    assert first.text.count("deposit:") == PAGE
    assert (await town.say(olga, f"/books statement user:{ann.id}:XTR")).text == first.text
    await town.tap(olga, "wallet-older")
    older = (await town.newest(olga)).text
    assert older.count("deposit:") == 1
    assert "+1 ⭐" in older
    await town.tap(olga, "wallet-newest")
    assert (await town.newest(olga)).text == first.text


async def test_an_address_without_a_wallet_gets_the_right_form_and_a_wallet_without_entries_its_balance(
    town: Town,
) -> None:
    olga = await town.admin()
    for wallet in ("user:5:XTR", "<b>", "x" * 200):
        said = (await town.say(olga, f"/books statement {wallet}")).text
        assert said == town.said("books-no-wallet", wallet=wallet[:60])
    await spoil(town, "UPDATE wallets SET balance = 5 WHERE id = 'fees:XTR'")
    head = town.said("books-statement", wallet="fees:XTR", balance=5)
    assert (await town.say(olga, "/books statement fees:XTR")).text == f"{head}\n{town.said('books-no-entries')}"
    town.sql("UPDATE wallets SET balance = 0 WHERE id = 'fees:XTR'")


async def test_reserves_compare_what_is_owed_with_what_telegram_holds(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.open_everything()
    await town.funded(ann, 700)
    facts = {"users": 700, "received": 0, "suspense": 0, "escrows": 0, "withdrawals": 0, "owed": 700, "held": 700}
    await town.say(olga, "/books")
    await town.tap(olga, "books-open-reserves")
    assert (await town.newest(olga)).text == town.said("books-reserves", **facts, outside=0, covered=True, cover=0)
    said = (await town.say(olga, "/books reserves 300")).text
    assert said == town.said("books-reserves", **facts, outside=300, covered=True, cover=300)
    await town.telegram.refund_from_outside(town.sql.one("SELECT charge_id FROM deposits"))
    await town.telegram.idle()
    said = (await town.say(olga, "/books reserves")).text
    assert said == town.said("books-reserves", **facts | {"held": 0}, outside=0, covered=False, cover=700)


async def test_reserves_say_so_when_telegram_does_not(town: Town) -> None:
    olga = await town.admin()
    for fault in (Fault.SERVER_ERROR, Fault.GARBLED_AFTER_ACCEPTING):
        await town.telegram.fault("getMyStarBalance", fault)
        assert (await town.say(olga, "/books reserves")).text == town.said("books-reserves-unseen")


async def test_an_adjustment_is_shown_before_it_is_made_and_made_once(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.open_everything()
    await town.funded(ann, 700)
    before = town.sql.picture()
    mine = f"user:{ann.id}:XTR"
    asked = await town.say(olga, f"/books adjust t-1 {mine} suspense:XTR 50 a <letter> of\n2 March")
    facts = {
        "key": "t-1",
        "source": mine,
        "destination": "suspense:XTR",
        "amount": 50,
        "evidence": "a <letter> of\n2 March",
    }
    assert asked.text == town.said("books-adjust-sure", **facts, before=700, left=650, there=0, then=50)
    assert town.sql.picture() == before
    (yes,) = [b["callback_data"] for row in asked.rows for b in row if b["callback_data"].startswith("books:")]
    for _ in range(2):
        assert await olga.press(yes, asked.id) is None
        await town.telegram.idle()
        assert (await town.newest(olga)).text == town.said("books-adjusted", **facts)
        assert town.balance(ann) == 650
    again = (await town.say(olga, f"/books adjust t-1 {mine} suspense:XTR 50 a <letter> of\n2 March")).text
    assert again == town.said("books-adjust-made", **facts)
    other = (await town.say(olga, f"/books adjust t-1 {mine} suspense:XTR 50 once more")).text
    assert other == town.said("error-key-taken", used="t-1")
    other = (await town.say(olga, f"/books adjust t-1 {mine} suspense:XTR 51 once more")).text
    assert other == town.said("error-key-taken", used="t-1")
    assert town.balance(ann) == 650


@pytest.mark.parametrize("amount", ["1 000", "1\u00a0000", "1\u202f000", "1000"])
async def test_digits_in_groups_are_one_amount(town: Town, amount: str) -> None:
    olga = await town.admin()
    await town.open_everything()
    asked = await town.say(olga, f"/books adjust t-1 external:XTR suspense:XTR {amount} a letter")
    facts = {
        "key": "t-1",
        "source": "external:XTR",
        "destination": "suspense:XTR",
        "amount": 1000,
        "evidence": "a letter",
    }
    assert asked.text == town.said("books-adjust-sure", **facts, before=0, left=-1000, there=0, then=1000)
    await town.tap(olga, "books-adjust-yes", amount=1000)
    assert town.sql.one("SELECT amount FROM transfers") == 1000
    held = (await town.say(olga, f"/books reserves {amount}")).text
    assert held == (await town.say(olga, "/books reserves 1000")).text != town.said("books-usage")


async def test_a_button_of_another_adjustment_than_the_last_typed_moves_nothing(town: Town) -> None:
    olga = await town.admin()
    await town.open_everything()
    first = await town.say(olga, "/books adjust t-1 external:XTR suspense:XTR 50 a letter")
    await town.say(olga, "/books adjust t-1 external:XTR suspense:XTR 500 a letter")
    await olga.tap(town.label("books-adjust-yes", amount=50), on=first)
    await town.telegram.idle()
    assert town.said("books-adjust-stale") in {m.text for m in (await olga.chat()).messages}
    assert town.sql.one("SELECT COUNT(*) AS n FROM transfers") == 0


@pytest.mark.parametrize(
    "given",
    [
        "",
        "t-1 external:XTR suspense:XTR 50",
        "t-1 external:XTR suspense:XTR 1 000",
        "t-1 external:XTR suspense:XTR 0 a letter",
        "t-1 external:XTR suspense:XTR -5 a letter",
        "t-1 external:XTR suspense:XTR 1.5 a letter",
        "t-1 external:XTR suspense:XTR 10000000000000 a letter",
        "t-1 external:XTR suspense:XTR fifty a letter",
        "t-1 external:XTR suspense:XTR 5 " + "x" * 601,
        "k" * 61 + " external:XTR suspense:XTR 5 a letter",
    ],
)
async def test_an_adjustment_that_cannot_be_read_gets_the_right_form(town: Town, given: str) -> None:
    olga = await town.admin()
    await town.open_everything()
    before = town.sql.picture()
    said = await town.say(olga, f"/books adjust {given}")
    assert said.text == town.said("books-adjust-usage", evidence=600, key=60)
    assert town.sql.picture() == before


@pytest.mark.parametrize(
    ("given", "refusal", "facts"),
    [
        ("fees:XTR suspense:XTR 5", "wallet-short", {"wallet": "fees:XTR", "needed": 5, "available": 0}),
        ("fees:XTR fees:XTR 5", "same-wallet", {"wallet": "fees:XTR"}),
        ("user:5:XTR fees:XTR 5", "not-found", {}),
        ("<b> fees:XTR 5", "not-found", {}),
    ],
)
async def test_what_no_adjustment_may_do_is_said_before_it_is_asked(
    town: Town, given: str, refusal: str, facts: dict[str, object]
) -> None:
    olga = await town.admin()
    await town.open_everything()
    said = await town.say(olga, f"/books adjust t-1 {given} a letter")
    assert said.text == town.said(f"error-{refusal}", **facts)


@pytest.mark.parametrize(
    "words", ["sell", "check it", "statement", "statement a b", "reserves ten", "reserves 1 2", "rebuild x"]
)
async def test_what_it_does_not_understand_gets_the_right_forms(town: Town, words: str) -> None:
    olga = await town.admin()
    before = town.sql.picture()
    assert (await town.say(olga, f"/books {words}")).text == town.said("books-usage")
    assert town.sql.picture() == before


READS = ["/books", "/books check", "/books statement external:XTR", "/books reserves", "/books reserves 5"]
ACTS = ["/books checkpoint", "/books adjust t-1 external:XTR suspense:XTR 5 a letter"]
WHO = {
    "stranger": (None, "unknown-command", "stale"),
    "banned": ("blocked_at = created_at", "unknown-command", "stale"),
    "banned operator": ("blocked_at = created_at, is_operator = 1", "unknown-command", "stale"),
    "operator": ("is_operator = 1", "error-not-allowed", "error-not-allowed"),
}
"""Who is no admin: how they came to be so, what a command that is not theirs answers, and what a button does."""


@pytest.mark.parametrize("who", WHO)
async def test_operators_read_admins_act_and_to_others_it_is_as_if_there_were_none(town: Town, who: str) -> None:
    await town.admin()
    await town.open_everything()
    person = await town.person("Somebody")
    change, no_command, no_button = WHO[who]
    if change:
        town.sql(f"UPDATE users SET {change} WHERE id = :id", id=person.id)
    before, message = town.sql.picture(), (await town.newest(person)).id
    reads = who == "operator"
    for command in READS:
        said = (await town.say(person, command)).text
        assert (said == town.said("unknown-command")) != reads, command
    for command in ACTS:
        assert (await town.say(person, command)).text == town.said(no_command)
    labels = (await town.say(person, "/books")).buttons
    assert (town.label("books-open-full") in labels) == reads
    assert town.label("books-open-checkpoint") not in labels
    for data in [Go(to=To.books), Entries(wallet="external:XTR"), *(Ledger(open=page) for page in Page)]:
        answer = await person.press(data.pack(), message)
        acts = isinstance(data, Ledger) and data.open == Page.checkpoint
        assert (answer == town.said("stale")) != reads, data
        assert not (acts and reads) or answer == town.said(no_button)
    await town.say(person, "/cancel")
    assert town.sql.picture() == before


async def test_the_admin_sees_every_button(town: Town) -> None:
    olga = await town.admin()
    await town.open_everything()
    labels = (await town.say(olga, "/books")).buttons
    wanted = [f"books-open-{page}" for page in Page if page not in (Page.quick, Page.sure)]
    assert {town.label(key) for key in wanted} <= set(labels)
    await town.tap(olga, "books-open-adjust")
    assert (await town.newest(olga)).text == town.said("books-adjust-usage", evidence=600, key=60)
