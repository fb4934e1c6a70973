"""`python -m bot.sandbox --port 8081`: the sandbox alone, until it is interrupted."""

import argparse
import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from bot.sandbox.server import Sandbox


async def serve(options: argparse.Namespace) -> None:
    async with Sandbox(port=options.port, host=options.host, record=options.record, limits=options.limits) as sandbox:
        sys.stdout.write(f"Telegram, played here: {sandbox.api}  (open it in a browser to be several people at once)\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bot.sandbox", description="A local Bot API server that plays Telegram."
    )
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--record", type=Path, help="append the wire traffic to this file, one JSON object a line")
    parser.add_argument("--limits", action="store_true", help="apply Telegram's rate limits")
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
