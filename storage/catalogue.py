"""What a database's own catalogue tells of triggers, their functions, what their tables are made of (`shapes`), and what stands
beside them; `guards` compares it.

Nothing that was noted at an installation is believed: a comment stays where what it is about is replaced.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from sqlalchemy import Connection, text

from domain.base import Base
from storage import shapes

TRIGGERS = {
    "sqlite": "SELECT name, tbl_name AS at, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": """SELECT t.tgname AS name, c.relname AS at,
        CASE t.tgenabled WHEN 'O' THEN pg_get_triggerdef(t.oid, true) ELSE 'not as it was made' END AS sql
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace""",
}
FUNCTIONS = """SELECT p.proname AS name, NULL AS at,
    format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE %s%s%s%s AS $$%s$$', p.proname, l.lanname,
      CASE WHEN p.provolatile <> 'v' THEN ' not volatile' END, CASE WHEN p.prosecdef THEN ' SECURITY DEFINER' END,
      (SELECT string_agg(' SET ' || replace(setting, '=', ' = '), '') FROM unnest(p.proconfig) setting), p.prosrc) AS sql
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
  WHERE p.pronamespace = current_schema()::regnamespace AND p.prorettype = 'trigger'::regtype"""
RULES = """SELECT r.rulename AS name, c.relname AS at FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')"""
"""None is ours: a rule may make another statement of ours, or nothing at all."""
COLUMNS = """SELECT a.attname AS name, c.relname AS at, concat(format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attcollation <> t.typcollation THEN ' collate ' || a.attcollation::regcollation END,
      CASE WHEN a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint n WHERE n.conrelid = c.oid AND n.contype = 'n'
        AND n.conkey = ARRAY[a.attnum] AND NOT n.convalidated) THEN ' not null' END,
      CASE WHEN a.attidentity <> '' OR a.attgenerated <> '' THEN ' generated' END) AS sql,
    pg_get_expr(d.adbin, d.adrelid) AS given
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped"""
CONSTRAINTS = """SELECT c.conname AS name, r.relname AS at, pg_get_constraintdef(c.oid) AS sql,
    NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = c.oid AND t.tgenabled <> 'O')
      AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = c.conindid AND NOT (i.indisvalid AND i.indisready)) AS holds
  FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
  WHERE c.connamespace = current_schema()::regnamespace AND c.contype IN ('c', 'f', 'p', 'u', 'x')"""
"""A foreign key whose triggers are switched off, and a key whose index is not valid, hold nothing."""
UNIQUE_INDEXES = """SELECT i.relname AS name, c.relname AS at, pg_get_indexdef(x.indexrelid, 0, true) AS sql,
    pg_get_expr(x.indpred, x.indrelid) AS condition
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
  WHERE c.relnamespace = current_schema()::regnamespace AND x.indisunique AND x.indisvalid AND x.indisready
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))"""
"""Those of no constraint, as far as they hold."""
BESIDE = """SELECT 'row security on ' || relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity
  UNION ALL SELECT 'not logged: ' || relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relpersistence <> 'p'
  UNION ALL SELECT 'does not count one by one: ' || c.relname FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (:sequences)
      AND (s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle) <> (1, 1, 9223372036854775807, 1, false)
  UNION ALL SELECT format('%s inherits %s', h.inhrelid::regclass, h.inhparent::regclass)
    FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_class p ON p.oid = h.inhparent
    WHERE c.relkind IN ('r', 'p', 'f') AND current_schema()::regnamespace IN (c.relnamespace, p.relnamespace)
  UNION ALL SELECT format('%s, with the rights of %s', p.oid::regprocedure, p.proowner::regrole)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
  UNION ALL SELECT 'prepared, and keeps its locks: ' || gid FROM pg_prepared_xacts WHERE database = current_database()
  UNION ALL SELECT 'session_replication_role is replica: nothing fires'
    WHERE current_setting('session_replication_role') = 'replica' OR EXISTS (SELECT FROM pg_db_role_setting s
      WHERE 'session_replication_role=replica' = ANY (s.setconfig)
      AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
      AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))"""
"""What would go round the guards: rows that hide, or that a crash takes, or whose numbers do not grow as they come, or that
stand in a table below or above; what this login may call that acts with another's rights (what came with an extension is the
server's); that a transaction keeps its locks without a session, so that no halt would answer; that in this session, or the next,
no trigger and no foreign key fires."""
TABLES = (
    "SELECT name, tbl_name AS at, type, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
)


@lru_cache(1024)
def plain(sql: str) -> str:
    """PostgreSQL tells a trigger with parentheses and casts of its own; functions, and what stands in quotes, as given."""
    if not sql.startswith("CREATE TRIGGER"):
        return sql
    pieces = re.split(r"('[^']*')", sql)
    pieces[::2] = [re.sub(r"::text|[\s()]", "", piece).lower() for piece in pieces[::2]]
    return "".join(pieces)


def things(conn: Connection) -> shapes.Things:
    """The columns, constraints and unique indexes of the tables that the models know; others are somebody else's."""
    told = _in_sqlite(conn) if conn.dialect.name == "sqlite" else _in_postgresql(conn)
    return {(name, at): thing for name, at, thing in told if at in Base.metadata.tables}


def _in_sqlite(conn: Connection) -> Iterator[tuple[str, str, str]]:
    for row in conn.execute(text(TABLES)):
        if row.type == "table":
            yield from ((name, row.at, thing) for name, thing in shapes.of_table(row.at, row.sql))
        elif row.sql.startswith("CREATE UNIQUE"):
            yield row.name, row.at, shapes.spaced(row.sql)


def _in_postgresql(conn: Connection) -> Iterator[tuple[str, str, str]]:
    for row in conn.execute(text(COLUMNS)):
        yield f"{row.at}.{row.name}", row.at, row.sql + shapes.default(row.given)
    for row in conn.execute(text(CONSTRAINTS)):
        yield row.name, row.at, shapes.constraint(row.sql) if row.holds else "holds nothing"
    for row in conn.execute(text(UNIQUE_INDEXES)):
        columns = row.sql.partition(" USING btree ")[2].partition(" WHERE ")[0]
        yield row.name, row.at, shapes.unique_index(columns, row.condition)


def beside(conn: Connection) -> Iterator[str]:
    """What would go round the guards of PostgreSQL."""
    for row in conn.execute(text(RULES)):
        yield f"rule {row.name} on {row.at}"
    counting = [shapes.sequence(t) for t in Base.metadata.tables.values() if t.autoincrement_column is not None]
    yield from conn.execute(text(BESIDE), {"sequences": counting}).scalars()
