"""What a bot may know of chats, members and files."""

from bot.sandbox.access import chat, to_read
from bot.sandbox.calls import Call, method
from bot.sandbox.errors import bad
from bot.sandbox.rows import Channel, Chat, Json, Member, Private

GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


def _readable(call: Call) -> Chat:
    where = chat(call)
    to_read(call, where)
    return where


@method("getChat")
def get_chat(call: Call) -> Json:
    where = _readable(call)
    full = where.json() | {
        "accent_color_id": abs(where.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFTS, isinstance(where, Private)),
    }
    if full.get("username"):
        full["active_usernames"] = [full["username"]]
    if isinstance(where, Channel) and where.protected:
        full["has_protected_content"] = True
    pinned = where.find(where.pinned[-1]) if where.pinned else None
    if pinned is not None:
        full["pinned_message"] = pinned.json(call.bot.id)
    if isinstance(where, Channel) and where.member(call.bot.user).status == "administrator":
        primary = next((link for link in where.links.values() if link["is_primary"] and not link["is_revoked"]), None)
        full |= {"invite_link": primary["invite_link"]} if primary else {}
    return full


def _channel(call: Call) -> Channel | None:
    where = _readable(call)
    return where if isinstance(where, Channel) else None


@method("getChatMember")
def get_chat_member(call: Call) -> Json:
    where = _channel(call)
    user = call.world.account(call.params.integer("user_id"))
    if user is None:
        raise bad("user not found")
    if where is None:
        return Member(user, "member").json()
    member = where.member(user)
    asker = where.member(call.bot.user).status
    if asker != "administrator" and user is not call.bot.user:
        raise bad("member list is inaccessible")
    return member.json()


@method("getChatAdministrators")
def get_chat_administrators(call: Call) -> list[Json]:
    where = _channel(call)
    if where is None:
        raise bad("there are no administrators in the private chat")
    if where.member(call.bot.user).status != "administrator":
        raise bad("member list is inaccessible")
    chosen = [m for m in where.members.values() if m.status in ("creator", "administrator")]
    bots = call.params.flag("return_bots")
    return [m.json() for m in chosen if not m.user.is_bot or bots or m.user is call.bot.user]


@method("getChatMemberCount")
def get_chat_member_count(call: Call) -> int:
    where = _channel(call)
    if where is None:
        return 2
    inside = sum(m.status in ("creator", "administrator", "member") for m in where.members.values())
    return max(where.subscribers, inside)


@method("leaveChat")
def leave_chat(call: Call) -> bool:
    where = _channel(call)
    if where is None:
        raise bad("chat member status can't be changed in private chats")
    call.world.change_member(where, Member(call.bot.user, "left"), call.bot.user)
    return True


@method("getFile")
def get_file(call: Call) -> Json:
    file = call.world.files.by_id(call.params.text("file_id"), call.bot.id)
    return file.names(call.bot.id) | {"file_path": file.path}
