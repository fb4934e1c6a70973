"""Who is blocked books, approves and lists nothing; what runs is resolved and paid as owed. And who is an operator."""

from domain import approvals, blocks, campaigns, channels, escrow, payments, users
from domain.approvals import ChannelBlocked
from domain.blocks import OwnBlock
from domain.campaigns import NotListed
from domain.errors import NotAllowed, NotFound, OutOfRange, WrongState
from domain.users import IsAdmin
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House, refusal
from tests.story import ANN, BOB, CLEO, balance


async def block(house: House, user: int, *, blocked: bool = True) -> None:
    await house.gate.user(ADMIN)(blocks.block_user, user, "fraud, letter of 2 March", blocked=blocked)


async def test_a_blocked_advertiser_books_nothing_and_what_runs_is_paid(house: House) -> None:
    placement = await story.booked(house)
    second = await story.draft(house, placement.channel)
    await block(house, ANN)
    assert await refusal(house.gate.user(ANN)(escrow.hold, (second.id,))) == NotAllowed("escrow.hold")
    assert await refusal(story.draft(house, placement.channel)) == NotAllowed("campaigns.draft")
    await story.succeed(house, placement)
    await house.system(escrow.release, placement.id)
    assert (balance(house, f"user:{ANN}:XTR"), balance(house, f"user:{BOB}:XTR")) == (600, 360)
    await block(house, ANN, blocked=False)
    await house.gate.user(ANN)(escrow.hold, (second.id,))
    assert balance(house, f"user:{ANN}:XTR") == 200


async def test_a_blocked_publisher_approves_and_lists_nothing_and_declines_still(house: House) -> None:
    placement = await story.booked(house)
    second = await story.draft(house, placement.channel)
    await block(house, BOB)
    assert await refusal(story.approve(house, placement)) == NotAllowed("approvals.approve")
    assert await refusal(house.gate.user(ANN)(escrow.hold, (second.id,))) == NotListed(placement.channel)
    assert await refusal(story.draft(house, placement.channel)) == NotListed(placement.channel)
    assert await house.gate.user(ANN).ask(channels.catalogue) == ([], 0)
    assert await refusal(story.channel(house, chat_id=-1002)) == NotAllowed("channels.register")
    await story.decline(house, placement)
    await house.system(escrow.refund, placement.id)
    assert balance(house, f"user:{ANN}:XTR") == 1000


async def test_a_published_post_of_a_blocked_publisher_is_paid(house: House) -> None:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    await block(house, BOB)
    await house.system(escrow.release, placement.id)
    assert balance(house, f"user:{BOB}:XTR") == 360


async def test_a_blocked_channel_is_not_booked_nor_approved_until_it_is_unblocked(house: House) -> None:
    placement = await story.booked(house)
    second = await story.draft(house, placement.channel)
    admin = house.gate.user(ADMIN)
    await admin(blocks.block_channel, placement.channel, "fraud", blocked=True)
    await house.gate.user(BOB)(channels.offer, placement.channel, 400, 0)  # its owner cannot undo it
    assert await refusal(house.gate.user(ANN)(escrow.hold, (second.id,))) == NotListed(placement.channel)
    assert await refusal(story.draft(house, placement.channel)) == NotListed(placement.channel)
    assert await refusal(story.approve(house, placement)) == ChannelBlocked("Tech Daily")
    await admin(blocks.block_channel, placement.channel, "cleared", blocked=False)
    await story.approve(house, placement)
    await house.gate.user(ANN)(escrow.hold, (second.id,))


async def test_the_reasons_are_audited_and_the_blocked_are_told_once(house: House) -> None:
    placement = await story.booked(house)
    for _ in range(2):
        await block(house, BOB)
        await house.gate.user(ADMIN)(blocks.block_channel, placement.channel, "spam", blocked=True)
    events = house.sql(
        "SELECT noun, subject, actor FROM audit_events WHERE action IN ('users.block', 'channels.block') ORDER BY id"
    )
    assert events == [
        {"noun": "users", "subject": f"{BOB}", "actor": f"user:{ADMIN}"},
        {"noun": "channels", "subject": f"{placement.channel}", "actor": f"user:{ADMIN}"},
    ]
    (kept, _) = house.sql(
        "SELECT CAST(details AS TEXT) AS d FROM audit_events WHERE noun IN ('users', 'channels') ORDER BY id DESC"
    )[:2][::-1]
    assert "letter of 2 March" in kept["d"]
    told = ["blocked", "channel-blocked"]
    kinds = [row for row in house.sql("SELECT kind, user_id FROM notices ORDER BY id") if row["kind"] in told]
    assert kinds == [{"kind": "blocked", "user_id": BOB}, {"kind": "channel-blocked", "user_id": BOB}]


async def test_only_admins_block_and_appoint_and_never_an_admin(house: House) -> None:
    placement = await story.booked(house)
    await story.people(house, OTHER_ADMIN)
    admin = house.gate.user(ADMIN)
    await admin(users.appoint, CLEO, "night shift", operator=True)
    for act, given in ((blocks.block_user, {"blocked": True}), (users.appoint, {"operator": True})):
        assert isinstance(await refusal(house.gate.user(CLEO)(act, BOB, "why", **given)), NotAllowed)
        assert isinstance(await refusal(house.gate.system("shell")(act, BOB, "why", **given)), NotAllowed)
        assert await refusal(admin(act, OTHER_ADMIN, "coup", **given)) == IsAdmin()
        assert await refusal(admin(act, 77, "nobody", **given)) == NotFound("users")
        assert await refusal(admin(act, BOB, "  ", **given)) == OutOfRange("reason", 1, 300)
    assert isinstance(
        await refusal(house.gate.user(CLEO)(blocks.block_channel, placement.channel, "x", blocked=True)), NotAllowed
    )
    assert await refusal(admin(blocks.block_channel, 99, "x", blocked=True)) == NotFound("channels")


async def test_an_operator_reads_until_dismissed_or_blocked(house: House) -> None:
    await story.booked(house)
    admin, cleo = house.gate.user(ADMIN), house.gate.user(CLEO)
    for after in (
        lambda: admin(users.appoint, CLEO, "thanks", operator=False),
        lambda: admin(blocks.block_user, CLEO, "leaked", blocked=True),
    ):
        await admin(users.appoint, CLEO, "night shift", operator=True)
        assert await cleo.ask(escrow.overdue_count) == 0
        assert [one.id for one in await admin.ask(users.staff)] == [CLEO, ADMIN]
        await after()
        assert isinstance(await refusal(cleo.ask(escrow.overdue_count)), NotAllowed)
    assert await refusal(admin(users.appoint, CLEO, "again", operator=True)) == WrongState("users", "blocked")


async def test_a_draft_may_be_begun_again_after_a_block(house: House) -> None:
    placement = await story.booked(house)
    await block(house, ANN)
    assert await house.gate.user(ANN).ask(campaigns.mine, placement.campaign) is not None
    version = house.sql.one("SELECT version FROM campaign_targets WHERE id = :id", id=placement.id)
    await house.gate.user(BOB)(approvals.approve, placement.id, version)


async def test_an_admin_whose_stars_are_taken_back_is_blocked_and_unblocked_by_another_admin(house: House) -> None:
    placement = await story.booked(house)
    await story.people(house, OTHER_ADMIN)
    await story.fund(house, ADMIN, 900, "ca")
    await house.system(payments.take_back, "ca")
    mine, other = house.gate.user(ADMIN), house.gate.user(OTHER_ADMIN)
    assert await refusal(story.draft(house, placement.channel, by=ADMIN)) == NotAllowed("campaigns.draft")
    assert await refusal(mine(blocks.block_user, ADMIN, "my bank's mistake", blocked=False)) == OwnBlock()
    await mine(users.appoint, CLEO, "an admin decides still", operator=True)
    assert (await other(blocks.block_user, ADMIN, "his bank's mistake", blocked=False)).blocked_at is None
    await story.draft(house, placement.channel, by=ADMIN)
    assert await refusal(other(blocks.block_user, ADMIN, "coup", blocked=True)) == IsAdmin()
    told = house.sql("SELECT user_id FROM notices WHERE kind = 'blocked'")
    assert told == [{"user_id": ADMIN}]


async def test_whoever_is_blocked_already_stays_so_since_then_when_their_stars_are_taken_back(house: House) -> None:
    await story.booked(house)
    await block(house, ANN)
    since = house.sql.one("SELECT blocked_at FROM users WHERE id = :id", id=ANN)
    house.clock.forward(days=1)
    await house.system(payments.take_back, "c1")
    assert house.sql.one("SELECT blocked_at FROM users WHERE id = :id", id=ANN) == since
    about = "SELECT subject FROM audit_events WHERE action = 'payments.take_back' AND noun = 'users'"
    assert house.sql(about) == [{"subject": f"{ANN}"}]
