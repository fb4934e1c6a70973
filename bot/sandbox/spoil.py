"""How each fault looks on the wire."""

import socket
import struct

from aiohttp import web

from bot.sandbox.errors import Refusal, bad, conflict, forbidden, too_many
from bot.sandbox.faults import Fault, Plan
from bot.sandbox.world import World

SPOILED = {
    Fault.GARBLED_AFTER_ACCEPTING: b'{"ok":true,"result":',
    Fault.BROKEN_UTF8_AFTER_ACCEPTING: b'{"ok":true,"result":{"text":"\xff\xfe\xc3"}}',
    Fault.UNKNOWN_TYPE_AFTER_ACCEPTING: b'{"ok":true,"result":{"nope":1}}',
}


async def answer(world: World, request: web.Request, plan: Plan) -> web.StreamResponse:
    """The spoiled answer to this request, or no answer at all."""
    fault = plan.fault
    if fault in SPOILED:
        return web.Response(body=SPOILED[fault], content_type="application/json")
    if fault in (Fault.BAD_GATEWAY, Fault.BAD_GATEWAY_AFTER_ACCEPTING):
        page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n"
        return web.Response(status=502, text=page, content_type="text/html")
    if fault is Fault.TRUNCATED_AFTER_ACCEPTING:
        cut = web.StreamResponse(headers={"Content-Length": "200", "Content-Type": "application/json"})
        await cut.prepare(request)
        await cut.write(b'{"ok":true,"res')
        if request.transport is not None:
            request.transport.close()
        return cut
    if fault in (Fault.HANG, Fault.TIMEOUT_AFTER_ACCEPTING):
        before = world.faults.generation
        await world.bell.until(lambda: world.closed or world.faults.generation != before, plan.seconds)
    if fault in (Fault.RESET, Fault.RESET_AFTER_ACCEPTING, Fault.HANG, Fault.TIMEOUT_AFTER_ACCEPTING):
        reset(request)
        return web.Response()
    refusal = _refusal(plan)
    return web.json_response(refusal.body(), status=refusal.code)


def _refusal(plan: Plan) -> Refusal:
    match plan.fault:
        case Fault.TOO_MANY_REQUESTS:
            return too_many(plan.retry_after)
        case Fault.BAD_REQUEST:
            return bad(plan.text or "chat not found")
        case Fault.FORBIDDEN:
            return forbidden(plan.text or "bot is not a member of the channel chat")
        case Fault.UNAUTHORIZED:
            return Refusal(401, plan.text or "Unauthorized")
        case Fault.TOO_LARGE:
            return Refusal(413, plan.text or "Request Entity Too Large")
        case Fault.CONFLICT:
            other = "terminated by other getUpdates request; make sure that only one bot instance is running"
            return conflict(plan.text or other)
        case Fault.MIGRATED:
            text = plan.text or "Bad Request: group chat was upgraded to a supergroup chat"
            return Refusal(400, text, migrate_to_chat_id=plan.migrate_to)
        case _:
            return Refusal(500, plan.text or "Internal Server Error")


def reset(request: web.Request) -> None:
    """Close with RST, so that the caller sees a reset and not an orderly end."""
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
