"""The guards of `guards` as each database wants them, generated from the FLOW tables, the gates, the routes and the columns.

A condition of a PostgreSQL trigger is written as the catalogue tells it: `<> ALL (ARRAY[...])`, events in its order, no
parentheses to remember.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from domain import digests, launch, rollback, stars  # noqa: F401  (between them they know every noun: every table, every flow)
from domain.base import Base, Json, Moment, Whole
from domain.flow import FLOWS
from domain.ledger import GATES, SIDES
from domain.wallets import OWING
from storage import frozen

APPEND_ONLY = (
    "transfers",
    "ledger_entries",
    "audit_events",
    "kill_switch_flips",
    "post_checks",
    "post_searches",
    "dispute_steps",
    "checkpoints",
    "digests",
    "launch_steps",
    "database_identity",
)
"""The tables that only grow."""
STAYING = sorted({"wallets", *(g.table for g in FLOWS)})
"""The tables whose rows change and are never deleted, nor put in another's place (SQLite's OR REPLACE)."""
ROUTES = ", ".join(
    f"'{reason} {source} {destination}'"
    for reason, (sources, destinations) in SIDES.items()
    for source in sources
    for destination in destinations
)
"""Reason and kinds of wallet of each transfer that there may be."""
COUNTED = sorted(t.name for t in Base.metadata.tables.values() if t.autoincrement_column is not None)
"""The tables whose rows the database numbers. Other numbers are Telegram's, or a placement's."""
FIXED = sorted({*STAYING, *COUNTED} - {*APPEND_ONLY})
"""The tables whose rows change, but for some columns."""

OF_ONE_CURRENCY = """SELECT 1 FROM wallets s JOIN wallets d ON d.currency = s.currency
    WHERE s.id = {made}.source_id AND d.id = {made}.destination_id"""
ENTRIES = f"""SELECT RAISE(ABORT, 'two currencies: transfers') WHERE NOT EXISTS ({OF_ONE_CURRENCY.format(made="NEW")});
  SELECT RAISE(ABORT, 'ck_wallets_not_negative: wallets') FROM wallets
    WHERE id = NEW.source_id AND balance < NEW.amount AND kind NOT IN ({OWING});
  INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason, reference_id) VALUES
    (NEW.key, NEW.source_id, -NEW.amount, NEW.reason, NEW.reference_id),
    (NEW.key, NEW.destination_id, NEW.amount, NEW.reason, NEW.reference_id);
  UPDATE wallets SET balance = balance - NEW.amount WHERE id = NEW.source_id;
  UPDATE wallets SET balance = balance + NEW.amount WHERE id = NEW.destination_id;"""
"""The CHECK would be passed over where the transfer is inserted OR IGNORE: in SQLite what the caller wants done about conflicts
goes for the statements of triggers too."""
BY_KEY = "enable_seqscan = off"
"""For the pen, what its entries set off, and who looks up a wallet: a session plans once, perhaps while the tables are small
enough to be read whole."""
BOTH = """made CROSS JOIN LATERAL
    (VALUES (made.source_id, -made.amount), (made.destination_id, made.amount)) side (wallet_id, amount)"""
NOT_OF_ONE_CURRENCY = f"SELECT 1 FROM made WHERE NOT EXISTS ({OF_ONE_CURRENCY.format(made='made')})"
ENTRIES_OF_SET = f"""INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason, reference_id)
    SELECT made.key, side.wallet_id, side.amount, made.reason, made.reference_id FROM {BOTH};
  UPDATE wallets SET balance = balance + moved.amount
    FROM (SELECT side.wallet_id, SUM(side.amount)::bigint AS amount FROM {BOTH} GROUP BY side.wallet_id) moved
    WHERE wallets.id = moved.wallet_id;"""
GATES_OF_SET = f"""made JOIN (VALUES {", ".join(f"('{reason}', '{key}')" for reason, keys in GATES.items() for key in keys)})
    gate (reason, key) ON gate.reason = made.reason"""
HALTED_OF_SET = f"""SELECT made.reason FROM {GATES_OF_SET}
    WHERE NOT EXISTS (SELECT 1 FROM kill_switches s WHERE s.key = gate.key AND s.enabled)"""
FLIP = """INSERT INTO kill_switches (key, enabled, epoch, max_amount, max_open)
    VALUES (NEW.key, NEW.enabled, NEW.epoch, NEW.max_amount, NEW.max_open)
    ON CONFLICT (key) DO UPDATE SET enabled = NEW.enabled, epoch = NEW.epoch, max_amount = NEW.max_amount,
      max_open = NEW.max_open;"""
ITS_TRANSFER = """SELECT 1 FROM transfers t WHERE t.key = {entry}.transfer_key AND t.reason = {entry}.reason AND (
    (t.source_id = {entry}.wallet_id AND -t.amount = {entry}.amount)
    OR (t.destination_id = {entry}.wallet_id AND t.amount = {entry}.amount))"""
NOT_ITS_TRANSFERS = f"NOT EXISTS ({ITS_TRANSFER.format(entry='NEW')})"
ANY_NOT_ITS_TRANSFERS = f"EXISTS (SELECT 1 FROM made WHERE NOT EXISTS ({ITS_TRANSFER.format(entry='made')}))"
NOT_ITS_FLIPS = """NOT EXISTS (SELECT 1 FROM kill_switch_flips f WHERE f.epoch = NEW.epoch AND f.key = NEW.key
    AND f.enabled = NEW.enabled
    AND COALESCE(f.max_amount = NEW.max_amount, f.max_amount IS NULL AND NEW.max_amount IS NULL)
    AND COALESCE(f.max_open = NEW.max_open, f.max_open IS NULL AND NEW.max_open IS NULL)
    AND f.epoch = (SELECT MAX(l.epoch) FROM kill_switch_flips l WHERE l.key = f.key))"""
ROWID = "rowid, _rowid_, oid"
"""What else SQLite calls a row's number. A trigger goes by the words of a statement: one of `id` alone would not hear of it."""
MOMENT = (
    "-".join(("[0-9]" * 4, "[0-9]" * 2, "[0-9]" * 2)) + "T" + ":".join(("[0-9]" * 2,) * 3) + "." + "[0-9]" * 6 + "Z"
)
NO_MOMENT = (
    f"{{0}} NOT GLOB '{MOMENT}' OR {{0}} < '0001'"
    " OR strftime('%Y-%m-%dT%H:%M:%S', substr({0}, 1, 19), '+0 days') IS NOT substr({0}, 1, 19)"
)
"""No text of a moment, or of one that no calendar has: no days added to the 31st of February are the 3rd of March."""
FIRST, BEYOND = (f"'{seconds}'::double precision" for seconds in (-62135596800, 253402300800))
"""Where Python's years begin and end, in seconds: the same whatever time zone a session is in. Infinity is beyond."""
NOT_NEXT = "NEW.epoch <> 1 + (SELECT COALESCE(MAX(f.epoch), 0) FROM kill_switch_flips f)"
"""A greater epoch will not do: after the greatest there is, nothing can be halted any more."""
NOT_NEXT_NUMBER = "NEW.id <> 1 + (SELECT COALESCE(MAX(x.id), 0) FROM {table} x NOT INDEXED WHERE x.id <> NEW.id)"
"""Nor a greater number: after the greatest there is, SQLite chooses at random, and what is sealed by number would grow within.
Asked when the row is there: before, one without a number says -1, and would meet a row that has this number. By the numbers
themselves: where it believes the table to be small, SQLite would read all of some index."""
NOT_EMPTIED = """NEW.status IN ('released', 'refunded')
    AND EXISTS (SELECT 1 FROM wallets w WHERE w.id = 'escrow:' || NEW.campaign_target_id AND w.balance <> 0)"""
"""It would be forgotten: who looks only at what is held, or was moved lately, does not see it."""
OUTCOME = ("status", "served_at", "share")
BY_WHICH_IT_WAS_RESOLVED = "EXISTS (SELECT 1 FROM escrows e WHERE e.id = NEW.id AND e.status <> 'held')"
"""What a job came to says why its escrow was resolved so."""


@dataclass(frozen=True)
class Guard:
    """One trigger (or, on PostgreSQL, a function that triggers call)."""

    name: str
    table: str | None
    sql: str


def sqlite() -> Iterator[Guard]:
    def refuse(name: str, table: str, when: str, condition: str, word: str, *, order: str = "BEFORE") -> Guard:
        clause = f" WHEN {condition}" if condition else ""
        body = f"SELECT RAISE(ABORT, '{word}: {table}')"
        return Guard(name, table, f"CREATE TRIGGER {name} {order} {when} ON {table}{clause} BEGIN {body}; END")

    for g in FLOWS:
        steps = ", ".join(f"'{pair}'" for pair in g.pairs)
        born = ", ".join(f"'{status}'" for status in sorted(g.born))
        changed = f"OLD.{g.column} <> NEW.{g.column} AND OLD.{g.column} || '>' || NEW.{g.column} NOT IN ({steps})"
        yield refuse(f"flow_{g.table}_{g.column}", g.table, f"UPDATE OF {g.column}", changed, "flow")
        yield refuse(f"born_{g.table}_{g.column}", g.table, "INSERT", f"NEW.{g.column} NOT IN ({born})", "born")
    for table in STAYING:
        yield refuse(f"stay_{table}", table, "DELETE", "", "never deleted")
        if table == "wallets":  # they are opened unless they are there; `no_history` looks afterwards
            other = f"EXISTS (SELECT 1 FROM {table} x WHERE x.rowid = NEW.rowid AND x.id <> NEW.id)"
            moved = "NEW.rowid <> OLD.rowid"
            yield refuse(f"stay_{table}_insert", table, "INSERT", other, "UNIQUE constraint failed")
            yield refuse(f"stay_{table}_update", table, f"UPDATE OF {ROWID}", moved, "never moved")
        else:
            columns, taken = _taken(table)
            yield refuse(f"stay_{table}_insert", table, "INSERT", taken, "UNIQUE constraint failed")
            _, others = _taken(table, " AND x.id <> OLD.id")
            yield refuse(f"stay_{table}_update", table, f"UPDATE OF {columns}", others, "UNIQUE constraint failed")
    for table in FIXED:
        fixed, changed = frozen.changes(table, lambda name: f"OLD.{name} IS NOT NEW.{name}")
        yield refuse(f"fixed_{table}", table, f"UPDATE OF {', '.join((*fixed, ROWID))}", changed, "never changed")
    for table in APPEND_ONLY:
        yield refuse(f"keep_{table}_update", table, "UPDATE", "", "append-only")
        yield refuse(f"keep_{table}_delete", table, "DELETE", "", "append-only")
        yield refuse(f"keep_{table}_replace", table, "INSERT", _taken(table)[1], "append-only")
        unread = [NO_MOMENT.format(f"NEW.{name}") for name in _columns(table, Moment)]
        unread += [f"NOT json_valid(NEW.{name})" for name in _columns(table, Json)]
        if unread:
            yield refuse(f"shape_{table}", table, "INSERT", " OR ".join(unread), "could not be read again")
    for table in COUNTED:
        chosen = NOT_NEXT_NUMBER.format(table=table)
        yield refuse(f"number_{table}", table, "INSERT", chosen, "not the next number", order="AFTER")
    for reason, gates in GATES.items():
        keys = ", ".join(f"'{gate}'" for gate in gates)
        enabled = f"(SELECT COUNT(*) FROM kill_switches WHERE key IN ({keys}) AND enabled)"
        halted = f"NEW.reason = '{reason}' AND {enabled} < {len(gates)}"
        yield refuse(f"permit_{reason}", "transfers", "INSERT", halted, f"halted: {reason}")
    route = _route("substr({0}, 1, instr({0}, ':') - 1)")
    yield refuse("sides", "transfers", "INSERT", f"{route} NOT IN ({ROUTES})", "not between such wallets")
    yield refuse("entry_of_transfer", "ledger_entries", "INSERT", NOT_ITS_TRANSFERS, "not of its transfer")
    yield refuse("state_of_flip", "kill_switches", "UPDATE", NOT_ITS_FLIPS, "not of its flip")
    yield refuse("state_born_of_flip", "kill_switches", "INSERT", NOT_ITS_FLIPS, "not of its flip")
    yield refuse("epoch_grows", "kill_switch_flips", "INSERT", NOT_NEXT, "not the next epoch")
    yield refuse("emptied_escrow", "escrows", "UPDATE OF status", NOT_EMPTIED, "still set aside")
    other = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in OUTCOME)
    resolved = f"({other}) AND {BY_WHICH_IT_WAS_RESOLVED}"
    yield refuse("settled_job", "post_jobs", f"UPDATE OF {', '.join(OUTCOME)}", resolved, "settled already")
    yield refuse("empty_wallet", "wallets", "INSERT", "NEW.balance <> 0", "born with money")
    history = "WHEN EXISTS (SELECT 1 FROM ledger_entries e WHERE e.wallet_id = NEW.id)"
    reborn = "SELECT RAISE(ABORT, 'born again: wallets')"
    yield Guard(
        "no_history", "wallets", f"CREATE TRIGGER no_history AFTER INSERT ON wallets {history} BEGIN {reborn}; END"
    )
    yield Guard(
        "double_entry", "transfers", f"CREATE TRIGGER double_entry AFTER INSERT ON transfers BEGIN {ENTRIES} END"
    )
    yield Guard("flip", "kill_switch_flips", f"CREATE TRIGGER flip AFTER INSERT ON kill_switch_flips BEGIN {FLIP} END")


def _route(kind: str) -> str:
    """The route of a new transfer (one of ROUTES, or none); `kind` is how to read the kind off a wallet's address, `{}`."""
    return " || ' ' || ".join(("NEW.reason", *(kind.format(f"NEW.{side}_id") for side in ("source", "destination"))))


def _columns(table: str, kind: type[Moment | Json]) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].columns if isinstance(column.type, kind)]


def _taken(table: str, besides: str = "") -> tuple[str, str]:
    """The columns of a table's unique keys, and whether another row has one of the new row's, or its rowid.

    Until a row is there its rowid is -1, unless it was given. Each key is asked for alone, and only if there is one: together
    SQLite would read the whole table where it believes it to be small, or that most rows have none.
    """
    known = Base.metadata.tables[table]
    keys: list[tuple[Any, Any]] = [
        (c.columns, None) for c in known.constraints if isinstance(c, PrimaryKeyConstraint | UniqueConstraint)
    ]
    keys += [(i.columns, i.dialect_options["sqlite"]["where"]) for i in known.indexes if i.unique]
    alike = []
    for columns, where in keys:
        both = [f"x.{column.name} = NEW.{column.name}" for column in columns]
        if where is not None:
            both += [
                re.sub(rf"\b(?=(?:{'|'.join(known.columns.keys())})\b)", f"{row}.", str(where)) for row in ("x", "NEW")
            ]
        given = "".join(f"NEW.{column.name} IS NOT NULL AND " for column in columns if column.nullable)
        alike.append(f"{given}EXISTS (SELECT 1 FROM {table} x WHERE {' AND '.join(both)}{besides})")
    if [type(column.type) for column in known.primary_key] != [Whole]:  # or else it is the rowid
        alike.append(f"EXISTS (SELECT 1 FROM {table} x WHERE x.rowid = NEW.rowid{besides})")
    named = sorted({column.name for columns, _ in keys for column in columns})
    return ", ".join(named), " OR ".join(sorted(alike))


def postgresql() -> Iterator[Guard]:
    def function(name: str, body: str, *settings: str) -> Guard:
        head = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        under = " ".join(f"SET {setting}" for setting in ("search_path = public, pg_temp", *settings))
        return Guard(name, None, f"{head} {under} AS $$ BEGIN {body} END $$")

    def raise_(words: str) -> str:
        return f"RAISE EXCEPTION '%: %', {words}, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';"

    def trigger(
        name: str,
        table: str,
        when: str,
        call: str,
        *,
        condition: str = "",
        each: str = "ROW",
        order: str = "BEFORE",
        shown: str = "",
    ) -> Guard:
        clause, given = f" WHEN ({condition})" if condition else "", f" REFERENCING {shown}" if shown else ""
        return Guard(
            name,
            table,
            f"CREATE TRIGGER {name} {order} {when} ON {table}{given} FOR EACH {each}{clause} EXECUTE FUNCTION {call}",
        )

    def of_set(name: str, table: str, call: str) -> Guard:
        return trigger(name, table, "INSERT", call, each="STATEMENT", order="AFTER", shown="NEW TABLE AS made")

    def unless(name: str, condition: str, words: str, *settings: str) -> Guard:
        return function(name, f"IF {condition} THEN {raise_(repr(words))} END IF; RETURN NEW;", *settings)

    yield function("refuse", raise_("TG_ARGV[0]"))
    yield function(
        "permit",
        f"""PERFORM FROM kill_switches WHERE key IN (SELECT gate.key FROM {GATES_OF_SET}) ORDER BY key FOR SHARE;
            IF EXISTS ({HALTED_OF_SET}) THEN {raise_(f"'halted: ' || ({HALTED_OF_SET} LIMIT 1)")} END IF; RETURN NULL;""",
    )
    apart = f"IF EXISTS ({NOT_OF_ONE_CURRENCY}) THEN {raise_(repr('two currencies'))} END IF;"
    yield function("write_entries", f"{apart} {ENTRIES_OF_SET} RETURN NULL;", BY_KEY)
    yield function("write_state", f"{FLIP} RETURN NULL;")
    yield unless("check_entry", ANY_NOT_ITS_TRANSFERS, "not of its transfer")
    yield unless("check_state", NOT_ITS_FLIPS, "not of its flip")
    yield unless("check_epoch", NOT_NEXT, "not the next epoch")
    yield unless("check_emptied", NOT_EMPTIED, "still set aside", BY_KEY)
    yield unless("check_settled", BY_WHICH_IT_WAS_RESOLVED, "settled already", BY_KEY)
    for g in FLOWS:
        steps = ", ".join(f"'{pair}'" for pair in g.pairs)
        born = f"NEW.{g.column} <> ALL (ARRAY[{', '.join(repr(str(status)) for status in sorted(g.born))}])"
        step = f"OLD.{g.column} || '>' || NEW.{g.column} <> ALL (ARRAY[{steps}])"
        changed = f"OLD.{g.column} <> NEW.{g.column} AND {step}"
        name = f"{g.table}_{g.column}"
        yield trigger(f"flow_{name}", g.table, f"UPDATE OF {g.column}", "refuse('flow')", condition=changed)
        yield trigger(f"born_{name}", g.table, "INSERT", "refuse('born')", condition=born)
    for table in STAYING:
        yield trigger(f"stay_{table}", table, "DELETE", "refuse('never deleted')")
        yield trigger(f"stay_{table}_all", table, "TRUNCATE", "refuse('never deleted')", each="STATEMENT")
    for table in FIXED:
        fixed, changed = frozen.changes(table, lambda name: f"OLD.{name} IS DISTINCT FROM NEW.{name}")
        columns = ", ".join(fixed)
        yield trigger(f"fixed_{table}", table, f"UPDATE OF {columns}", "refuse('never changed')", condition=changed)
    for table in APPEND_ONLY:
        yield trigger(f"keep_{table}", table, "DELETE OR UPDATE", "refuse('append-only')")
        yield trigger(f"keep_{table}_all", table, "TRUNCATE", "refuse('append-only')", each="STATEMENT")
        if names := _columns(table, Moment):
            seconds = [f"date_part('epoch', NEW.{name})" for name in names]
            unread = (f"{second} < {FIRST} OR {second} >= {BEYOND}" for second in seconds)
            call = "refuse('could not be read again')"
            yield trigger(f"shape_{table}", table, "INSERT", call, condition=" OR ".join(unread))
    other = _route("split_part({}, ':', 1)") + f" <> ALL (ARRAY[{ROUTES}])"
    yield trigger("sides", "transfers", "INSERT", "refuse('not between such wallets')", condition=other)
    yield of_set("entry_of_transfer", "ledger_entries", "check_entry()")
    yield trigger("state_of_flip", "kill_switches", "INSERT OR UPDATE", "check_state()")
    yield trigger("epoch_grows", "kill_switch_flips", "INSERT", "check_epoch()")
    yield trigger("emptied_escrow", "escrows", "UPDATE OF status", "check_emptied()")
    other = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in OUTCOME)
    yield trigger("settled_job", "post_jobs", f"UPDATE OF {', '.join(OUTCOME)}", "check_settled()", condition=other)
    yield trigger("empty_wallet", "wallets", "INSERT", "refuse('born with money')", condition="NEW.balance <> 0")
    yield of_set("double_entry", "transfers", "write_entries()")
    yield of_set("asks_switches", "transfers", "permit()")  # first, by its name: switches are locked before wallets
    yield trigger("flip", "kill_switch_flips", "INSERT", "write_state()", order="AFTER")
