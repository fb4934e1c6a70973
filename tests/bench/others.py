"""Other queues on the same machine: what a job that does nothing costs them. Said as what it is: they claim and finish a job, and
know nothing of money, switches, audit or a commit right before the call.

They are installed for the run, in its own folder; what cannot be had is left out, and said.
"""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figures
from tests.bench.ground import Ground
from tests.servers import Valkey

HERE = Path(__file__).with_name("peers")
PYTHON = {"procrastinate": ["procrastinate==3.10.0", "psycopg[binary]"], "pgqueuer": ["pgqueuer[asyncpg]==1.6.0"]}
BULLMQ = ("bullmq@6.7.0", "ioredis@6.0.0")
JOBS = 2_000


async def others(ground: Ground) -> Figures:
    """One worker of each, with jobs that do nothing, in turns."""
    figures = Figures(f"Other queues: jobs that do nothing, one worker process ({JOBS:,} at a time)")
    if ground.quick:
        figures.said.append("They are installed and measured in a run that is not quick.")
        return figures
    for _ in range(ground.rounds):
        for name in (*PYTHON, "BullMQ"):
            try:
                rate = await asyncio.to_thread(_bullmq if name == "BullMQ" else _python, ground, name)
            except (OSError, subprocess.SubprocessError) as error:
                words = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
                figures.said.append(f"{name} is left out: {words[-1] if words else type(error).__name__}")
            else:
                where = "Valkey" if name == "BullMQ" else "PostgreSQL, fsync on"
                figures.add(f"{name} ({where})", rate)
    return figures


def _run(*command: object, cwd: Path | None = None) -> str:
    words = [str(part) for part in command]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=300, cwd=cwd).stdout


def _python(ground: Ground, name: str) -> float:
    """In an environment and a database of its own."""
    where = ground.folder / name
    if not where.exists():
        _run(sys.executable, "-m", "venv", where)
        _run(where / "bin" / "python", "-m", "pip", "install", "--quiet", *PYTHON[name])
    database = f"{name}_jobs"
    ground.server.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    ground.server.execute(f"CREATE DATABASE {database}")
    script = HERE / f"with_{name}.py"
    return float(_run(where / "bin" / "python", script, ground.server.address(database), JOBS).split()[-1])


def _bullmq(ground: Ground, name: str) -> float:
    """In a folder and a Valkey of its own."""
    where = ground.folder / name
    if not (where / "node_modules").exists():
        where.mkdir(exist_ok=True)
        _run("npm", "install", "--silent", "--no-audit", "--no-fund", *BULLMQ, cwd=where)
    script = shutil.copy(HERE / "with_bullmq.mjs", where)
    server = Valkey().start()
    try:
        return float(_run("node", script, server.port, JOBS, cwd=where).split()[-1])
    finally:
        server.stop()
