"""The story: an advertiser's money on its way to a publisher, and every way in which it comes back or waits."""

from collections.abc import Awaitable, Callable

from bot.demo.stage import Stage
from domain.action import Switch

POST = "☕ Fresh beans, roasted this morning. Order before noon, drink tomorrow."


async def opening(stage: Stage) -> None:
    stage.transcript.scene("Three people start the bot: Olga runs it, Bob publishes, Ann advertises")
    for who in (stage.olga, stage.bob, stage.ann):
        await stage.say(who, "/start")


async def switches(stage: Stage) -> None:
    stage.transcript.scene("Olga creates the kill switches, all HALTED, and resumes them one by one")
    await stage.say(stage.olga, "/killswitch")
    await stage.tap(stage.olga, "Create the missing rows")
    await stage.expect("seven switches, all HALTED", "SELECT COUNT(*), SUM(enabled) FROM kill_switches", len(Switch), 0)
    for key in Switch:
        await stage.tap(stage.olga, f"Resume {key}")
        await stage.tap(stage.olga, f"Yes, resume {key}")
    await stage.expect("all seven ENABLED", "SELECT SUM(enabled) FROM kill_switches", len(Switch))


async def listing(stage: Stage) -> None:
    stage.transcript.scene("Bob lists his channel: 400 Stars for 24 hours")
    await stage.say(stage.bob, "/addchannel")
    await stage.share(stage.bob, stage.channel)
    await stage.say(stage.bob, "400")
    await stage.tap(stage.bob, "24 h")
    await stage.tap(stage.bob, "Nothing is paid")
    offer = "SELECT c.status, o.price, o.hours FROM channels c JOIN offers o ON o.channel_id = c.id"
    await stage.expect("the channel is listed", offer, "listed", 400, 24)


async def deposit(stage: Stage) -> None:
    stage.transcript.scene("Ann pays 1000 Stars into her wallet")
    await stage.say(stage.ann, "/deposit 1000")
    await stage.pay(stage.ann, 1000)
    await stage.expect_balances("paid in", ann=1000, bob=0, held=0, fees=0)


async def book(stage: Stage) -> None:
    """Ann books Bob's channel for the same post, as soon as it is approved."""
    await stage.say(stage.ann, "/new")
    await stage.say(stage.ann, POST)
    await stage.say(stage.ann, "Order - https://example.com/beans")
    await stage.tap(stage.ann, "Go on")
    await stage.tap(stage.ann, "Tech Daily")
    if (await stage.ann.chat()).find("Where are you?"):
        await stage.tap(stage.ann, "UTC")
    await stage.tap(stage.ann, "As soon as it is approved")
    await stage.tap(stage.ann, "Book for 400")


async def served(stage: Stage) -> None:
    stage.transcript.scene("Ann books, Bob approves, the post goes up and stays: Bob is paid")
    await book(stage)
    await stage.expect_balances("held", ann=600, bob=0, held=400, fees=0)
    await stage.tap(stage.bob, "Approve")
    await stage.expect("published once", "SELECT COUNT(*), MIN(status) FROM post_jobs", 1, "success")
    await stage.expect_balances("published, still held", ann=600, bob=0, held=400, fees=0)
    await stage.later("24 hours", hours=24)
    await stage.expect_balances("the end's look is not enough", ann=600, bob=0, held=400, fees=0)
    await stage.later("37 minutes", minutes=37)
    await stage.expect_balances("confirmed and paid", ann=600, bob=360, held=0, fees=40)


async def declined(stage: Stage) -> None:
    stage.transcript.scene("A second booking is declined: the money comes back")
    await book(stage)
    await stage.expect_balances("held", ann=200, bob=360, held=400, fees=40)
    await stage.tap(stage.bob, "Decline")
    await stage.tap(stage.bob, "Does not fit the channel")
    await stage.expect_balances("declined and refunded", ann=600, bob=360, held=0, fees=40)


async def deleted(stage: Stage) -> None:
    stage.transcript.scene("A third post is deleted early: the money comes back")
    await book(stage)
    await stage.tap(stage.bob, "Approve")
    await stage.later("3 hours", hours=3)
    await stage.delete_post("somebody deletes the post")
    await stage.later("21 hours", hours=21)
    await stage.expect_balances("one look found it gone: nothing moves yet", ann=200, bob=360, held=400, fees=40)
    await stage.later("4 minutes", minutes=4)
    await stage.expect_balances("a second look agrees: refunded", ann=600, bob=360, held=0, fees=40)


async def halted(stage: Stage) -> None:
    stage.transcript.scene("Payouts are HALTED: a fourth post goes up and stays, and its money waits")
    await stage.say(stage.olga, "/killswitch halt payouts suspicious activity")
    await book(stage)
    await stage.tap(stage.bob, "Approve")
    await stage.later("24 hours", hours=24)
    await stage.later("37 minutes", minutes=37)
    await stage.later("6 hours", hours=6)
    await stage.expect_balances("served, and still held", ann=200, bob=360, held=400, fees=40)
    stage.transcript.scene("Olga resumes payouts: it is paid, once")
    await stage.say(stage.olga, "/killswitch resume payouts all clear")
    await stage.tap(stage.olga, "Yes, resume payouts")
    await stage.later("1 minute", minutes=1)
    await stage.expect_balances("paid once", ann=200, bob=720, held=0, fees=80)


async def ending(stage: Stage) -> None:
    stage.transcript.scene("The books")
    await stage.say(stage.ann, "/wallet")
    await stage.say(stage.olga, "/status")
    await stage.say(stage.olga, "/books")
    for row in await stage.rows(
        """SELECT w.id, w.balance, COUNT(l.id) AS entries, COALESCE(SUM(l.amount), 0) AS total
           FROM wallets w LEFT JOIN ledger_entries l ON l.wallet_id = w.id GROUP BY w.id, w.balance ORDER BY w.id"""
    ):
        stage.transcript.fact(f"{row.id}: balance {row.balance} = sum of {row.entries} entries {row.total}")
    counted = (await stage.telegram.counts()).get(stage.channel.id, 0)
    published = "SELECT COUNT(*) FROM post_jobs WHERE published_at IS NOT NULL"
    await stage.expect(f"as many posts as Telegram counted: {counted}", published, counted)
    await stage.expect_clean_books()
    stage.transcript.end("books: clean")


SCENES: tuple[Callable[[Stage], Awaitable[None]], ...] = (
    opening,
    switches,
    listing,
    deposit,
    served,
    declined,
    deleted,
    halted,
    ending,
)
