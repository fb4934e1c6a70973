"""A dispute in the chat, from the placement's card to the money: talks, a judge, an appeal, and presses that come too late."""

from bot.buttons import Argue, Award, Bench, Case, Contest, Plea
from bot.sandbox import Person
from domain.finds import Kind
from tests.conftest import OTHER_ADMIN
from tests.flows.conftest import Town
from tests.flows.test_countersigns import opened as signed_and_resumed


async def published(town: Town, hours: int = 24) -> tuple[Person, Person, int]:
    """Ann's post stands in Bob's channel; each has the card of it."""
    if not town.sql("SELECT key FROM kill_switches"):
        await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    await town.listed(bob, hours=hours)
    await town.funded(ann)
    placement = await town.booked(ann)
    await town.tap(bob, "request-approve")
    await town.drain()
    return ann, bob, placement


async def opened(town: Town, ann: Person, words: str = "the <b>link</b> is missing") -> None:
    await town.tap(ann, "dispute-open")
    assert town.said("dispute-ask", id="1") in (await town.newest(ann)).text
    card = await town.say(ann, words)
    assert words in card.text
    await town.drain()


async def hours(town: Town, many: int) -> None:
    town.clock.forward(hours=many)
    await town.tick()


def state(town: Town) -> str:
    return str(town.sql.one("SELECT status FROM disputes"))


async def test_the_sides_come_to_terms_and_each_gets_its_part(town: Town) -> None:
    ann, bob, placement = await published(town)
    await opened(town, ann)
    facts = {"channel": "Tech Daily", "words": "the <b>link</b> is missing", "share": 0, "price": 400, "until": "none"}
    await bob.sees(town.said("notice-dispute", step="opened", **facts))
    await town.tap(bob, "dispute-show")
    assert town.label("plea-withdraw") not in (await town.newest(bob)).buttons
    await town.tap(bob, "plea-half", half=200)
    await town.drain()
    await ann.sees(town.said("notice-dispute", step="proposed", **facts | {"share": 200}))
    await town.tap(ann, "dispute-show")
    assert town.said("dispute-proposal", side="publisher", share=200, price=400) in (await town.newest(ann)).text
    await town.tap(ann, "plea-other")
    wrong = await town.say(ann, "a third")
    assert town.said("error-out-of-range", what="share", least=0, most=400) in wrong.text
    assert town.label("plea-judge") in (await town.say(ann, "25%")).buttons
    assert await town.tap(ann, "plea-half", half=200) is None
    assert state(town) == "settled"
    await town.tick()
    assert town.status(placement) == ("released", "success", "posted")
    assert (town.balance(ann), town.balance(bob)) == (800, 180)
    await bob.sees(town.said("notice-paid", channel="Tech Daily", amount=400, payout=180, fee=20, rebate=200))
    # the old button comes too late, and changes nothing
    before = town.sql.picture()
    late = await ann.press(Argue(plea=Plea.refund, id=1).pack(), (await town.newest(ann)).id)
    assert late == town.said("error-wrong-state", noun="disputes", status="settled")
    assert town.sql.picture() == before


async def test_a_judge_decides_and_another_one_the_appeal(town: Town) -> None:
    olga, pavel = await town.admin(), await town.person("Pavel", id=OTHER_ADMIN)
    ann, bob, placement = await published(town)
    await opened(town, ann)
    await hours(town, 49)  # its time is over too, and it was up
    assert town.status(placement)[0] == "held"
    needed = {"appeal": False, "id": "1", "channel": "Tech Daily", "price": 400}
    await olga.sees(town.said("notice-dispute-judge", **needed))
    await town.say(olga, "/admin")
    await town.tap(olga, "desk-disputes", many=1)
    await town.tap(olga, "desk-dispute", status="judging", id="1", channel="Tech Daily", price=400)
    await town.tap(olga, "award-other")
    await town.say(olga, "25%")
    assert (await town.newest(olga)).text == town.said("award-ask", share=100, price=400)
    card = await town.say(olga, "the link was there for an hour")
    assert town.said("dispute-evidence", words="the link was there for an hour") in card.text
    await town.tick()
    assert town.status(placement)[0] == "held"
    await town.tap(ann, "dispute-show")
    await town.tap(ann, "plea-accept")
    assert town.label("plea-appeal") not in (await town.newest(ann)).buttons
    await town.tap(bob, "dispute-show")
    await town.tap(bob, "plea-appeal")
    assert (await town.newest(bob)).text == town.said("dispute-appeal-ask", id="1")
    await town.say(bob, "it was there all day")
    await town.drain()
    await pavel.sees(town.said("notice-dispute-judge", **needed | {"appeal": True}))
    again = Bench(award=Award.refund, id=1, appealed=True)
    await olga.press(again.pack(), (await town.newest(olga)).id)
    assert (await town.say(olga, "no")).text == town.said("error-same-judge")
    old = await pavel.press(Bench(award=Award.refund, id=1).pack(), (await town.newest(pavel)).id)
    assert old == town.said("error-wrong-state", noun="disputes", status="appealed")
    await town.tap(pavel, "dispute-show")
    await town.tap(pavel, "award-release", price=400)
    await town.say(pavel, "the looks say it was up")
    assert state(town) == "final"
    await town.tick()
    assert town.status(placement) == ("released", "success", "posted")
    assert (town.balance(ann), town.balance(bob)) == (600, 360)


async def test_paid_already_it_is_too_late(town: Town) -> None:
    ann, _, placement = await published(town, hours=0)
    assert town.status(placement)[0] == "released"  # without a minimum time it is paid at once
    late = await ann.press(Contest(id=placement).pack(), (await town.newest(ann)).id)
    assert late == town.said("error-not-disputable", status="released")
    assert town.sql("SELECT * FROM disputes") == []


async def test_taken_back_after_asking_twice_what_became_due_meanwhile_is_paid(town: Town) -> None:
    ann, bob, placement = await published(town)
    await opened(town, ann)
    await town.hours(26)
    assert town.sql.one("SELECT served_at FROM post_jobs") is not None
    assert town.status(placement)[0] == "held"
    await ann.press(Contest(id=placement).pack(), (await town.newest(ann)).id)
    await town.tap(ann, "plea-withdraw")
    assert (await town.newest(ann)).text == town.said("dispute-withdraw-ask")
    assert state(town) == "talks"
    await town.tap(ann, "plea-sure")
    assert state(town) == "withdrawn"
    await town.tick()
    assert town.status(placement) == ("released", "success", "posted")
    assert town.balance(bob) == 360


async def test_an_admin_sees_it_from_the_placement_and_a_party_is_no_judge(town: Town) -> None:
    olga = await town.admin()
    ann, _, placement = await published(town)
    await opened(town, ann)
    await town.say(olga, f"/find placement:{placement}")
    await town.tap(olga, "dispute-show")
    shown = await town.newest(olga)
    assert town.label("award-refund") not in shown.buttons  # the sides still talk
    assert town.label("plea-refund") not in shown.buttons
    await olga.press(Case(kind=Kind.placement, id=placement).pack(), shown.id)
    await hours(town, 48)
    town.sql("INSERT INTO channel_managers (channel_id, user_id) VALUES (1, :id)", id=olga.id)
    said = await olga.press(Bench(award=Award.refund, id=1).pack(), shown.id)
    assert said == town.said("error-party-cannot-judge")


async def test_in_production_a_decision_above_the_limit_takes_two(capital: Town) -> None:
    town = capital
    olga, pavel = await town.admin(), await town.person("Pavel", id=OTHER_ADMIN)
    await signed_and_resumed(town)
    ann, bob, placement = await published(town)
    await opened(town, ann)
    await hours(town, 48)
    await olga.press(Bench(award=Award.half, id=1).pack(), (await town.newest(olga)).id)
    asked = await town.say(olga, "half of it was up")
    assert "half of it was up" in asked.text
    await town.tick()
    await town.tap(pavel, "countersign-sign")
    await town.drain()
    await town.tap(olga, "countersign-act")
    assert state(town) == "decided"
    await hours(town, 48)
    assert town.status(placement) == ("released", "success", "posted")
    assert (town.balance(ann), town.balance(bob)) == (800, 180)
