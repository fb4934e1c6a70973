"""PostgreSQL's roles: the application owns nothing, and can touch neither a balance nor an entry.

    the owner   migrates and repairs; the guards write entries, balances and switches with its rights, not with the caller's
    the app     the login of HOLDFAST_DATABASE_URL: what the actions need, said below, and no more
    READONLY    a group for people and tools that look: everything but the dialogs, and no change

A process that is stopped in the middle of a transaction (a paused machine) keeps its locks, and the others wait. So the app's
sessions have a PATIENCE, after which PostgreSQL ends them and undoes what they had begun.

Rights follow from what the code does. A table not named here may be read, inserted into and updated, but for its key and its
moment of creation; what only grows (`guards.APPEND_ONLY`) is never updated. Where the database numbers the rows, the app inserts
every column but the number: who chose it could take those to come, or stand beyond them. They are granted again after each
migration.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from domain.base import Base
from storage import dialog_states, guards
from storage.database import NOT_PERMITTED, Database, sqlstate
from storage.frozen import FROZEN
from storage.shapes import sequence

assert dialog_states.DialogState.metadata is Base.metadata

READONLY = "holdfast_readonly"

WRITTEN_BY_GUARDS = frozenset({"ledger_entries"})
INSERTED_ONLY = frozenset({"channel_managers", *guards.APPEND_ONLY})
DELETED_FROM = frozenset({"call_minutes", "dialog_states"})
HIDDEN = frozenset({"dialog_states"})
"""What people have typed and not sent yet: not for READONLY."""
LOCKED_WHOLE = frozenset({"kill_switches"})
"""LOCK TABLE asks for UPDATE on the whole table (MAINTAIN, which would do, came with PostgreSQL 17). It lets the app change
nothing: rows are born of flips alone, and the guard `state_of_flip` refuses every state but the latest flip's."""
PATIENCE = {"idle_in_transaction_session_timeout": "10s", "transaction_timeout": "1min"}
"""How long the app's session may say nothing in a transaction, less than a flip waits; and how long a transaction may last, which
(from PostgreSQL 17) also ends a session stopped in the middle of a message. What reads the whole ledger takes longer, and
says so (`books.checkpoints`)."""
COSTS = {"random_page_cost": "1.1"}
"""PostgreSQL plans for a turning disk, and would rather read whole tables than look up the few rows that are open, one by one."""
ITS_OWN = """SELECT FROM pg_db_role_setting s, unnest(s.setconfig) own
    WHERE s.setrole = (SELECT oid FROM pg_roles WHERE rolname = {login}) AND split_part(own, '=', 1) = name
      AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))"""
IMPATIENT = text(
    "SELECT name FROM pg_settings WHERE name = ANY (:names) AND (setting = boot_val OR name <> ALL (:costs))"
    f" AND NOT EXISTS ({ITS_OWN.format(login=':app')}) ORDER BY name"
)
"""Of these settings, those that this server has and the login has not of its own; what things cost may be said for all of it."""
ENDLESS = text(
    "SELECT quote_ident(session_user), name FROM pg_settings WHERE name = ANY (:names) AND setting = '0'"
    f" AND NOT EXISTS ({ITS_OWN.format(login='session_user')} AND split_part(own, '=', 2) <> '0') ORDER BY name"
)
"""Those that are off in this session, and will be in the next: a pooler's session may be older than the login's patience."""
EXISTING = text("SELECT rolname FROM pg_roles WHERE rolname = ANY (:names)")


@dataclass(frozen=True, order=True)
class Right:
    """One privilege on a table, on a column of it, or on a sequence."""

    privilege: str
    thing: str
    column: str = ""

    def __str__(self) -> str:
        return f"{self.privilege} {self.thing}" + (f".{self.column}" if self.column else "")


def rights() -> set[Right]:
    """What the app needs."""
    return set(_rights())


def _rights() -> Iterator[Right]:
    yield Right("SELECT", "alembic_version")
    for name, table in Base.metadata.tables.items():
        yield Right("SELECT", name)
        if name in WRITTEN_BY_GUARDS:
            continue
        if (number := table.autoincrement_column) is not None:
            yield from (Right("INSERT", name, column.name) for column in table.columns if column is not number)
            yield Right("USAGE", sequence(table))
        elif name not in LOCKED_WHOLE:
            yield Right("INSERT", name)
        if name in DELETED_FROM:
            yield Right("DELETE", name)
        for column in table.columns:
            kept = column.primary_key or column.name in {"created_at", *FROZEN.get(name, ())}
            if name in LOCKED_WHOLE or not (kept or name in INSERTED_ONLY):
                yield Right("UPDATE", name, column.name)


BY_COLUMN = sorted(set(guards.COUNTED) - WRITTEN_BY_GUARDS)
"""The tables that the app inserts into by column. Whether it may is asked by column too, where INSERT on the whole is INSERT on
each; of any other table one column is too much, if none is wanted."""
TABLES = sorted({"alembic_version", *Base.metadata.tables})
SEQUENCES = sorted(sequence(t) for t in Base.metadata.tables.values() if t.autoincrement_column is not None)
FUNCTIONS = sorted(guard.name for guard in guards.generated("postgresql").values() if guard.table is None)


async def create(database: Database, app: str, password: str | None) -> list[str]:
    """Makes the login `app` and the group READONLY where they are missing, and answers which. Others keep what they have.

    The password is sent as its SCRAM verifier, as psql's \\password does: the server's log never sees it.
    """
    return await database.write(lambda conn: _create(conn, app, password))


def _create(conn: Connection, app: str, password: str | None) -> list[str]:
    made = []
    there = set(conn.execute(EXISTING, {"names": [app, READONLY]}).scalars())
    quote = conn.dialect.identifier_preparer.quote_identifier
    if app not in there:
        how = f" PASSWORD '{verifier(password)}'" if password else ""
        conn.exec_driver_sql(f"CREATE ROLE {quote(app)} LOGIN{how}")
        made.append(app)
    if READONLY not in there:
        conn.exec_driver_sql(f"CREATE ROLE {READONLY} NOLOGIN")
        made.append(READONLY)
    return made


def verifier(password: str) -> str:
    """What PostgreSQL stores of a password (SCRAM-SHA-256, RFC 5802). Refuses what SASLprep might change: all but ASCII."""
    if not (password.isascii() and password.isprintable()):
        raise ValueError("only printable ASCII")
    salt, rounds = secrets.token_bytes(16), 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${rounds}:{_base64(salt)}${_base64(client)}:{_base64(server)}"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def grant(conn: Connection, app: str | None) -> None:
    """Gives `app` and READONLY, as far as they exist, exactly what they need, and everybody else nothing."""
    quote = conn.dialect.identifier_preparer.quote_identifier
    there = set(conn.execute(EXISTING, {"names": [app or "", READONLY]}).scalars())
    if not there:
        return
    database = quote(conn.execute(text("SELECT current_database()")).scalar_one())
    roles = ", ".join(quote(role) for role in sorted(there))
    for statement in (
        f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC, {roles}",
        f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {roles}",
        f"GRANT USAGE ON SCHEMA public TO {roles}",
        f"REVOKE ALL ON TABLE {', '.join(TABLES)} FROM PUBLIC, {roles}",
        f"REVOKE ALL ON SEQUENCE {', '.join(SEQUENCES)} FROM PUBLIC, {roles}",
    ):
        conn.exec_driver_sql(statement)
    if READONLY in there:
        shown = ", ".join(name for name in TABLES if name not in HIDDEN)
        conn.exec_driver_sql(f"GRANT SELECT ON TABLE {shown} TO {READONLY}")
    if app is not None and app in there:
        for (privilege, thing), columns in _grouped(rights()).items():
            kind = "SEQUENCE" if privilege == "USAGE" else "TABLE"
            which = f" ({', '.join(columns)})" if columns and thing not in LOCKED_WHOLE else ""
            conn.exec_driver_sql(f"GRANT {privilege}{which} ON {kind} {thing} TO {quote(app)}")
        _give_patience(conn, app)


def _give_patience(conn: Connection, app: str) -> None:
    """What an operator chose stays. A login that is not the owner's to change is left as it is: `faults` tells of it."""
    quote = conn.dialect.identifier_preparer.quote_identifier
    wanted = PATIENCE | COSTS
    given = {"names": list(wanted), "costs": list(COSTS), "app": app}
    for name in conn.execute(IMPATIENT, given).scalars().all():
        try:
            with conn.begin_nested():
                conn.exec_driver_sql(f"ALTER ROLE {quote(app)} SET {name} = '{wanted[name]}'")
        except DBAPIError as error:
            if sqlstate(error) != NOT_PERMITTED:
                raise


def _grouped(given: set[Right]) -> dict[tuple[str, str], list[str]]:
    """The columns of each privilege on each thing; none means all of it."""
    found: dict[tuple[str, str], list[str]] = {}
    for right in sorted(given):
        found.setdefault((right.privilege, right.thing), []).extend([right.column] if right.column else [])
    return found


POWERS = text("""WITH mine AS (SELECT * FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER'))
  SELECT 'is a superuser, or may become one' FROM mine
    WHERE rolsuper OR rolname IN ('pg_execute_server_program', 'pg_write_server_files')
  UNION SELECT 'may create roles, and so take the owner''s' FROM mine WHERE rolcreaterole
  UNION SELECT 'owns ' || c.relname FROM pg_class c JOIN mine m ON m.oid = c.relowner
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (:tables)
  UNION SELECT 'owns ' || p.proname || '()' FROM pg_proc p JOIN mine m ON m.oid = p.proowner
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY (:functions)
  UNION SELECT 'may CREATE in schema public' FROM mine m WHERE has_schema_privilege(m.oid, 'public', 'CREATE')
  UNION SELECT 'may ' || p || ' in this database' FROM mine m, unnest(ARRAY['CREATE', 'TEMPORARY']) p
    WHERE has_database_privilege(m.oid, current_database(), p)
  UNION SELECT 'may EXECUTE ' || p.proname || '()' FROM pg_proc p, mine m WHERE p.pronamespace = 'public'::regnamespace
    AND p.proname = ANY (:functions) AND has_function_privilege(m.oid, p.oid, 'EXECUTE')
  UNION SELECT 'may write through the view ' || c.oid::regclass FROM pg_class c, mine m WHERE c.relkind = 'v'
    AND c.relnamespace <> ALL (ARRAY['pg_catalog', 'information_schema']::regnamespace[])
    AND (has_table_privilege(m.oid, c.oid, 'DELETE') OR has_any_column_privilege(m.oid, c.oid, 'INSERT, UPDATE'))
  ORDER BY 1""")
"""What a login is, owns or may beyond the tables. `mine` is every role it is or may become, whatever it is at the moment:
SET ROLE would hide a login that can take it back."""
SETTINGS = text("""WITH mine AS (SELECT oid FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER'))
  SELECT 'may SET session_replication_role' FROM mine m WHERE has_parameter_privilege(m.oid, 'session_replication_role', 'SET')
  UNION SELECT 'may ALTER SYSTEM SET ' || s.parname FROM mine m, pg_parameter_acl s
    WHERE has_parameter_privilege(m.oid, s.parname, 'ALTER SYSTEM') ORDER BY 1""")
"""What puts every trigger to sleep, and what reaches the whole server. (From PostgreSQL 15; before, only a superuser may.)"""
HELD = text("""WITH mine AS (SELECT oid FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')),
    ours AS (SELECT oid, relname, relkind = 'S' AS counts FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relname = ANY (:things))
  SELECT p AS privilege, o.relname AS thing, '' AS column FROM mine m, ours o, unnest(CAST(:whole AS text[])) p
    WHERE NOT o.counts AND has_table_privilege(m.oid, o.oid, p)
  UNION SELECT p, o.relname, '' FROM mine m, ours o, unnest(ARRAY['SELECT', 'INSERT', 'REFERENCES']) p
    WHERE NOT o.counts AND (p <> 'INSERT' OR o.relname <> ALL (:by_column)) AND has_any_column_privilege(m.oid, o.oid, p)
  UNION SELECT p, o.relname, a.attname FROM mine m, ours o JOIN pg_attribute a ON a.attrelid = o.oid,
      unnest(ARRAY['INSERT', 'UPDATE']) p
    WHERE NOT o.counts AND (p <> 'INSERT' OR o.relname = ANY (:by_column)) AND a.attnum > 0 AND NOT a.attisdropped
      AND has_column_privilege(m.oid, o.oid, a.attnum, p)
  UNION SELECT p, o.relname, '' FROM mine m, ours o, unnest(ARRAY['USAGE', 'UPDATE']) p
    WHERE o.counts AND has_sequence_privilege(m.oid, o.oid, p)""")
READERS = [text(a.text.replace("session_user", f"to_regrole('{READONLY}')::oid")) for a in (POWERS, HELD)]
"""The same of the group; where there is none, nothing."""


async def examined(database: Database) -> list[str]:
    """`faults` of the login of this address. SQLite has no roles: whoever can write the file can write all of it."""
    if database.is_sqlite:
        return []
    return await database.read(faults)


def faults(conn: Connection) -> list[str]:
    """What this connection's login is, owns, may or may not do, against what the app should; none means it is the app's.

    And what READONLY may besides reading: whoever connects as one of the group is another's login, and as near to the books.
    """
    given = {"tables": TABLES, "functions": FUNCTIONS}
    powers = list(conn.execute(POWERS, given).scalars())
    if everything := [fault for fault in powers if fault.startswith(("is ", "owns "))]:
        return everything  # what such a login may besides goes without saying
    version = int((conn.dialect.server_version_info or (0,))[0])
    powers += conn.execute(SETTINGS).scalars() if version >= 15 else ()
    whole = ["DELETE", "TRUNCATE", "TRIGGER", *(["MAINTAIN"] if version >= 17 else [])]
    asked = {"things": TABLES + SEQUENCES, "by_column": BY_COLUMN, "whole": whole}
    held = {Right(*row) for row in conn.execute(HELD, asked)}
    patient = conn.execute(ENDLESS, {"names": list(PATIENCE)})
    powers += [f"waits for ever: ALTER ROLE {login} SET {name} = '{PATIENCE[name]}'" for login, name in patient]
    readers = list(conn.execute(READERS[0], given).scalars())
    shown = {Right("SELECT", name) for name in TABLES if name not in HIDDEN}
    readers += [f"may {r}" for r in sorted({Right(*row) for row in conn.execute(READERS[1], asked)} - shown)]
    powers += [f"{READONLY} {fault}" for fault in readers]
    return [*powers, *(f"may {r}" for r in sorted(held - rights())), *(f"may not {r}" for r in sorted(rights() - held))]
