"""Where the house listens: a port that cannot be had is a setting that is wrong, and is told so by its name."""

from aiohttp import web

from bot.settings import BadSettings


async def listen(runner: web.AppRunner, host: str, port: int, setting: str) -> None:
    """Sets the runner up and listens; where it cannot, cleans it up and raises `BadSettings`, which names the setting."""
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise BadSettings(f"{setting}: cannot listen on {host}:{port} ({error.strerror})") from None
