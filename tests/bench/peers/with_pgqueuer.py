"""pgqueuer: ADDRESS MANY prints how many jobs that do nothing one worker does in a second. Run by a Python that has it."""

import asyncio
import sys
import time

import asyncpg
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries
from pgqueuer.types import QueueExecutionMode


async def main(address: str, many: int) -> None:
    conn = await asyncpg.connect(address)
    driver = AsyncpgDriver(conn)
    queries, worker = Queries(driver), PgQueuer(driver)
    await queries.install()
    await queries.enqueue(["nothing"] * many, [None] * many, [0] * many)

    @worker.entrypoint("nothing")
    async def nothing(job: Job) -> None:
        pass

    began = time.perf_counter()
    await worker.run(mode=QueueExecutionMode.drain, batch_size=60)
    sys.stdout.write(f"{many / (time.perf_counter() - began)}\n")
    await conn.close()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
