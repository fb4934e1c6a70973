"""PostgreSQL's roles: what the application's login is refused, what start-up refuses, and how an operator sets them up."""

import argparse
import asyncio
import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, event, make_url

from bot.cli import database, house
from bot.settings import BadSettings, Settings
from domain import kill_switches
from domain.action import Switch
from domain.base import Base
from storage import guards, roles
from storage.database import Database
from tests import story
from tests.conftest import (
    ADMIN,
    APP,
    OTHER_ADMIN,
    OWNER,
    Clock,
    House,
    Sql,
    gate_of,
    login,
    new_database,
    owners,
    superusers,
)
from tests.processes import TOKEN, holdfast, until
from tests.servers import WITH_PASSWORD
from tests.storage.test_guards import FORBIDDEN, INSERTS

NOW = "2026-03-02T12:00:00Z"
DENIED = "permission denied"
NOT_OWNER = "must be owner"
TRIGGER = "AFTER INSERT ON {} FOR EACH ROW EXECUTE FUNCTION write_entries()"
EVENT = "INSERT INTO audit_events (id, act_id, at, actor, action, noun, subject, details)"
WHATEVER = f"'x', '{NOW}', 'a', 'x', 'x', '1', '{{}}'"

REFUSED = {
    # the ledger
    "a balance": (DENIED, "UPDATE wallets SET balance = balance + 1"),
    "a balance by MERGE": (
        DENIED,
        "MERGE INTO wallets w USING (SELECT 'fees:XTR' AS id) x ON w.id = x.id WHEN MATCHED THEN UPDATE SET balance = 5",
    ),
    "a balance by ON CONFLICT": (
        DENIED,
        f"INSERT INTO wallets VALUES ('fees:XTR', 'fees', NULL, 'XTR', 0, '{NOW}') ON CONFLICT (id) DO UPDATE SET balance = 5",
    ),
    "a balance in a WITH": (DENIED, "WITH x AS (UPDATE wallets SET balance = 5 RETURNING id) SELECT * FROM x"),
    "a balance in a DO": (DENIED, "DO $$ BEGIN UPDATE wallets SET balance = 5; END $$"),
    "another's wallet": (DENIED, "UPDATE wallets SET owner_id = 202 WHERE kind = 'user'"),
    "another address": (DENIED, "UPDATE wallets SET id = 'user:9:XTR' WHERE id = 'user:101:XTR'"),
    "another currency": (DENIED, "UPDATE wallets SET currency = 'TON'"),
    "a kind that may go below zero": ("ck_wallets", "UPDATE wallets SET kind = 'losses' WHERE kind = 'user'"),
    "a kind between the house's own": ("ck_wallets", "UPDATE wallets SET kind = 'fees' WHERE kind = 'external'"),
    "an escrow's wallet for a user's": ("ck_wallets", "UPDATE wallets SET kind = 'user' WHERE kind = 'escrow'"),
    "an entry": (
        DENIED,
        "INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason) VALUES ('deposit:c1', 'fees:XTR', 5, 'deposit')",
    ),
    "entries by COPY": (DENIED, "COPY ledger_entries (transfer_key, wallet_id, amount, reason) FROM STDIN"),
    "a changed entry": (DENIED, "UPDATE ledger_entries SET amount = 5"),
    "a deleted entry": (DENIED, "DELETE FROM ledger_entries"),
    "an emptied ledger": (DENIED, "TRUNCATE ledger_entries"),
    "transfers emptied with all that hangs on them": (DENIED, "TRUNCATE transfers CASCADE"),
    "a changed transfer": (DENIED, "UPDATE transfers SET amount = 5"),
    "the entries' numbers": (DENIED, "SELECT setval('ledger_entries_id_seq', 1)"),
    "a number of the entries": (DENIED, "SELECT nextval('ledger_entries_id_seq')"),
    "numbers given again": (DENIED, "SELECT setval('audit_events_id_seq', 1)"),
    "an event with a number to come": (DENIED, f"{EVENT} SELECT MAX(id) + 1, {WHATEVER} FROM audit_events"),
    "an event with the last number there is": (DENIED, f"{EVENT} VALUES (9223372036854775807, {WHATEVER})"),
    "an event with a number before the first": (DENIED, f"{EVENT} VALUES (-1, {WHATEVER})"),
    "an event with a number that was drawn": (DENIED, f"{EVENT} VALUES (nextval('audit_events_id_seq'), {WHATEVER})"),
    "an event with a number by MERGE": (
        DENIED,
        "MERGE INTO audit_events a USING (SELECT 1000 AS id) x ON a.id = x.id WHEN NOT MATCHED THEN"
        f" INSERT {EVENT.partition('audit_events ')[2]} VALUES (x.id, {WHATEVER})",
    ),
    "events with numbers by COPY": (DENIED, "COPY audit_events (id, act_id, actor, action) FROM STDIN"),
    "events with numbers by COPY of all columns": (DENIED, "COPY audit_events FROM STDIN"),
    # what was agreed
    "another amount in escrow": (DENIED, "UPDATE escrows SET amount = 5"),
    "another price": (DENIED, "UPDATE campaign_targets SET price = 5"),
    "another fee": (DENIED, "UPDATE campaign_targets SET fee_bps = 0"),
    "another publisher": (DENIED, "UPDATE campaign_targets SET publisher_id = 101"),
    "other content": (DENIED, "UPDATE creatives SET content = '{}'"),
    "another's ticket": (DENIED, "UPDATE tickets SET user_id = 101"),
    "another amount to be paid": (DENIED, "UPDATE withdrawals SET amount = 5"),
    "another place to be paid to": (DENIED, "UPDATE withdrawals SET destination = 'mine'"),
    "another's dispute": (DENIED, "UPDATE disputes SET opened_by = 101"),
    "a dispute's history rewritten": (DENIED, "UPDATE dispute_steps SET words = 'x'"),
    "a look rewritten": (DENIED, "UPDATE post_checks SET verdict = 'up'"),
    "audit rewritten": (DENIED, "UPDATE audit_events SET actor = 'somebody'"),
    "a seal rewritten": (DENIED, "UPDATE checkpoints SET hash = ''"),
    # the switches
    "a switch's state": ("not of its flip", "UPDATE kill_switches SET enabled = true WHERE key = 'payouts'"),
    "another switch's name": (
        "(?i)not of its flip|unique",
        "UPDATE kill_switches SET key = 'payouts' WHERE key = 'new_escrows'",
    ),
    "a switch": (DENIED, "INSERT INTO kill_switches (key, enabled, epoch) VALUES ('payouts', true, 1)"),
    "no switch": (DENIED, "DELETE FROM kill_switches"),
    "no switches": (DENIED, "TRUNCATE kill_switches"),
    "a changed flip": (DENIED, "UPDATE kill_switch_flips SET enabled = true"),
    "a deleted flip": (DENIED, "DELETE FROM kill_switch_flips"),
    # the guards
    "the ledger's pen laid down": (NOT_OWNER, "ALTER TABLE transfers DISABLE TRIGGER double_entry"),
    "all guards laid down": (NOT_OWNER, "ALTER TABLE ledger_entries DISABLE TRIGGER ALL"),
    "a guard dropped": (NOT_OWNER, "DROP TRIGGER keep_transfers ON transfers"),
    "a guard's mark": (NOT_OWNER, "COMMENT ON TRIGGER keep_transfers ON transfers IS 'fine'"),
    "another pen": (
        DENIED + "|" + NOT_OWNER,
        "CREATE OR REPLACE FUNCTION write_entries() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    ),
    "the pen in other hands": (NOT_OWNER, "ALTER FUNCTION write_entries() SECURITY INVOKER"),
    "the pen on a table of one's own": (
        DENIED,
        f"CREATE TEMP TABLE mine (LIKE transfers); CREATE TRIGGER x {TRIGGER.format('mine')}",
    ),
    "the pen twice": (DENIED, f"CREATE TRIGGER x {TRIGGER.format('transfers')}"),
    "the pen called": (DENIED, "SELECT write_entries()"),
    "a rule": (NOT_OWNER, "CREATE RULE x AS ON INSERT TO transfers DO INSTEAD NOTHING"),
    "a policy": (NOT_OWNER, "ALTER TABLE transfers ENABLE ROW LEVEL SECURITY"),
    "triggers put to sleep": (DENIED, "SET session_replication_role = 'replica'"),
    # the schema
    "a CHECK dropped": (NOT_OWNER, "ALTER TABLE wallets DROP CONSTRAINT ck_wallets_not_negative"),
    "a column": (NOT_OWNER, "ALTER TABLE wallets ADD COLUMN x int"),
    "a table dropped": (NOT_OWNER, "DROP TABLE audit_events"),
    "a table taken": (NOT_OWNER, f"ALTER TABLE wallets OWNER TO {APP}"),
    "a table": (DENIED, "CREATE TABLE public.mine (x int)"),
    "a function": (DENIED, "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    "a view": (DENIED, "CREATE VIEW public.mine AS SELECT 1"),
    "a schema": (DENIED, "CREATE SCHEMA mine"),
    "an index": (NOT_OWNER, "CREATE INDEX ON wallets (balance)"),
    "the version": (DENIED, "UPDATE alembic_version SET version_num = '0000'"),
    "a lock that stops everything": (DENIED, "DO $$ BEGIN LOCK TABLE wallets IN ACCESS EXCLUSIVE MODE; END $$"),
    # the roles and the server
    "the owner's place": (DENIED, f"SET ROLE {OWNER}"),
    "the owner's session": (DENIED, f"SET SESSION AUTHORIZATION {OWNER}"),
    "the owner's membership": (DENIED, f"GRANT {OWNER} TO {APP}"),
    "a superuser": (DENIED, f"ALTER ROLE {APP} SUPERUSER"),
    "a role": (DENIED, "CREATE ROLE mine"),
    "rights for tables to come": (
        DENIED,
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT ALL ON TABLES TO {APP}",
    ),
    "the catalogue": (DENIED, "UPDATE pg_class SET relowner = 10"),
    "the server's settings": (DENIED, "ALTER SYSTEM SET fsync = off"),
    "a program": (DENIED, "COPY wallets TO PROGRAM 'cat'"),
    "a file written": (DENIED, "COPY wallets TO '/tmp/mine'"),
    "a file read": (DENIED, "SELECT pg_read_file('/etc/passwd')"),
}
"""What the application's login tries, and the word by which the database refuses it."""


@dataclass
class Booked:
    """A house with a booked placement and `payouts` halted, kept for all these tests: nothing they try changes it."""

    address: str
    owner: psycopg.Connection[Any]

    def hash(self) -> str:
        """Of every row of every table, the sequences, and everything that stands guard over them."""
        asked = [f"SELECT t::text FROM {table} t ORDER BY 1" for table in roles.TABLES]
        asked += [f"SELECT last_value, is_called FROM {sequence}" for sequence in roles.SEQUENCES]
        told = hashlib.sha256()
        for statement in (*asked, *GUARDED):
            told.update(repr(self.owner.execute(statement.encode()).fetchall()).encode())
        return told.hexdigest()


GUARDED = (
    "SELECT relname, relowner, relacl::text, relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace "
    "ORDER BY 1",
    "SELECT tgname, tgrelid, tgenabled, obj_description(oid) FROM pg_trigger ORDER BY 1, 2",
    "SELECT proname, proowner, prosecdef, proacl::text, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
    "ORDER BY 1",
    "SELECT attrelid, attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL ORDER BY 1, 2",
    "SELECT conname, conrelid FROM pg_constraint ORDER BY 1, 2",
)


@pytest.fixture(scope="module")
def booked(servers: dict[str, Any]) -> Iterator[Booked]:
    with new_database("postgresql", servers) as address:
        asyncio.run(_book(address))
        with psycopg.connect(owners(address), autocommit=True) as owner:
            yield Booked(address, owner)


async def _book(address: str) -> None:
    database, clock = Database(address), Clock()
    house = House(gate_of(database, clock), clock, Sql(address), address)
    await story.booked(house)
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "test")
    house.sql(f"{INSERTS['{wallet}']} VALUES ('fees:TON', 'fees', NULL, 'TON', 0, '{NOW}')")
    await database.close()


@pytest.fixture
def app(booked: Booked) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(booked.address, autocommit=True) as conn:
        yield conn


def refuses(booked: Booked, conn: psycopg.Connection[Any], *tried: tuple[str, str]) -> None:
    """Each statement is refused with its word, and in the end everything is as it was."""
    before = booked.hash()
    for word, statement in tried:
        with pytest.raises(psycopg.Error, match=word), conn.cursor() as cursor:
            attempt(cursor, statement.encode())
    assert booked.hash() == before


def attempt(cursor: psycopg.Cursor[Any], statement: bytes) -> None:
    if statement.endswith(b"FROM STDIN"):
        with cursor.copy(statement) as copy:
            copy.write_row(("deposit:c1", "fees:XTR", 5, "deposit"))
    else:
        cursor.execute(statement)


@pytest.mark.parametrize("what", REFUSED)
def test_the_application_is_refused(booked: Booked, app: psycopg.Connection[Any], what: str) -> None:
    refuses(booked, app, REFUSED[what])


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_the_guards_refuse_the_owner_is_refused_the_application_too(
    booked: Booked, app: psycopg.Connection[Any], what: str
) -> None:
    word, statement = FORBIDDEN[what]
    for short, long in (INSERTS | {"{true}": "true", ":now": f"'{NOW}'"}).items():
        statement = statement.replace(short, long)
    refuses(booked, app, (f"{word}|{DENIED}", statement))


def test_nothing_is_deleted_but_what_a_dialog_keeps_and_old_minutes(
    booked: Booked, app: psycopg.Connection[Any]
) -> None:
    emptied = [f"TRUNCATE {table} CASCADE" for table in roles.TABLES]
    deleted = [f"DELETE FROM {table}" for table in roles.TABLES if table not in roles.DELETED_FROM]
    refuses(booked, app, *((DENIED, statement) for statement in emptied + deleted))


def test_the_application_chooses_no_number(booked: Booked, app: psycopg.Connection[Any]) -> None:
    refuses(booked, app, *((DENIED, f"INSERT INTO {table} (id) VALUES (1000)") for table in guards.COUNTED))
    refuses(booked, app, *((DENIED, f"INSERT INTO {table} (id) VALUES (DEFAULT)") for table in guards.COUNTED))


def test_the_application_can_give_nobody_a_right(booked: Booked, app: psycopg.Connection[Any]) -> None:
    before = booked.hash()
    app.execute(b"GRANT ALL ON wallets TO PUBLIC")  # a warning: there is nothing it may give
    assert booked.hash() == before


CHANGES = (
    "INSERT INTO {0} DEFAULT VALUES",
    "UPDATE {0} SET {1} = {1}",
    "DELETE FROM {0}",
    "TRUNCATE {0} CASCADE",
    "SELECT 1 FROM {0} FOR SHARE",
)


def test_those_who_only_read_see_everything_but_dialogs_and_change_nothing(booked: Booked) -> None:
    columns = {name: next(iter(table.columns)).name for name, table in Base.metadata.tables.items()}
    columns["alembic_version"] = "version_num"
    changes = [change.format(*table) for table in columns.items() for change in CHANGES]
    others = ["SELECT * FROM dialog_states", "SELECT nextval('notices_id_seq')", "CREATE TABLE public.mine (x int)"]
    superuser = superusers(booked.address)
    with psycopg.connect(superuser, autocommit=True) as reader:
        reader.execute(f"SET ROLE {roles.READONLY}".encode())
        for table in set(columns) - {"dialog_states"}:
            reader.execute(f"SELECT * FROM {table}".encode())
        refuses(booked, reader, *((DENIED, statement) for statement in changes + others))


def faults(address: str, **connect: str) -> list[str]:
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"), connect_args=connect)
    with engine.connect() as conn:
        found = roles.faults(conn)
    engine.dispose()
    return found


FAULTS: dict[str, str | list[str]] = {
    f"GRANT UPDATE (balance) ON wallets TO {APP}": "may UPDATE wallets.balance",
    "GRANT UPDATE (balance) ON wallets TO PUBLIC": "may UPDATE wallets.balance",
    f"GRANT INSERT ON ledger_entries TO {APP}": "may INSERT ledger_entries",
    f"GRANT INSERT (amount) ON ledger_entries TO {APP}": "may INSERT ledger_entries",
    f"GRANT DELETE ON transfers TO {APP}": "may DELETE transfers",
    f"GRANT TRIGGER ON transfers TO {APP}": "may TRIGGER transfers",
    f"GRANT REFERENCES ON wallets TO {APP}": "may REFERENCES wallets",
    f"GRANT TRUNCATE ON notices TO {APP}": "may TRUNCATE notices",
    f"GRANT INSERT ON kill_switches TO {APP}": "may INSERT kill_switches",
    f"GRANT UPDATE ON SEQUENCE audit_events_id_seq TO {APP}": "may UPDATE audit_events_id_seq",
    "GRANT EXECUTE ON FUNCTION write_entries() TO PUBLIC": "may EXECUTE write_entries()",
    f"GRANT CREATE ON SCHEMA public TO {APP}": "may CREATE in schema public",
    f"GRANT SET ON PARAMETER session_replication_role TO {APP}": "may SET session_replication_role",
    f"GRANT ALTER SYSTEM ON PARAMETER fsync TO {APP}": "may ALTER SYSTEM SET fsync",
    f"GRANT TEMPORARY ON DATABASE {{database}} TO {APP}": "may TEMPORARY in this database",
    f"GRANT CREATE ON DATABASE {{database}} TO {APP}": "may CREATE in this database",
    f"GRANT MAINTAIN ON wallets TO {APP}": "may MAINTAIN wallets",
    f"GRANT INSERT ON audit_events TO {APP}": "may INSERT audit_events.id",
    "GRANT INSERT ON audit_events TO PUBLIC": "may INSERT audit_events.id",
    f"GRANT INSERT (id) ON deposits TO {APP}": "may INSERT deposits.id",
    f"REVOKE INSERT (actor) ON audit_events FROM {APP}": "may not INSERT audit_events.actor",
    f"CREATE VIEW v AS SELECT * FROM wallets; GRANT UPDATE ON v TO {APP}": "may write through the view v",
    f"CREATE SCHEMA s; CREATE VIEW s.v AS SELECT * FROM wallets; GRANT INSERT (id) ON s.v TO {APP}": (
        "may write through the view s.v"
    ),
    f"CREATE VIEW v AS SELECT * FROM wallets; GRANT DELETE ON v TO {roles.READONLY}": (
        f"{roles.READONLY} may write through the view v"
    ),
    f"GRANT UPDATE ON wallets TO {roles.READONLY}": [
        f"{roles.READONLY} may UPDATE wallets.{column.name}" for column in Base.metadata.tables["wallets"].columns
    ],
    f"GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {roles.READONLY}": [
        *(f"{roles.READONLY} may DELETE {name}" for name in roles.TABLES),
        *(f"{roles.READONLY} may INSERT {name}" for name in roles.TABLES if name not in roles.BY_COLUMN),
        *(
            f"{roles.READONLY} may {privilege} {name}.{column.name}"
            for name, table in Base.metadata.tables.items()
            for column in table.columns
            for privilege in ("INSERT", "UPDATE")
            if privilege == "UPDATE" or name in roles.BY_COLUMN
        ),
        f"{roles.READONLY} may UPDATE alembic_version.version_num",
    ],
    f"GRANT SELECT ON dialog_states TO {roles.READONLY}": f"{roles.READONLY} may SELECT dialog_states",
    f"GRANT USAGE ON SEQUENCE notices_id_seq TO {roles.READONLY}": f"{roles.READONLY} may USAGE notices_id_seq",
    f"GRANT CREATE ON SCHEMA public TO {roles.READONLY}": f"{roles.READONLY} may CREATE in schema public",
    f"GRANT EXECUTE ON FUNCTION write_entries() TO {roles.READONLY}": f"{roles.READONLY} may EXECUTE write_entries()",
    f"REVOKE INSERT ON transfers FROM {APP}": "may not INSERT transfers",
    f"REVOKE USAGE ON SEQUENCE notices_id_seq FROM {APP}": "may not USAGE notices_id_seq",
    f"REVOKE UPDATE (status) ON escrows FROM {APP}": "may not UPDATE escrows.status",
    f"ALTER ROLE {APP} RESET transaction_timeout": f"waits for ever: ALTER ROLE {APP} SET transaction_timeout = '1min'",
}


def test_a_session_that_is_older_than_its_logins_patience_is_no_fault_unless_the_login_has_none(booked: Booked) -> None:
    older = "-c idle_in_transaction_session_timeout=0"
    assert faults(booked.address, options=older) == []
    with login(booked.address) as (conn, name, address):
        for value in ("0", "10s"):
            for setting in roles.PATIENCE:
                conn.execute(f"ALTER ROLE {name} SET {setting} = '{value}'".encode())
            found = faults(address)
            assert len(found) == (len(roles.PATIENCE) if value == "0" else 0), found


def test_the_applications_login_has_no_fault_and_each_right_too_many_or_too_few_is_one(booked: Booked) -> None:
    assert faults(booked.address) == []
    superuser = superusers(booked.address)
    engine = create_engine(make_url(superuser).set(drivername="postgresql+psycopg"))
    for wrong, fault in FAULTS.items():
        with engine.connect() as conn:
            for statement in wrong.replace("{database}", superuser.rpartition("/")[2]).split("; "):
                conn.exec_driver_sql(statement)
            conn.exec_driver_sql(f"SET LOCAL SESSION AUTHORIZATION {APP}")
            told = [fault] if isinstance(fault, str) else fault
            found = roles.faults(conn)
            if "TO PUBLIC" in wrong:
                assert f"{roles.READONLY} {fault}" in found
                found = [one for one in found if not one.startswith(roles.READONLY)]
            assert sorted(found) == sorted(told), wrong
            conn.rollback()
    engine.dispose()


def test_an_owner_is_a_fault(booked: Booked) -> None:
    assert {"owns wallets", "owns ledger_entries", "owns write_entries()"} <= set(faults(owners(booked.address)))
    superuser = superusers(booked.address)
    assert faults(superuser)[0] == "is a superuser, or may become one"
    assert faults(superuser, options=f"-c role={APP}")[0] == "is a superuser, or may become one"  # it can be taken back


@pytest.mark.parametrize(
    ("sort", "fault"),
    [
        (f"NOINHERIT IN ROLE {OWNER}", "owns wallets"),
        (f"IN ROLE {APP}, pg_write_server_files", "is a superuser, or may become one"),
        (f"CREATEROLE IN ROLE {APP}", "may create roles, and so take the owner's"),
        (f"IN ROLE {APP}, pg_write_all_data", "may UPDATE wallets.balance"),
        (f"IN ROLE {APP}", None),
    ],
)
def test_what_a_login_may_become_counts(booked: Booked, sort: str, fault: str | None) -> None:
    with login(booked.address, sort) as (conn, name, address):
        for setting, value in roles.PATIENCE.items():
            conn.execute(f"ALTER ROLE {name} SET {setting} = '{value}'".encode())
        found = faults(address)
    assert fault in found if fault else found == []


def test_production_starts_with_the_applications_login_alone(postgresql_address: str, tmp_path: Path) -> None:
    sql = Sql(postgresql_address)
    given = {"bot_token": TOKEN, "admins": f"{ADMIN},{OTHER_ADMIN}", "environment": "production"}
    owner = Settings(database_url=owners(postgresql_address), **given)
    with pytest.raises(
        BadSettings, match=r"its login owns alembic_version, owns audit_events, .* and \d+ more; .*--roles"
    ):
        asyncio.run(house.run(owner, argparse.Namespace(only="scheduler")))
    assert sql.one("SELECT COUNT(*) FROM heartbeats") == 0
    with holdfast("run", "--only", "scheduler", database_url=postgresql_address, **given):
        asyncio.run(until(lambda: sql.one("SELECT COUNT(*) FROM heartbeats") > 0, "a tick has run", seconds=120))


@contextmanager
def empty(servers: dict[str, Any], owner: str, app: str = "a") -> Iterator[tuple[str, str]]:
    """A new database of such an owner, and a name that begins so for the application's login; both roles are gone afterwards.

    Yields the address without a login, and that name.
    """
    number = uuid.uuid4().hex[:12]
    name, app = f"e_{number}", f"{app}_{number}"
    where = f"127.0.0.1:{servers['postgres']}"
    with psycopg.connect(f"postgresql://postgres@{where}/postgres", autocommit=True) as conn:
        conn.execute(f"CREATE ROLE {name} LOGIN {owner}".encode())
        conn.execute(f"CREATE DATABASE {name} OWNER {name}".encode())
        try:
            yield f"{where}/{name}", app
        finally:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            conn.execute(f"DROP ROLE IF EXISTS {app}, {name}".encode())


def migrate(settings: Settings, *, with_roles: bool = True) -> int:
    return asyncio.run(database.migrate(settings, argparse.Namespace(roles=with_roles)))


def test_migrate_makes_the_roles_once_and_grants_again_each_time(
    servers: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    with empty(servers, "CREATEROLE", WITH_PASSWORD) as (where, name):
        owner = f"postgresql://{where.rpartition('/')[2]}@{where}"
        app = f"postgresql://{name}:it%27s%20secret@{where}"
        settings = Settings(database_url=app, owner_database_url=owner)
        assert migrate(settings) == 0
        assert f"made the roles {name}" in capsys.readouterr().out
        assert faults(app) == []
        with psycopg.connect(app) as conn, pytest.raises(psycopg.Error, match=DENIED):
            conn.execute(b"CREATE TEMP TABLE mine (x int)")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(app.replace("secret", "guess"))
        assert migrate(settings) == 0
        assert "the roles exist" in capsys.readouterr().out
        with psycopg.connect(owner, autocommit=True) as conn:
            conn.execute(f"REVOKE ALL ON users FROM {name}".encode())
            conn.execute(f"GRANT INSERT ON {', '.join(guards.COUNTED)} TO {name}".encode())  # as it once was
        assert "may INSERT audit_events.id" in faults(app)
        assert migrate(settings, with_roles=False) == 0
        assert faults(app) == []


async def test_a_password_reaches_the_server_as_its_verifier_alone(servers: dict[str, Any]) -> None:
    heard: list[str] = []
    with empty(servers, "CREATEROLE", WITH_PASSWORD) as (where, name):
        database = Database(f"postgresql://{where.rpartition('/')[2]}@{where}")
        event.listen(database.engine, "before_cursor_execute", lambda *given: heard.append(given[2]))
        await roles.create(database, name, "it's secret")
        await database.close()
        psycopg.connect(f"postgresql://{name}:it%27s%20secret@{where}").close()
    assert any("PASSWORD 'SCRAM-SHA-256$4096:" in statement for statement in heard)
    assert not any("secret" in statement for statement in heard)
    with pytest.raises(ValueError, match="ASCII"):
        roles.verifier("пароль")


def test_an_owner_who_may_not_create_roles_is_told_what_to_do(servers: dict[str, Any]) -> None:
    with empty(servers, "") as (where, name):
        owner = f"postgresql://{where.rpartition('/')[2]}@{where}"
        settings = Settings(database_url=f"postgresql://{name}@{where}", owner_database_url=owner)
        with pytest.raises(BadSettings, match=f"a superuser create the login {name}"):
            migrate(settings)
        with psycopg.connect(f"postgresql://postgres@{where}", autocommit=True) as conn:
            conn.execute(f"CREATE ROLE {name} LOGIN".encode())
            assert migrate(settings) == 0
            found = faults(settings.database_url)
            for fault in found:
                conn.execute(fault.removeprefix("waits for ever: ").encode())
        assert len(found) == len(roles.PATIENCE)
        assert faults(settings.database_url) == []


def test_roles_need_two_logins(postgresql_address: str) -> None:
    with pytest.raises(BadSettings, match="HOLDFAST_OWNER_DATABASE_URL"):
        migrate(Settings(database_url=owners(postgresql_address)))


def test_sqlite_has_no_roles_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert migrate(Settings(database_url=f"sqlite:///{tmp_path}/holdfast.db")) == 0
    assert "roles exist only on PostgreSQL" in capsys.readouterr().out
