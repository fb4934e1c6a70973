"""procrastinate: ADDRESS MANY prints how many jobs that do nothing one worker does in a second. Run by a Python that has it."""

import asyncio
import sys
import time

from procrastinate import App, PsycopgConnector


async def main(address: str, many: int) -> None:
    app = App(connector=PsycopgConnector(conninfo=address))

    @app.task(name="nothing")
    async def nothing() -> None:
        pass

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await nothing.batch_defer_async(*[{}] * many)
        began = time.perf_counter()
        await app.run_worker_async(wait=False, concurrency=50, install_signal_handlers=False, listen_notify=False)
        sys.stdout.write(f"{many / (time.perf_counter() - began)}\n")


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
