"""The desk from the shell: tickets, search, blocks, the audit trail, the doctor; real processes, the database asked by SQL."""

from pathlib import Path
from typing import Any

from domain import users
from storage.database import Database
from tests.bot.test_cli import run
from tests.conftest import ADMIN, OTHER_ADMIN, Clock, Sql, gate_of

ANN = 101


async def met(address: str, *ids: int) -> dict[str, Any]:
    """People who have met the bot; answers the settings of the shell."""
    database = Database(address)
    gate = gate_of(database, Clock())
    for user_id in ids or (ANN, ADMIN, OTHER_ADMIN):
        await gate.system("test")(users.meet, user_id, f"Person {user_id}", f"person{user_id}", "en")
    await database.close()
    return {"admins": f"{ADMIN},{OTHER_ADMIN}", "database_url": address}


async def test_a_ticket_is_opened_shown_and_closed_with_a_statement(address: str, tmp_path: Path) -> None:
    settings = await met(address)
    sql = Sql(address)
    opened = run("ticket", "open", f"{ANN}", "balance", "wrong", "--as", f"{ADMIN}", folder=tmp_path, **settings)
    assert (opened.returncode, opened.stdout) == (0, "ticket 1 is open\n")
    assert "balance wrong" in run("ticket", "list", folder=tmp_path, **settings).stdout
    shown = run("ticket", "show", "1", folder=tmp_path, **settings)
    assert f"user:{ANN}:XTR holds 0; its 0 entries sum to 0" in shown.stdout
    close = ("ticket", "close", "1", "--evidence", "it is right")
    assert run(*close, folder=tmp_path, **settings).returncode == 1  # nobody named
    closed = run(*close, "--as", f"{OTHER_ADMIN}", folder=tmp_path, **settings)
    assert (closed.returncode, closed.stdout.splitlines()[0]) == (0, "ticket 1 is closed: it is right")
    assert run("ticket", "list", folder=tmp_path, **settings).stdout == "no tickets\n"
    assert "it is right" in run("ticket", "show", "1", folder=tmp_path, **settings).stdout
    assert sql.one("SELECT user_id FROM notices WHERE kind = 'ticket-closed'") == ANN
    assert run("ticket", "show", "9", folder=tmp_path, **settings).returncode == 1
