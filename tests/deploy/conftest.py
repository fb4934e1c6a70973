"""A PostgreSQL of one's own, founded as the README says: the owner migrates with `--roles`, the application has its own login.

It looks for circles after as long as its users': a migration that waits for tables counts on that.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import OWNER
from tests.processes import TOKEN, run
from tests.servers import WITH_PASSWORD, Postgres

ROOT = Path(__file__).parents[2]
PASSWORD = "correct-horse"


@dataclass
class Founded:
    """A server with the database `holdfast`, and the two logins' addresses."""

    server: Postgres
    app: str
    owner: str

    @property
    def settings(self) -> dict[str, object]:
        """What a production process needs to start here."""
        return {
            "environment": "production",
            "bot_token": TOKEN,
            "admins": "9001,9002",
            "database_url": self.app,
        }


def found(server: Postgres, folder: Path) -> Founded:
    server.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")
    server.execute(f"CREATE DATABASE holdfast OWNER {OWNER}")
    owner = f"postgresql://{OWNER}@127.0.0.1:{server.port}/holdfast"
    app = f"postgresql://{WITH_PASSWORD}:{PASSWORD}@127.0.0.1:{server.port}/holdfast"
    made = run("migrate", "--roles", folder=folder, database_url=app, owner_database_url=owner)
    assert made.returncode == 0, made.stderr
    return Founded(server, app, owner)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Founded]:
    server = Postgres(tuned={"deadlock_timeout": "1s"}).start()
    try:
        yield found(server, tmp_path_factory.mktemp("founded"))
    finally:
        server.stop()


def holdfast(*arguments: str, folder: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    """The command line, and what it said if it did not answer 0."""
    ended = run(*arguments, folder=folder, **settings)
    assert ended.returncode == 0, f"{sys.executable}: {ended.stdout}{ended.stderr}"
    return ended
