"""The desk of the staff by its buttons: queues, search and cards, tickets, blocks, a second try, the staff, the audit trail."""

from bot.buttons import Case, Deed, Desk, Go, To, Trail
from bot.numbers import LARGEST
from bot.sandbox import Fault
from domain.finds import Kind
from tests.conftest import ADMIN, OTHER_ADMIN
from tests.flows.conftest import Town


async def test_a_report_waits_at_the_desk_and_is_closed_with_a_statement(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.open_everything()
    await town.funded(ann, 700)
    await town.say(ann, "/report my <balance> is wrong")
    await town.drain()
    await olga.sees("my <balance> is wrong")
    await town.tap(olga, "ticket-look")
    await town.say(olga, "/menu")
    await town.tap(olga, "menu-desk")
    await town.tap(olga, "desk-tickets", many=1)
    await town.tap(olga, "desk-ticket", id="1", name="Ann", words="my <balance> is wrong")
    await town.tap(olga, "desk-close")
    assert (await town.newest(olga)).text == town.said("desk-reason", deed="close", kind="ticket", id="1")
    closed = await town.say(olga, "your top-up of 2 March is in")
    assert (
        town.said("case-ticket-statement", wallet=f"user:{ann.id}:XTR", balance=700, entries=700, many=1) in closed.text
    )
    assert town.label("desk-close") not in closed.buttons
    await town.tick()
    facts = {"wallet": f"user:{ann.id}:XTR", "balance": 700, "entries": 700, "many": 1}
    await ann.sees(town.said("notice-ticket-closed", id="1", evidence="your top-up of 2 March is in", **facts))
    await town.say(olga, "/admin")
    await town.tap(olga, "desk-tickets", many=0)
    await town.tap(olga, "desk-to-closed-tickets")
    assert town.said("desk-list-closed-tickets", total=1) in (await town.newest(olga)).text


async def test_search_opens_a_card_whose_links_lead_on(town: Town) -> None:
    olga, bob, ann = await town.admin(), await town.person("Bob", username="bobtea"), await town.person("Ann")
    await town.open_everything()
    await town.listed(bob)
    await town.funded(ann)
    placement = await town.booked(ann)
    await town.say(ann, "/report help")
    told = {}
    for kind, noun, word in (
        ("deposit", "deposit", "credited"),
        ("ticket", "ticket", "open"),
        ("placement", "job", "queued"),
    ):
        told[kind] = town.label(f"word-{noun}", word=word)
        card = await town.say(olga, f"/find {kind}:{placement if kind == 'placement' else 1}")
        assert kind == "ticket" or told[kind] in card.text
        assert town.language == "en" or word not in card.text
    buttons = (await town.say(olga, f"/find user:{ann.id}")).buttons
    assert town.label("find-line", kind="ticket", id="1", name=told["ticket"]) in buttons
    assert town.label("status-job", status=told["placement"], many=1) in (await town.say(olga, "/status")).text
    card = await town.say(olga, "/find https://t.me/TechDaily")
    assert "Tech Daily" in card.text
    await olga.tap(town.label("find-line", kind="placement", id=str(placement), name="Tech Daily"))
    assert town.label("find-line", kind="user", id="", name="Ann") in (await town.newest(olga)).buttons
    await olga.tap(town.label("find-line", kind="transfer", id="", name=f"escrow:{placement}:hold"))
    assert f"escrow:{placement}" in (await town.newest(olga)).text
    await olga.tap(town.label("find-line", kind="user", id="", name="Ann"))
    assert f"{ann.id}" in (await town.newest(olga)).text
    await town.tap(olga, "find-trail")
    await town.say(olga, "/find")
    assert (await town.newest(olga)).text == town.said("find-ask")
    assert "@bobtea" in (await town.say(olga, "@bobtea")).text
    several = await town.say(olga, f"/find {placement}")
    assert town.label("find-line", kind="channel", id="", name="Tech Daily") in several.buttons
    assert (await town.say(olga, "/find <nothing>")).text == town.said("find-found", total=0, words="<nothing>")
    town.clock.forward(hours=25)
    await town.say(olga, "/admin")
    await town.tap(olga, "desk-overdue", many=1)
    await town.tap(
        olga,
        "desk-escrow",
        id=str(placement),
        channel="Tech Daily",
        amount=400,
        job=town.label("word-job", word="queued"),
    )
    assert f"{placement}" in (await town.newest(olga)).text


async def test_an_admin_blocks_and_unblocks_by_buttons_and_by_command(town: Town) -> None:
    olga, bob, ann = await town.admin(), await town.person("Bob"), await town.person("Ann")
    await town.open_everything()
    await town.listed(bob)
    await town.funded(ann)
    await town.say(olga, f"/find user:{bob.id}")
    await town.tap(olga, "desk-block")
    assert (await town.newest(olga)).text == town.said("desk-reason", deed="block", kind="user", id=str(bob.id))
    said = await town.say(olga, "fraud")
    assert said.text.startswith(town.said("desk-done"))
    assert town.label("desk-unblock") in said.buttons
    await town.tick()
    await bob.sees(town.said("notice-blocked", blocked=True))
    assert town.label("menu-channels") in (await town.say(bob, "/menu")).buttons
    assert "Tech Daily" not in " ".join((await town.say(ann, "/catalog")).buttons)
    await town.say(olga, f"/unblock {bob.id} cleared")
    assert town.sql.one("SELECT blocked_at FROM users WHERE id = :id", id=bob.id) is None
    await town.say(olga, "/block channel:1 spam")
    assert town.sql.one("SELECT blocked_at FROM channels") is not None
    assert "Tech Daily" not in " ".join((await town.say(ann, "/catalog")).buttons)
    await town.say(olga, "/unblock @TechDaily cleared")
    assert "Tech Daily" in " ".join((await town.say(ann, "/catalog")).buttons)
    assert (await town.say(olga, "/block 7")).text == town.said("block-usage")
    assert (await town.say(olga, "/block 999999 why")).text == town.said("error-not-found")
    await town.say(olga, f"/find {OTHER_ADMIN + 1} nobody")
    assert (await town.say(olga, f"/block {ADMIN} coup")).text == town.said("error-is-admin")


async def test_an_admin_whose_stars_were_taken_back_is_unblocked_by_another(town: Town) -> None:
    olga, paul = await town.admin(), await town.person("Paul", id=OTHER_ADMIN)
    await town.open_everything()
    await town.say(paul, "/deposit 300")
    charge = await paul.pay(balance=300)
    await town.telegram.idle()
    await town.telegram.refund_from_outside(charge)
    await town.telegram.idle()
    assert (await town.say(paul, f"/unblock {paul.id} my bank")).text == town.said("error-own-block")
    card = await town.say(olga, f"/find user:{paul.id}")
    assert town.label("desk-unblock") in card.buttons
    assert town.label("desk-block") not in card.buttons
    await town.tap(olga, "desk-unblock")
    said = await town.say(olga, "his bank's mistake")
    assert said.text.startswith(town.said("desk-done"))
    assert town.label("desk-unblock") not in said.buttons
    assert town.sql.one("SELECT blocked_at FROM users WHERE id = :id", id=paul.id) is None


async def test_what_telegram_refused_is_tried_again_as_new_after_asking_twice(town: Town) -> None:
    olga, bob, ann = await town.admin(), await town.person("Bob"), await town.person("Ann")
    await town.open_everything()
    channel = await town.listed(bob)
    await town.funded(ann)
    old = await town.booked(ann)
    await town.telegram.fault("sendMessage", Fault.BAD_REQUEST, chat=channel, times=1)
    await town.tap(bob, "request-approve")
    await town.tick()
    assert town.status(old) == ("refunded", "failed", "refunded")
    await town.say(olga, f"/find placement:{old}")
    await town.tap(olga, "desk-retry")
    asked = await town.newest(olga)
    assert town.said("retry-sure") in asked.text
    assert town.sql.one("SELECT COUNT(*) AS n FROM escrows") == 1
    await town.tap(olga, "desk-sure")
    new = town.sql.one("SELECT MAX(id) AS id FROM escrows")
    assert town.status(new) == ("held", "queued", "pending")
    await olga.press(Desk(deed=Deed.sure, kind=Kind.placement, id=old).pack(), asked.id)
    assert town.sql.one("SELECT COUNT(*) AS n FROM escrows") == 2
    assert town.label("desk-retry") not in (await town.say(olga, f"/find placement:{old}")).buttons
    await town.drain()
    await ann.sees(town.said("notice-retried", old=str(old), id=str(new), channel="Tech Daily", price=400))
    await town.tap(ann, "retried-look")
    await town.tap(ann, "placement-cancel")
    await town.tap(ann, "placement-cancel-yes")
    await town.tick()
    assert town.status(new) == ("refunded", "failed", "refunded")


async def test_who_is_of_the_staff_is_listed_and_operators_are_appointed_and_dismissed(town: Town) -> None:
    olga, oleg = await town.admin(), await town.person("Oleg", username="olegtea")
    said = await town.say(olga, "/staff")
    assert town.label("staff-line", id=str(ADMIN), role="admin", name="Olga") in said.buttons
    assert town.label("staff-line", id=str(OTHER_ADMIN), role="admin", name="none") in said.buttons
    assert (await town.say(olga, "/staff promote")).text == town.said("staff-usage")
    await town.say(olga, "/staff appoint @olegtea night shift")
    assert town.label("menu-desk") in (await town.say(oleg, "/menu")).buttons
    await town.say(olga, "/staff")
    await town.tap(olga, "staff-line", id=str(oleg.id), role="operator", name="Oleg")
    await town.tap(olga, "desk-dismiss")
    await town.say(olga, "thanks")
    assert town.label("menu-desk") not in (await town.say(oleg, "/menu")).buttons


async def test_an_operator_reads_everything_and_decides_nothing(town: Town) -> None:
    olga, oleg, ann = await town.admin(), await town.person("Oleg"), await town.person("Ann")
    await town.say(ann, "/report help")
    town.sql("UPDATE users SET is_operator = 1 WHERE id = :id", id=oleg.id)
    await town.say(olga, "/admin")
    assert town.label("desk-countersigns", many=0) in (await town.newest(olga)).buttons
    assert town.label("desk-countersigns", many=0) not in (await town.say(oleg, "/admin")).buttons
    before = town.sql.picture()
    message = (await town.newest(oleg)).id
    things = [(Deed.block, Kind.user, ann.id), (Deed.close, Kind.ticket, 1), (Deed.appoint, Kind.user, ann.id)]
    for deed, kind, number in things:
        assert town.label(f"desk-{deed}") not in (await town.say(oleg, f"/find {kind}:{number}")).buttons
        pressed = Desk(deed=deed, kind=kind, id=number)
        assert await oleg.press(pressed.pack(), message) == town.said("error-not-allowed")
        for person in (olga, oleg):
            missing = Desk(deed=deed, kind=kind, id=99)
            assert await person.press(missing.pack(), (await town.newest(person)).id) == town.said("error-not-found")
    assert (await town.say(oleg, f"/block {ann.id} why")).text == town.said("error-not-allowed")
    assert (await town.say(oleg, f"/staff appoint {oleg.id} me")).text == town.said("error-not-allowed")
    sure = Desk(deed=Deed.sure, kind=Kind.placement, id=1)
    assert await oleg.press(sure.pack(), message) == town.said("error-not-allowed")
    assert town.sql.picture() == before


async def test_the_audit_trail_turns_its_pages_and_keeps_its_filters(town: Town) -> None:
    olga, ann = await town.admin(), await town.person("Ann")
    await town.open_everything()
    for n in range(3):
        await town.say(ann, f"/report {n}")
    await town.funded(ann)
    first = await town.say(olga, "/audit")
    assert town.said("audit", wanted=town.label("audit-all")) in first.text
    assert first.text.count("#") == 8
    await town.tap(olga, "wallet-older")
    second = await town.newest(olga)
    assert not set(first.text.splitlines()[1:]) & set(second.text.splitlines()[1:])
    said = await town.say(olga, f"/audit who {ann.id} act tickets.report since 1h")
    assert said.text.count("tickets.report") == 3 + 1
    await town.tap(olga, "audit-only-refused")
    assert town.said("audit-none") in (await town.newest(olga)).text
    assert (await town.say(olga, "/audit by ann")).text == town.said("error-unclear-trail", words="by ann")
    assert (await town.say(olga, "/audit about 7")).text == town.said("error-unclear-trail", words="about 7")
    assert (await town.say(olga, "/audit since yesterday")).text == town.said("error-unclear-trail", words="yesterday")
    long = await town.say(
        olga, f"/audit about placement:{10**14} who system:settlement act post_jobs.mark_unsent_somehow"
    )
    assert town.said("audit-none") in long.text
    message = (await town.newest(olga)).id
    for data in (
        Trail(before=-5),
        Trail(since=-1),
        Trail(since=10**15),
        Trail(before=LARGEST),
        Case(kind=Kind.user, id=LARGEST),
    ):
        assert await olga.press(data.pack(), message) in (None, town.said("error-not-found"))
    assert await ann.press(Go(to=To.audit).pack(), (await town.newest(ann)).id) == town.said("stale")
