"""How updates reach a bot: it polls, or it names an address. Never both, and only one poller at a time."""

import re
from urllib.parse import urlsplit

from bot.sandbox.calls import Call, method
from bot.sandbox.errors import bad, conflict
from bot.sandbox.queues import Queue, Webhook
from bot.sandbox.rows import Json
from bot.sandbox.webhooks import deliver

BY_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
LONGEST_POLL = 50


def _allow(call: Call, queue: Queue) -> None:
    kinds = call.params.data("allowed_updates")
    if isinstance(kinds, list):
        queue.allow(kinds)


@method("getUpdates")
async def get_updates(call: Call) -> list[Json]:
    queue = call.bot.queue
    if queue.webhook is not None:
        raise conflict(BY_WEBHOOK)
    if queue.poller is not None:
        queue.interrupt(BY_POLLER)
    _allow(call, queue)
    limit = call.params.integer("limit", 100)
    limit = limit if 1 <= limit <= 100 else 100
    mine = queue.poller = object()
    queue.confirm(call.params.integer("offset"))
    try:
        await call.world.bell.until(
            lambda: queue.poller is not mine or bool(queue.updates) or call.world.closed or call.bot.revoked,
            min(max(0, call.params.integer("timeout")), LONGEST_POLL),
        )
        if queue.poller is not mine:
            raise conflict(queue.ended_by)
    finally:
        if queue.poller is mine:
            queue.poller = None
            call.world.bell.ring()
    updates = list(queue.updates)[:limit]
    for update in updates:
        call.world.record.update(update)
    return [update.body for update in updates]


@method("setWebhook")
def set_webhook(call: Call) -> bool:
    url, secret = call.params.text("url"), call.params.text("secret_token")
    if not url:
        return delete_webhook(call)
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad("secret token contains unallowed characters")
    queue = call.bot.queue
    queue.interrupt("terminated by setWebhook request")
    _allow(call, queue)
    if call.params.flag("drop_pending_updates"):
        queue.updates.clear()
    hook = Webhook(url, secret, min(max(1, call.params.integer("max_connections", 40)), 100))
    queue.webhook = hook
    call.world.spawn(deliver(call.world, call.bot, hook))
    call.world.bell.ring()
    return True


@method("deleteWebhook")
def delete_webhook(call: Call) -> bool:
    call.bot.queue.webhook = None
    if call.params.flag("drop_pending_updates"):
        call.bot.queue.updates.clear()
    call.world.bell.ring()
    return True


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> Json:
    queue = call.bot.queue
    hook = queue.webhook or Webhook("")
    info: Json = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(queue.updates),
    }
    if hook.url:
        info |= {"max_connections": hook.connections, "ip_address": "127.0.0.1"}
    if hook.error:
        info |= {"last_error_date": hook.error_date, "last_error_message": hook.error}
    return info | ({"allowed_updates": sorted(queue.allowed)} if queue.allowed else {})
