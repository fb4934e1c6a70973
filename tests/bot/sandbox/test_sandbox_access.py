"""Who may do what where: chats a bot does not know, people it may not write to, rights it lacks."""

from typing import Any

import pytest

from bot.sandbox import Client, Person
from bot.sandbox.client import Channel

BAD, NO = "400 Bad Request: ", "403 Forbidden: "


@pytest.mark.parametrize("chat", [12345, -1009, "@nobody", "no number"])
async def test_an_unknown_chat_is_not_found(api: Any, ann: Person, chat: int | str) -> None:
    assert await api.refused("sendMessage", chat_id=chat, text="x") == BAD + "chat not found"


async def test_a_chat_must_be_named(api: Any, ann: Person) -> None:
    assert await api.refused("sendMessage", text="x") == BAD + "chat_id is empty"


async def test_a_bot_cannot_write_first(api: Any, telegram: Client) -> None:
    bob = await telegram.person("Bob")
    refused = await api.refused("sendMessage", chat_id=bob.id, text="x")
    assert refused == NO + "bot can't initiate conversation with a user"
    await bob.say("hello")
    assert await api("sendMessage", chat_id=bob.id, text="x")


async def test_a_bot_cannot_write_to_a_bot(api: Any, ann: Person) -> None:
    me = await api("getMe")
    assert await api.refused("sendMessage", chat_id=me["id"], text="x") == NO + "bots can't send messages to bots"


async def test_a_person_who_blocked_the_bot_gets_nothing_and_the_bot_is_told(api: Any, ann: Person) -> None:
    await ann.block_bot()
    assert await api.refused("sendMessage", chat_id=ann.id, text="x") == NO + "bot was blocked by the user"
    await ann.unblock_bot()
    assert await api("sendMessage", chat_id=ann.id, text="x")
    told = [update["my_chat_member"]["new_chat_member"]["status"] for update in await api.updates()]
    assert told == ["kicked", "member"]


async def test_a_channel_is_unknown_by_number_until_the_bot_has_met_it(api: Any, telegram: Client, ann: Person) -> None:
    private = await telegram.channel("Private", owner=ann)
    public = await telegram.channel("Public", owner=ann, username="publicone")
    assert await api.refused("getChat", chat_id=private.id) == BAD + "chat not found"
    assert await api.refused("getChat", chat_id=public.id) == BAD + "chat not found"
    assert (await api("getChat", chat_id="@PublicOne"))["id"] == public.id
    assert (await api("getChat", chat_id=public.id))["title"] == "Public"


async def test_outside_of_a_channel_nothing_can_be_posted(api: Any, channel: Channel) -> None:
    await channel.demote()
    refused = await api.refused("sendMessage", chat_id=channel.id, text="x")
    assert refused == NO + "bot is not a member of the channel chat"
    await channel.remove_bot()
    refused = await api.refused("sendMessage", chat_id=channel.id, text="x")
    assert refused == NO + "bot was kicked from the channel chat"
    assert await channel.published() == []


async def test_posting_needs_the_right_to_post(api: Any, channel: Channel) -> None:
    await channel.promote("can_edit_messages")
    refused = await api.refused("sendMessage", chat_id=channel.id, text="x")
    assert refused == BAD + "need administrator rights in the channel chat"


async def test_an_own_post_can_be_edited_with_the_right_to_post_and_others_with_the_right_to_edit(
    api: Any, channel: Channel
) -> None:
    mine = (await api("sendMessage", chat_id=channel.id, text="mine"))["message_id"]
    theirs = await channel.post("theirs")
    await channel.promote("can_post_messages")
    assert await api("editMessageText", chat_id=channel.id, message_id=mine, text="still mine")
    refused = await api.refused("editMessageText", chat_id=channel.id, message_id=theirs, text="x")
    assert refused == BAD + "message can't be edited"
    await channel.promote("can_edit_messages")
    assert await api("editMessageText", chat_id=channel.id, message_id=theirs, text="x")


async def test_pinning_in_a_channel_needs_the_right_to_edit(api: Any, channel: Channel) -> None:
    post = await channel.post("news")
    await channel.promote("can_post_messages")
    refused = await api.refused("pinChatMessage", chat_id=channel.id, message_id=post)
    assert refused == BAD + "not enough rights to manage pinned messages in the chat"
    await channel.promote("can_edit_messages")
    assert await api("pinChatMessage", chat_id=channel.id, message_id=post)
    assert (await api("getChat", chat_id=channel.id))["pinned_message"]["message_id"] == post
    assert (await channel.posts())[0].pinned
    assert await api("unpinChatMessage", chat_id=channel.id, message_id=post)
    assert "pinned_message" not in await api("getChat", chat_id=channel.id)


async def test_deleting_the_posts_of_others_needs_the_right_to_delete(api: Any, channel: Channel) -> None:
    mine = (await api("sendMessage", chat_id=channel.id, text="mine"))["message_id"]
    theirs = await channel.post("theirs")
    await channel.promote("can_post_messages")
    refused = await api.refused("deleteMessage", chat_id=channel.id, message_id=theirs)
    assert refused == BAD + "message can't be deleted"
    assert await api("deleteMessage", chat_id=channel.id, message_id=mine)
    await channel.promote("can_delete_messages")
    assert await api("deleteMessage", chat_id=channel.id, message_id=theirs)


async def test_members_and_their_rights_are_told(api: Any, telegram: Client, channel: Channel, ann: Person) -> None:
    me, bob = await api("getMe"), await telegram.person("Bob")
    await channel.add_member(bob, "can_post_messages")
    owner = await api("getChatMember", chat_id=channel.id, user_id=ann.id)
    mine = await api("getChatMember", chat_id=channel.id, user_id=me["id"])
    bobs = await api("getChatMember", chat_id=channel.id, user_id=bob.id)
    assert (owner["status"], mine["status"], bobs["status"]) == ("creator", "administrator", "administrator")
    assert (mine["can_post_messages"], mine["can_promote_members"]) == (True, False)
    assert "can_send_welcome_messages" in mine
    administrators = await api("getChatAdministrators", chat_id=channel.id)
    assert [member["user"]["id"] for member in administrators] == [ann.id, me["id"], bob.id]
    await channel.remove_member(bob)
    assert (await api("getChatMember", chat_id=channel.id, user_id=bob.id))["status"] == "left"
    assert await api.refused("getChatMember", chat_id=channel.id, user_id=1) == BAD + "user not found"


async def test_outside_of_a_channel_its_members_are_not_told(api: Any, channel: Channel, ann: Person) -> None:
    await channel.demote()
    refused = await api.refused("getChatMember", chat_id=channel.id, user_id=ann.id)
    assert refused == BAD + "member list is inaccessible"
    assert await api.refused("getChatAdministrators", chat_id=channel.id) == BAD + "member list is inaccessible"
    await channel.rename(username="")
    refused = await api.refused("getChatMember", chat_id=channel.id, user_id=ann.id)
    assert refused == NO + "bot is not a member of the channel chat"


async def test_subscribers_are_counted(api: Any, channel: Channel) -> None:
    assert await api("getChatMemberCount", chat_id=channel.id) == 1200
    await channel.set_subscribers(1300)
    assert await api("getChatMemberCount", chat_id=f"@{'techdaily'}") == 1300


async def test_a_renamed_channel_keeps_its_number(api: Any, channel: Channel) -> None:
    await channel.rename(title="Tech Weekly", username="techweekly")
    chat = await api("getChat", chat_id=channel.id)
    assert (chat["title"], chat["username"], chat["active_usernames"]) == ("Tech Weekly", "techweekly", ["techweekly"])
    assert await api.refused("getChat", chat_id="@techdaily") == BAD + "chat not found"


async def test_a_bot_that_leaves_is_outside_and_hears_of_it(api: Any, channel: Channel) -> None:
    assert await api("leaveChat", chat_id=channel.id)
    assert (await api.updates())[0]["my_chat_member"]["new_chat_member"]["status"] == "left"
    assert (await api.refused("sendMessage", chat_id=channel.id, text="x")).startswith(NO)


async def test_invite_links_need_the_right_to_invite_and_belong_to_their_maker(api: Any, channel: Channel) -> None:
    link = await api("createChatInviteLink", chat_id=channel.id, name="ads", member_limit=5)
    edited = await api("editChatInviteLink", chat_id=channel.id, invite_link=link["invite_link"], name="more ads")
    assert (edited["name"], edited["invite_link"]) == ("more ads", link["invite_link"])
    revoked = await api("revokeChatInviteLink", chat_id=channel.id, invite_link=link["invite_link"])
    assert revoked["is_revoked"]
    primary = await api("exportChatInviteLink", chat_id=channel.id)
    assert (await api("getChat", chat_id=channel.id))["invite_link"] == primary
    refused = await api.refused("editChatInviteLink", chat_id=channel.id, invite_link="https://t.me/+x")
    assert refused == BAD + "INVITE_HASH_EXPIRED"
    both = await api.refused("createChatInviteLink", chat_id=channel.id, member_limit=1, creates_join_request=True)
    assert "member limit" in both
    await channel.promote("can_post_messages")
    refused = await api.refused("createChatInviteLink", chat_id=channel.id)
    assert refused == BAD + "not enough rights to manage chat invite link"
