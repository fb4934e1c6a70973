"""Where each dialog stands, kept in the database so that a restart loses nothing. JSON, one upsert, empty is deleted."""

from collections.abc import Mapping
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, DefaultKeyBuilder, StateType, StorageKey
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.base import table
from domain.ports import Clock
from storage.database import Database
from storage.dialog_states import DialogState

d = table(DialogState)


class DialogStates(BaseStorage):
    """aiogram's storage over the database."""

    def __init__(self, database: Database, now: Clock) -> None:
        self.database = database
        self.now = now
        self.keys = DefaultKeyBuilder(with_bot_id=True, with_destiny=True)

    async def get_state(self, key: StorageKey) -> str | None:
        return (await self._load(key))[0]

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        return (await self._load(key))[1]

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        name = state.state if isinstance(state, State) else state
        await self._save(key, state=name)

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        await self._save(key, data=dict(data))

    async def close(self) -> None:
        """The database is closed by who opened it."""

    async def _load(self, key: StorageKey) -> tuple[str | None, dict[str, Any]]:
        asked = select(d.c.state, d.c.data).where(d.c.key == self.keys.build(key))
        row = await self.database.read(lambda conn: conn.execute(asked).one_or_none())
        return (None, {}) if row is None else (row.state, row.data)

    async def _save(self, key: StorageKey, **changed: Any) -> None:
        name = self.keys.build(key)
        dialect = sqlite if self.database.is_sqlite else postgresql
        row = {"key": name, "state": None, "data": {}, "changed_at": self.now()} | changed
        changes = changed | {"changed_at": row["changed_at"]}
        upsert = dialect.insert(d).values(row).on_conflict_do_update(index_elements=["key"], set_=changes)
        # most updates leave a person who is in no dialog in none: that writes nothing
        written = upsert if any(changed.values()) else update(d).where(d.c.key == name).values(changes)
        statement = written.returning(d.c.state, d.c.data)

        def work(conn: Connection) -> None:
            kept = conn.execute(statement).one_or_none()
            if kept is not None and kept.state is None and not kept.data:
                conn.execute(delete(d).where(d.c.key == name))

        await self.database.write(work)
