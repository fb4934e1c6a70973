"""What somebody with the owner's power could do behind our backs. For drills, which must break what nothing of ours can break.

It needs the owner's address, as a repair does; the application's login is refused every one of these statements.
"""

from contextlib import nullcontext
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text

from domain.base import Moment
from storage import guards
from storage.database import Database


async def forge(address: str, *statements: str, unguarded: bool = False, **given: Any) -> None:
    """Runs the statements in one transaction, with the guards lifted if they would refuse."""

    def work(conn: Connection) -> None:
        with guards.lifted(conn) if unguarded else nullcontext():
            for statement in statements:
                moments = [
                    bindparam(name, type_=Moment())
                    for name, value in given.items()
                    if isinstance(value, datetime) and f":{name}" in statement
                ]
                named = {name: value for name, value in given.items() if f":{name}" in statement}
                conn.execute(text(statement).bindparams(*moments), named)

    database = Database(address)
    try:
        await database.write(work)
    finally:
        await database.close()
