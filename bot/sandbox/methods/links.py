"""Invite links. A bot makes its own and changes only its own; exporting replaces its primary link."""

from bot.sandbox.access import administrator, chat
from bot.sandbox.calls import Call, method
from bot.sandbox.entities import length
from bot.sandbox.errors import bad
from bot.sandbox.rows import Channel, Json


def _channel(call: Call) -> Channel:
    return administrator(call, chat(call), "can_invite_users", "not enough rights to manage chat invite link")


def _terms(call: Call) -> Json:
    name, limit = call.params.text("name"), call.params.integer("member_limit")
    requests = call.params.flag("creates_join_request")
    if length(name) > 32:
        raise bad("invite link name is too long")
    if limit and requests:
        raise bad("member limit can't be specified for links requiring administrator approval")
    if not 0 <= limit <= 99_999:
        raise bad("USAGE_LIMIT_INVALID")
    expires = call.params.integer("expire_date")
    if expires and expires <= call.world.seconds():
        raise bad("EXPIRE_DATE_INVALID")
    terms: Json = {"creates_join_request": requests}
    terms |= {"name": name} if name else {}
    terms |= {"member_limit": limit} if limit else {}
    return terms | ({"expire_date": expires} if expires else {})


def _new(call: Call, channel: Channel, terms: Json, *, primary: bool) -> Json:
    address = f"https://t.me/+Holdfast{call.world.number():08d}"
    link = {"invite_link": address, "creator": call.bot.user.json(), "is_primary": primary, "is_revoked": False} | terms
    channel.links[address] = link
    call.world.bell.ring()
    return link


def _mine(call: Call, channel: Channel) -> Json:
    link = channel.links.get(call.params.text("invite_link"))
    if link is None or link["creator"]["id"] != call.bot.id:
        raise bad("INVITE_HASH_EXPIRED")
    return link


@method("createChatInviteLink")
def create_chat_invite_link(call: Call) -> Json:
    return _new(call, _channel(call), _terms(call), primary=False)


@method("editChatInviteLink")
def edit_chat_invite_link(call: Call) -> Json:
    channel = _channel(call)
    old, terms = _mine(call, channel), _terms(call)
    if old["is_revoked"]:
        raise bad("INVITE_HASH_EXPIRED")
    kept = ("invite_link", "creator", "is_primary", "is_revoked")
    channel.links[old["invite_link"]] = {k: old[k] for k in kept} | terms
    return channel.links[old["invite_link"]]


@method("revokeChatInviteLink")
def revoke_chat_invite_link(call: Call) -> Json:
    channel = _channel(call)
    old = _mine(call, channel)
    channel.links[old["invite_link"]] = old | {"is_revoked": True}
    return channel.links[old["invite_link"]]


@method("exportChatInviteLink")
def export_chat_invite_link(call: Call) -> str:
    channel = _channel(call)
    for address, link in channel.links.items():
        if link["is_primary"] and link["creator"]["id"] == call.bot.id:
            channel.links[address] = link | {"is_revoked": True}
    return str(_new(call, channel, {"creates_join_request": False}, primary=True)["invite_link"])
