"""What is typed in a dispute: its words, another share, an appeal; and by an admin a share and the evidence of a decision."""

from typing import Any

from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager, SubManager

from bot import disputing
from bot.dialogs.states import Bench
from bot.dialogs.states import Dispute as States
from bot.dialogs.widgets import CANCEL, Given, Say, typed, window
from bot.screen import show
from domain import disputes
from domain.countersigns import NeedsCountersign
from domain.disputes import Dispute, Status
from domain.errors import Refused


def started(manager: DialogManager | SubManager) -> dict[str, Any]:
    """The number it began with, and what else the first screen knew."""
    start = manager.start_data
    assert isinstance(start, dict)
    return start


async def facts(dialog_manager: DialogManager, **_: Any) -> dict[str, Any]:
    start = started(dialog_manager)
    share = dialog_manager.dialog_data.get("share", start.get("share", 0))
    return {"id": str(start["id"]), "price": start.get("price", 0), "share": share}


async def done(message: Message, manager: DialogManager, dispute: Dispute) -> None:
    """The dispute as it is now, in place of the dialog."""
    given = Given.of(manager)
    await manager.done()
    view = await given.do.ask(disputes.get, dispute.id)
    assert view is not None
    await show(message, disputing.screen(given.do, given.text, view))


async def words(message: Message, manager: DialogManager) -> None:
    said = message.text or message.caption or ""
    await done(message, manager, await Given.of(manager).do(disputes.open_, started(manager)["id"], said))


async def share(message: Message, manager: DialogManager) -> None:
    start = started(manager)
    wanted = disputes.read_share(message.text or "", start["price"])
    await done(message, manager, await Given.of(manager).do(disputes.propose, start["id"], wanted))


async def appeal(message: Message, manager: DialogManager) -> None:
    said = message.text or message.caption or ""
    await done(message, manager, await Given.of(manager).do(disputes.appeal, started(manager)["id"], said))


async def award(message: Message, manager: DialogManager) -> None:
    manager.dialog_data["share"] = disputes.read_share(message.text or "", started(manager)["price"])
    await manager.switch_to(Bench.evidence)


async def evidence(message: Message, manager: DialogManager) -> None:
    """Decides; where another admin has to sign first, the card of the signature goes on from here."""
    start, said = started(manager), message.text or message.caption or ""
    part = int(manager.dialog_data.get("share", start.get("share", -1)))
    try:
        decided = await Given.of(manager).do(disputes.judge, start["id"], Status(start["stage"]), part, said)
    except Refused as refused:
        if isinstance(refused.refusal, NeedsCountersign):
            await manager.done()
        raise
    await done(message, manager, decided)


def dialog() -> Dialog:
    return Dialog(
        window(States.words, Say("dispute-ask", "id"), CANCEL, typed(words), getter=facts),
        window(States.share, Say("dispute-share-ask", "price"), CANCEL, typed(share), getter=facts),
        window(States.appeal, Say("dispute-appeal-ask", "id"), CANCEL, typed(appeal), getter=facts),
    )


def bench() -> Dialog:
    return Dialog(
        window(Bench.share, Say("dispute-share-ask", "price"), CANCEL, typed(award), getter=facts),
        window(Bench.evidence, Say("award-ask", "share", "price"), CANCEL, typed(evidence), getter=facts),
    )
