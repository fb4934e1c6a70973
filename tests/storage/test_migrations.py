"""The schema is what the models say, the guards are what the flows and gates say, and both survive up, down and up again."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from domain import checks, escrow
from domain.base import Base
from domain.campaigns import Content
from domain.checks import Seen, Verdict
from storage import dialog_states, guards
from storage.database import Database
from tests import story
from tests.conftest import House, owners, superusers


def changes(conn: Connection) -> list[Any]:
    assert dialog_states.DialogState.__tablename__ in Base.metadata.tables
    context = MigrationContext.configure(conn, opts={"compare_type": False})
    return [change for change in compare_metadata(context, Base.metadata) if "alembic_version" not in str(change)]


def columns(conn: Connection) -> dict[str, dict[str, str]]:
    look = inspect(conn)
    return {t: {c["name"]: str(c["type"]) for c in look.get_columns(t)} for t in look.get_table_names()}


async def test_the_migrated_schema_is_the_models(address: str) -> None:
    database = Database(owners(address))
    assert await database.read(changes) == []
    await database.close()


async def test_only_the_types_of_the_house_reach_the_database(address: str) -> None:
    database = Database(owners(address))
    found = {kind for table in (await database.read(columns)).values() for kind in table.values()}
    allowed = (
        {"INTEGER", "TEXT"}
        if database.is_sqlite
        else {"BIGINT", "TEXT", "BOOLEAN", "TIMESTAMP", "JSONB", "VARCHAR(32)"}
    )
    assert found - {"VARCHAR(32)"} <= allowed  # alembic's own table
    await database.close()


async def test_every_table_is_strict_in_sqlite(sqlite_address: str) -> None:
    database = Database(sqlite_address)
    loose = text("SELECT name FROM pragma_table_list WHERE strict = 0 AND type = 'table'")
    found = await database.read(lambda conn: set(conn.scalars(loose)))
    assert found <= {"alembic_version", "sqlite_schema", "sqlite_temp_schema"}
    await database.close()


async def test_the_installed_guards_are_the_generated_ones(address: str) -> None:
    database = Database(owners(address))
    some = "flow_escrows_status"

    def dropped(conn: Connection) -> list[str]:
        conn.exec_driver_sql(f"DROP TRIGGER {some}{'' if database.is_sqlite else ' ON escrows'}")
        return guards.differences(conn)

    assert await database.read(guards.differences) == []
    assert await database.write(dropped) == [some]
    await database.close()


async def test_a_guard_that_was_switched_off_is_noticed(postgresql_address: str) -> None:
    database = Database(owners(postgresql_address))

    def disabled(conn: Connection) -> list[str]:
        conn.exec_driver_sql("ALTER TABLE transfers DISABLE TRIGGER double_entry")
        return guards.differences(conn)

    assert await database.write(disabled) == ["double_entry"]
    await database.close()


GUARD = "CREATE OR REPLACE FUNCTION {} RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
EMPTY = "CREATE OR REPLACE TRIGGER empty_wallet BEFORE INSERT ON wallets FOR EACH ROW"
PASS = "SET search_path = public, pg_temp AS $$ BEGIN RETURN NEW; END $$"
NOT_NEGATIVE = "ALTER TABLE wallets DROP CONSTRAINT ck_wallets_not_negative"
CHANGES = {
    "a function's body": ("permit", f"{GUARD.format('permit()')} {PASS}"),
    "a function with the caller's rights": ("write_entries", "ALTER FUNCTION write_entries() SECURITY INVOKER"),
    "a function on any path": ("write_entries", "ALTER FUNCTION write_entries() RESET search_path"),
    "a function that sees the past": ("check_epoch", "ALTER FUNCTION check_epoch() STABLE"),
    "a function too many": ("mine", f"{GUARD.format('mine()')} {PASS}"),
    "a trigger that never fires": (
        "empty_wallet",
        f"{EMPTY} WHEN (false) EXECUTE FUNCTION refuse('born with money')",
    ),
    "a trigger on another condition": (
        "empty_wallet",
        f"{EMPTY} WHEN (NEW.balance < 0) EXECUTE FUNCTION refuse('born with money')",
    ),
    "a trigger that says something else": (
        "empty_wallet",
        f"{EMPTY} WHEN (NEW.balance <> 0) EXECUTE FUNCTION refuse('Born with money')",
    ),
    "a trigger of another function": (
        "asks_switches",
        "CREATE OR REPLACE TRIGGER asks_switches AFTER INSERT ON transfers REFERENCING NEW TABLE AS made"
        " FOR EACH STATEMENT EXECUTE FUNCTION check_entry()",
    ),
    "a step too many": (
        "flow_deposits_status",
        "CREATE OR REPLACE TRIGGER flow_deposits_status BEFORE UPDATE OF status ON deposits FOR EACH ROW WHEN (OLD.status "
        "<> NEW.status AND OLD.status || '>' || NEW.status NOT IN ('credited>received')) EXECUTE FUNCTION refuse('flow')",
    ),
    "a trigger on another table": (
        "empty_wallet",
        "DROP TRIGGER empty_wallet ON wallets",
        "CREATE TRIGGER empty_wallet BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION refuse('born with money')",
    ),
    "a trigger too many, that replicas set off": (
        "mine",
        "CREATE TRIGGER mine BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION refuse('mine')",
        "ALTER TABLE tickets ENABLE ALWAYS TRIGGER mine",
    ),
    "a rule": ("rule x on audit_events", "CREATE RULE x AS ON INSERT TO audit_events DO INSTEAD NOTHING"),
    "rows that hide": ("row security on wallets", "ALTER TABLE wallets ENABLE ROW LEVEL SECURITY"),
    "no CHECK": ("ck_wallets_not_negative", NOT_NEGATIVE),
    "a CHECK of the new alone": (
        "ck_wallets_not_negative",
        f"{NOT_NEGATIVE}, ADD CONSTRAINT ck_wallets_not_negative CHECK (balance >= 0) NOT VALID",
    ),
    "no foreign key": ("fk_transfers_source_id", "ALTER TABLE transfers DROP CONSTRAINT fk_transfers_source_id"),
    "foreign keys that are switched off": ("fk_transfers_source_id", "ALTER TABLE transfers DISABLE TRIGGER ALL"),
}
"""What somebody with the owner's power changes, and the name that is told."""


@pytest.mark.parametrize("what", CHANGES)
async def test_what_was_changed_in_the_database_is_noticed(postgresql_address: str, what: str) -> None:
    """Comments stay where something is replaced, so none is believed: `guards` asks the catalogue."""
    name, *statements = CHANGES[what]
    database = Database(superusers(postgresql_address))

    def changed(conn: Connection) -> list[str]:
        with conn.begin_nested() as before:
            for statement in statements:
                conn.exec_driver_sql(statement)
            found = guards.differences(conn)
            before.rollback()
        return found

    assert name in await database.write(changed)
    assert await database.read(guards.differences) == []
    await database.close()


async def test_a_migration_takes_away_what_is_not_ours(postgresql_address: str) -> None:
    database = Database(owners(postgresql_address))
    await database.write(
        lambda conn: conn.exec_driver_sql('CREATE RULE "Not ours" AS ON INSERT TO audit_events DO INSTEAD NOTHING')
    )
    assert await database.read(guards.differences) == ["rule Not ours on audit_events"]
    await database.migrate()
    assert await database.read(guards.differences) == []
    await database.close()


async def test_what_was_changed_before_its_messages_were_named_names_the_one_that_is_known(house: House) -> None:
    """An edit told of it, or a look, which then saw the first message only; what is as published names none."""
    words = [Content(text=word).fingerprint for word in ("one", "two")]
    numbers = [*range(1, 4)]
    first = await story.booked(house, hours=24, money=2000)
    for number in numbers:
        placement = first
        if number > 1:
            placement = await story.draft(house, first.channel)
            await house.gate.user(story.ANN)(escrow.hold, (placement.id,))
        await story.succeed(house, placement, message_ids=(10 * number, 10 * number + 1), fingerprints=tuple(words))
    for shown in (words[0], words[1], words[0]):
        await house.system(checks.saw_edit, -1001, 11, shown)
        house.clock.forward(minutes=1)
    house.clock.forward(minutes=10)
    await house.system(checks.record, 2, {2: Seen(Verdict.changed)})
    database = Database(owners(house.address))
    await database.migrate("0015")
    await database.migrate()
    await database.close()
    rows = house.sql("SELECT altered, changed_for FROM post_jobs ORDER BY id")
    assert [(str(row["altered"]), row["changed_for"]) for row in rows] == [("[11]", 0), ("[20]", 0), ("None", 0)]


async def test_down_removes_everything_and_up_brings_it_back(address: str) -> None:
    database = Database(owners(address))
    await database.migrate("base")
    assert await database.read(lambda conn: inspect(conn).get_table_names()) == ["alembic_version"]
    assert not await database.at_head()
    await database.migrate()
    assert await database.read(changes) == []
    assert await database.read(guards.differences) == []
    assert await database.read(lambda conn: conn.scalar(text("SELECT COUNT(*) FROM wallets"))) == 4
    assert await database.at_head()
    await database.close()
