"""Where a channel stands: the greatest message id ever seen in it. What is sent from then on has a greater one."""

from collections.abc import Iterable

from sqlalchemy import bindparam, update

from domain.action import SYSTEM, Act, action
from domain.base import table
from domain.channels import Channel

c = table(Channel)
SAW = (
    update(c)
    .where(c.c.chat_id == bindparam("chat"), c.c.newest_message_id < bindparam("newest"))
    .values(newest_message_id=bindparam("newest"))
)


def raise_newest(act: Act, seen: Iterable[tuple[int, int]]) -> None:
    """Keeps the greatest of the messages seen (chat, id) in each chat."""
    if rows := [{"chat": chat, "newest": message} for chat, message in sorted(seen)]:
        act.conn.execute(SAW, rows)


@action("channels.saw", roles=SYSTEM, gates=())
def saw(act: Act, chat_id: int, message_id: int) -> None:
    """A message of a channel came before our eyes."""
    raise_newest(act, [(chat_id, message_id)])
    act.record("channels", chat_id, message=message_id)
