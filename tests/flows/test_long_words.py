"""Whatever people write, and however long, what it is written in is shown and what tells of it is sent."""

from bot.texts import MOST_MESSAGE, cut
from domain import books, countersigns
from domain.countersigns import NeedsCountersign
from domain.errors import Refused
from tests.conftest import ADMIN, OTHER_ADMIN
from tests.flows.conftest import Town
from tests.flows.test_countersigns import opened as signed_and_resumed
from tests.flows.test_disputes import hours, opened, published


async def test_a_ticket_of_quotes_reaches_the_staff(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.open_everything()
    words = '&"' * 450
    await town.say(ann, f"/report {words}")
    await town.drain()
    await olga.sees(words)
    assert town.sql("SELECT id FROM notices WHERE status = 'owed'") == []
    await town.tap(olga, "ticket-look")
    assert words in (await town.newest(olga)).text


async def test_a_dispute_of_quotes_from_beginning_to_end_is_shown_to_all(town: Town) -> None:
    olga, pavel = await town.admin(), await town.person("Pavel", id=OTHER_ADMIN)
    ann, bob, placement = await published(town)
    await opened(town, ann, "'" * 1000)
    await hours(town, 49)
    await town.tap(olga, "dispute-show")
    await town.tap(olga, "award-refund")
    await town.say(olga, '"' * 1000)
    await town.drain()
    await town.tap(bob, "dispute-show")
    await town.tap(bob, "plea-appeal")
    await town.say(bob, "&" * 1000)
    await town.drain()
    await town.tap(pavel, "dispute-show")
    card = await town.newest(pavel)
    for words in ("'", '"', "&"):
        assert words * 1000 in card.text
    assert len(card.text) <= MOST_MESSAGE
    assert (
        town.said("dispute-step", at="", step="appealed", who="publisher", share=0, words="none").strip() in card.text
    )
    await town.tap(pavel, "award-release", price=400)
    assert "&" * 1000 in (await town.say(pavel, "<" * 1000)).text
    await town.tick()
    assert town.status(placement) == ("released", "success", "posted")
    assert town.sql("SELECT id FROM notices WHERE status = 'owed'") == []


async def test_a_signature_under_long_evidence_is_asked_for_and_its_command_is_whole_or_not_there(
    capital: Town,
) -> None:
    town = capital
    olga, pavel = await town.admin(), await town.person("Pavel", id=OTHER_ADMIN)
    await signed_and_resumed(town)
    admin = town.app.gate.user(ADMIN)
    evidence = '"' * 3000
    try:
        await admin(books.adjust, "t-1", "external:XTR", "suspense:XTR", 5, evidence)
    except Refused as refused:
        needs = refused.refusal
    assert isinstance(needs, NeedsCountersign)
    await admin(countersigns.ask, needs.act, needs.arguments)
    await town.drain()
    assert cut(evidence, 700) in (await town.newest(pavel)).text
    arguments = {"wallet": "fees:XTR", "from": 1, "to": 0, "evidence": evidence}
    for number, words in ((3, evidence), (4, "a 'letter'")):
        asked = await admin(countersigns.ask, "books.rebuild", arguments | {"evidence": words})
        assert asked.id == number
        await town.app.gate.user(OTHER_ADMIN)(countersigns.sign, asked.id)
        await town.drain()
        card = (await town.newest(olga)).text
        assert ("holdfast books rebuild" in card) == (words != evidence)
        assert f"--countersign {number} --as {ADMIN}" in card
