"""What the tables are made of is compared with the models, on both databases. A name proves nothing."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, make_url

from domain.base import Base
from storage import guards, shapes
from storage.database import Database
from tests.conftest import APP, engine_to, login, superusers

APART = "CREATE SCHEMA apart; GRANT USAGE ON SCHEMA apart TO PUBLIC"
PAY = "FUNCTION {}() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'UPDATE wallets SET balance = balance + 1'"
KEY = "ALTER TABLE transfers DROP CONSTRAINT fk_transfers_source_id, ADD CONSTRAINT fk_transfers_source_id FOREIGN KEY"
PAIR = "uq_ledger_entries_transfer_key_wallet_id"
RUNNING = "CREATE UNIQUE INDEX ix_withdrawals_running ON withdrawals"
STILL = "status IN ('requested', 'approved', 'sending')"
CHECK = "ALTER TABLE {0} DROP CONSTRAINT {1}, ADD CONSTRAINT {1} CHECK ({2})"
CHANGES = {
    # unique indexes
    "one withdrawal at a time": ("ix_withdrawals_running", "DROP INDEX ix_withdrawals_running"),
    "one payment for a reference": ("ix_withdrawals_reference", "DROP INDEX ix_withdrawals_reference"),
    "an index that is not unique": (
        "ix_campaign_targets_retry_of",
        "DROP INDEX ix_campaign_targets_retry_of; CREATE INDEX ix_campaign_targets_retry_of ON campaign_targets (retry_of)",
    ),
    "an index that is not valid": (
        "ix_withdrawals_running",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_withdrawals_running'::regclass",
    ),
    "a key whose index is not valid": (
        "pk_transfers",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'pk_transfers'::regclass",
    ),
    "an index of other columns": (
        "ix_withdrawals_reference",
        "DROP INDEX ix_withdrawals_reference; CREATE UNIQUE INDEX ix_withdrawals_reference"
        " ON withdrawals (reference, currency, id)",
    ),
    "an index of fewer rows": (
        "ix_withdrawals_running",
        f"DROP INDEX ix_withdrawals_running; {RUNNING} (user_id) WHERE {STILL}",
    ),
    "an index of another table": (
        "ix_withdrawals_running",
        f"DROP INDEX ix_withdrawals_running; {RUNNING.replace('withdrawals', 'deposits')} (user_id)".replace(
            "ix_deposits", "ix_withdrawals"
        ),
    ),
    "an index of ours that is too many": ("mine", "CREATE UNIQUE INDEX mine ON notices (id, user_id)"),
    # constraints
    "a CHECK of nothing": ("ck_wallets_not_negative", CHECK.format("wallets", "ck_wallets_not_negative", "true")),
    "a CHECK of more kinds": (
        "ck_wallets_not_negative",
        CHECK.format(
            "wallets", "ck_wallets_not_negative", "balance >= 0 OR kind IN ('external', 'losses', 'suspense')"
        ),
    ),
    "a CHECK with another number": (
        "ck_transfers_amount",
        CHECK.format("transfers", "ck_transfers_amount", "amount BETWEEN 0 AND 1000000000000"),
    ),
    "a CHECK with AND for OR": (
        "ck_deposits_credited",
        CHECK.format("deposits", "ck_deposits_credited", "status <> 'credited' AND credited_at IS NOT NULL"),
    ),
    "a CHECK on another table": (
        "ck_wallets_not_negative",
        "ALTER TABLE wallets DROP CONSTRAINT ck_wallets_not_negative;"
        " ALTER TABLE heartbeats ADD CONSTRAINT ck_wallets_not_negative CHECK (true)",
    ),
    "a CHECK beside a column": ("ck_post_jobs_share", "ALTER TABLE post_jobs DROP CONSTRAINT ck_post_jobs_share"),
    "a CHECK too many": ("mine", "ALTER TABLE withdrawals ADD CONSTRAINT mine CHECK (user_id > 0)"),
    "a key of other columns": (
        PAIR,
        f"ALTER TABLE ledger_entries DROP CONSTRAINT {PAIR}, ADD CONSTRAINT {PAIR} UNIQUE (id, transfer_key, wallet_id)",
    ),
    "a foreign key of another column": (
        "fk_transfers_source_id",
        f"{KEY} (destination_id) REFERENCES wallets (id)",
    ),
    "a foreign key that takes rows along": (
        "fk_transfers_source_id",
        f"{KEY} (source_id) REFERENCES wallets (id) ON DELETE CASCADE",
    ),
    "a foreign key that waits": (
        "fk_transfers_source_id",
        "ALTER TABLE transfers ALTER CONSTRAINT fk_transfers_source_id DEFERRABLE INITIALLY DEFERRED",
    ),
    # columns
    "nothing where something must be": (
        "transfers.source_id",
        "ALTER TABLE transfers ALTER COLUMN source_id DROP NOT NULL",
    ),
    "parts of a unit": ("transfers.amount", "ALTER TABLE transfers ALTER COLUMN amount TYPE numeric"),
    "another order of letters": (
        "users.username",
        'ALTER TABLE users ALTER COLUMN username TYPE text COLLATE "C"',
    ),
    "a switch that is on by itself": (
        "kill_switches.enabled",
        "ALTER TABLE kill_switches ALTER COLUMN enabled SET DEFAULT true",
    ),
    "another default": ("post_jobs.retries", "ALTER TABLE post_jobs ALTER COLUMN retries SET DEFAULT 9"),
    "another first visit": (
        "channels.visited_at",
        "ALTER TABLE channels ALTER COLUMN visited_at SET DEFAULT '1970-01-01T00:00:00+02:00'",
    ),
    "numbers from elsewhere": (
        "ledger_entries.id",
        "ALTER TABLE ledger_entries ALTER COLUMN id SET DEFAULT nextval('audit_events_id_seq')",
    ),
    "a column too many": ("users.mine", "ALTER TABLE users ADD COLUMN mine text"),
    "a column too few": ("heartbeats.said", "ALTER TABLE heartbeats DROP COLUMN said"),
    # ways around
    "a child": ("mine inherits transfers", "CREATE TABLE mine () INHERITS (transfers)"),
    "a child elsewhere": (
        "apart.mine inherits transfers",
        f"{APART}; CREATE TABLE apart.mine () INHERITS (transfers)",
    ),
    "a parent": (
        "wallets inherits mine",
        "CREATE TABLE mine (balance bigint NOT NULL); ALTER TABLE wallets INHERIT mine",
    ),
    "a function that pays": ("pay(), with the rights of postgres", f"CREATE {PAY.format('pay')}"),
    "a function that pays elsewhere": (
        "apart.pay(), with the rights of postgres",
        f"{APART}; CREATE {PAY.format('apart.pay')}",
    ),
    "a ledger that a crash empties": ("not logged: dialog_states", "ALTER TABLE dialog_states SET UNLOGGED"),
    "entries that count downwards, below what is sealed": (
        "does not count one by one: ledger_entries_id_seq",
        "ALTER SEQUENCE ledger_entries_id_seq INCREMENT BY -1",
    ),
    "events that each session has numbers in store for": (
        "does not count one by one: audit_events_id_seq",
        "ALTER SEQUENCE audit_events_id_seq CACHE 100",
    ),
    "entries that begin anew": (
        "does not count one by one: ledger_entries_id_seq",
        "ALTER SEQUENCE ledger_entries_id_seq MAXVALUE 1000 CYCLE",
    ),
    "a session of a replica": (
        "session_replication_role is replica: nothing fires",
        "SET LOCAL session_replication_role = replica",
    ),
}
"""What somebody with the owner's power changes, and the name that is told."""


@contextmanager
def undone(address: str) -> Iterator[Connection]:
    """A superuser's transaction, of which nothing is left."""
    with engine_to(superusers(address)).connect() as autocommitting:
        conn = autocommitting.execution_options(isolation_level="READ COMMITTED")
        yield conn
        conn.rollback()


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_noticed_by_the_application(postgresql_address: str, what: str) -> None:
    name, statements = CHANGES[what]
    with undone(postgresql_address) as conn:
        for statement in statements.split("; "):
            conn.exec_driver_sql(statement)
        conn.exec_driver_sql(f"SET LOCAL SESSION AUTHORIZATION {APP}")
        assert name in guards.differences(conn)


UNALIKE_BUT_FINE = {
    "an index for the reports": "CREATE INDEX mine ON transfers (actor)",
    "numbers of somebody's": "CREATE TABLE mine (id smallserial PRIMARY KEY); ALTER SEQUENCE mine_id_seq INCREMENT BY 5",
    "a table of somebody's": "CREATE TABLE mine (id int PRIMARY KEY CHECK (id > 0))",
    "an index that is being built": (
        "CREATE UNIQUE INDEX mine ON transfers (key); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'mine'::regclass"
    ),
    "a function that may do what its caller may": "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a function that the application may not call": (
        f"CREATE {PAY.format('mine')}; REVOKE ALL ON FUNCTION mine() FROM PUBLIC"
    ),
    "a view": "CREATE VIEW mine AS SELECT * FROM wallets",
}


@pytest.mark.parametrize("what", UNALIKE_BUT_FINE)
def test_what_touches_no_guard_is_no_difference(postgresql_address: str, what: str) -> None:
    with undone(postgresql_address) as conn:
        for statement in UNALIKE_BUT_FINE[what].split("; "):
            conn.exec_driver_sql(statement)
        conn.exec_driver_sql(f"SET LOCAL SESSION AUTHORIZATION {APP}")
        assert guards.differences(conn) == []


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
async def test_a_migrated_database_is_whole_in_the_eyes_of_the_application(address: str, zone: str) -> None:
    """Defaults of moments are printed in the time zone of whoever asks."""
    database = Database(address)

    def asked(conn: Connection) -> list[str]:
        if not database.is_sqlite:
            conn.exec_driver_sql(f"SET LOCAL TimeZone = '{zone}'")
        return guards.differences(conn)

    assert await database.read(asked) == []
    await database.close()


def made(conn: Connection) -> list[str]:
    Base.metadata.create_all(conn)
    guards.install(conn)
    return guards.differences(conn)


async def test_a_schema_that_the_models_made_is_whole_in_postgresql(postgresql_address: str) -> None:
    database = Database(superusers(postgresql_address))

    def anew(conn: Connection) -> list[str]:
        with conn.begin_nested() as before:
            conn.exec_driver_sql("DROP SCHEMA public CASCADE")
            conn.exec_driver_sql("CREATE SCHEMA public")
            found = made(conn)
            before.rollback()
        return found

    assert await database.write(anew) == []
    await database.close()


def test_a_schema_that_the_models_made_is_whole_in_sqlite(tmp_path: Path) -> None:
    with engine_to(f"sqlite:///{tmp_path}/made.db").connect() as conn:
        assert made(conn) == []


@pytest.mark.parametrize("where", ["ROLE {0}", "ROLE {0} IN DATABASE {1}", "DATABASE {1}"])
async def test_a_login_whose_triggers_sleep_is_noticed_in_the_next_session_and_in_this(
    postgresql_address: str, where: str
) -> None:
    asleep = ["session_replication_role is replica: nothing fires"]
    with login(postgresql_address) as (conn, name, address):
        before = Database(address)
        assert await guards.examined(before) == []
        where = where.format(name, conn.info.dbname)
        conn.execute(f"ALTER {where} SET session_replication_role = 'replica'".encode())
        try:
            assert await guards.examined(before) == asleep
            engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
            with engine.connect() as after:
                assert after.exec_driver_sql("SHOW session_replication_role").scalar() == "replica"
                assert guards.differences(after) == asleep
            engine.dispose()
        finally:
            conn.execute(f"ALTER {where} RESET session_replication_role".encode())
            await before.close()


REWRITTEN = {
    "a CHECK": ("ck_wallets_not_negative", "wallets", r"CONSTRAINT ck_wallets_not_negative CHECK \(.*?\)\), ", ""),
    "a CHECK that holds less": ("ck_wallets_not_negative", "wallets", r"'losses'\)\)", "'losses', 'user'))"),
    "a CHECK of a column": (
        "ck_post_jobs_share",
        "post_jobs",
        r"CONSTRAINT ck_post_jobs_share CHECK \(share >= 1\)",
        "",
    ),
    "a CHECK in a comment": (
        "wallets./*",
        "wallets",
        r"CONSTRAINT (ck_wallets_not_negative CHECK \(.*?\)\)), ",
        r"/* CONSTRAINT \1, */ ",
    ),
    "a NOT NULL": ("transfers.source_id", "transfers", r"source_id TEXT NOT NULL", "source_id TEXT"),
    "a foreign key": (
        "fk_transfers_source_id",
        "transfers",
        r", \n\tCONSTRAINT fk_transfers_source_id FOREIGN KEY\(source_id\) REFERENCES wallets \(id\)",
        "",
    ),
    "a unique pair": (
        "uq_ledger_entries_transfer_key_wallet_id",
        "ledger_entries",
        r"UNIQUE \(transfer_key, wallet_id\)",
        "UNIQUE (transfer_key, wallet_id, id)",
    ),
    "a default": ("kill_switches.enabled", "kill_switches", "enabled INTEGER", "enabled INTEGER DEFAULT 1"),
    "types that are kept": ("wallets", "wallets", "STRICT", ""),
    "a condition of an index": ("ix_withdrawals_running", "ix_withdrawals_running", "'requested', ", ""),
    "what an index is": ("ix_withdrawals_reference", "ix_withdrawals_reference", "UNIQUE ", ""),
}
"""What SQLite is told that it was told, and so believes."""


async def lite(address: str, *statements: tuple[str, tuple[str, ...]]) -> list[str]:
    with closing(sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)) as conn:
        for statement, given in statements:
            conn.execute(statement, given)
    database = Database(address)
    try:
        return await guards.examined(database)
    finally:
        await database.close()


@pytest.mark.parametrize("what", REWRITTEN)
async def test_what_was_cut_out_of_a_definition_is_noticed_in_sqlite(sqlite_address: str, what: str) -> None:
    told, name, pattern, put = REWRITTEN[what]
    with closing(sqlite3.connect(sqlite_address.removeprefix("sqlite:///"))) as conn:
        (sql,) = conn.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    changed = re.sub(pattern, put, sql, flags=re.DOTALL)
    assert changed != sql
    rewritten = ("UPDATE sqlite_master SET sql = ? WHERE name = ?", (changed, name))
    assert told in await lite(sqlite_address, ("PRAGMA writable_schema = ON", ()), rewritten)


@pytest.mark.parametrize("index", ["ix_withdrawals_running", "ix_withdrawals_reference", "uq_launch_runs_running"])
async def test_a_dropped_unique_index_is_noticed_in_sqlite(sqlite_address: str, index: str) -> None:
    assert await lite(sqlite_address, (f"DROP INDEX {index}", ())) == [index]


async def test_a_column_too_many_is_noticed_in_sqlite(sqlite_address: str) -> None:
    assert await lite(sqlite_address, ("ALTER TABLE users ADD COLUMN mine TEXT", ())) == ["users.mine"]


ALIKE = [
    ("a BETWEEN 1 AND 9 OR b", "((a >= 1) AND (a <= '9'::bigint)) OR b"),
    ("a IN ('x', 'y')", "(a = ANY (ARRAY['x'::text, 'y'::text]))"),
    ("a NOT IN ('x', 'y')", "(a <> ALL (ARRAY['x'::text, 'y'::text]))"),
    ("a != 'x' AND b IS NULL", "((a <> 'x'::text) AND (b IS NULL))"),
    ("a || ':' || b = c", "(((a || ':'::text) || b) = c)"),
    ("CASE a WHEN 'x' THEN b ELSE c END = d", "(CASE a\n    WHEN 'x'::text THEN b\n    ELSE c\nEND = d)"),
]
UNALIKE = [
    ("a AND (b OR c)", "(a AND b) OR c"),
    ("a = 'x y'", "a = 'xy'"),
    ("a = 'X'", "a = 'x'"),
    ("a = 1", "a = '1'"),
    ("a = 'x'", "a = 'x'::char"),
    ("(a = 'x') = (b IS NULL)", "(((a = 'x')::text = b) IS NULL)"),
    ("a IN ('x', 'y')", "a NOT IN ('x', 'y')"),
    ("a < 1", "a <= 1"),
    ("a = b", "a = b\n# c"),
    ("a || b = c", "a + b = c"),
    ("a IN ('x', 'y')", "a >= ANY (ARRAY['x'::text, 'y'::text])"),
    ("a IN ('x', 'y')", "a IN ('x'', ''y')"),
    ("CASE a WHEN 'x' THEN b ELSE c END", "CASE a WHEN 'x' THEN b WHEN c THEN d END"),
]


@pytest.mark.parametrize(("written", "printed"), ALIKE)
def test_an_expression_is_the_same_however_it_is_spelled(written: str, printed: str) -> None:
    assert shapes.expression(written) == shapes.expression(printed)


@pytest.mark.parametrize(("one", "other"), UNALIKE)
def test_an_expression_that_says_something_else_is_another(one: str, other: str) -> None:
    assert shapes.expression(one) != shapes.expression(other)
