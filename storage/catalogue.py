"""What a database's own catalogue tells of triggers, their functions, and what stands beside them; `guards` compares it.

Nothing that was noted at an installation is believed: a comment stays where what it is about is replaced.
"""

import re
from collections.abc import Iterator

from sqlalchemy import Connection, text

from domain.base import Base

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
ROW_SECURITY = """SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity"""
CONSTRAINTS = """SELECT c.conname FROM pg_constraint c
  WHERE c.connamespace = current_schema()::regnamespace AND c.contype IN ('c', 'f', 'p', 'u') AND c.convalidated
    AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = c.oid AND t.tgenabled <> 'O')"""
"""Those that hold: validated, and of a foreign key no trigger is switched off."""


def plain(sql: str) -> str:
    """PostgreSQL tells a trigger with parentheses and casts of its own; functions, and what stands in quotes, as given."""
    if not sql.startswith("CREATE TRIGGER"):
        return sql
    pieces = re.split(r"('[^']*')", sql)
    pieces[::2] = [re.sub(r"::text|[\s()]", "", piece).lower() for piece in pieces[::2]]
    return "".join(pieces)


def beside(conn: Connection) -> Iterator[str]:
    """What would go round the guards of PostgreSQL, or stands beside them and is missing."""
    for row in conn.execute(text(RULES)):
        yield f"rule {row.name} on {row.at}"
    for name in conn.execute(text(ROW_SECURITY)).scalars():
        yield f"row security on {name}"
    named = conn.dialect.identifier_preparer.format_constraint
    wanted = {named(c) for table in Base.metadata.tables.values() for c in table.constraints}
    there = set(conn.execute(text(CONSTRAINTS)).scalars())
    yield from (str(name) for name in wanted if name not in there)
