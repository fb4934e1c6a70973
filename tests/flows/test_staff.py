"""What the staff does in the chat: the kill switches by hand, the state of things; and that nobody else can."""

import pytest

from bot.buttons import Flick, Flip, Go, To
from bot.texts import MOST_MESSAGE
from domain import kill_switches
from domain.action import Limit, Switch
from domain.kill_switches import NO_REASON
from domain.users import MOST_REASON
from tests.conftest import ADMIN
from tests.flows.conftest import Town

COMMANDS = ["/killswitch", "/killswitch halt payouts now", "/status", "/books", "/countersigns", "/launch"]


async def test_the_board_creates_halts_and_resumes(town: Town) -> None:
    olga = await town.admin()
    board = await town.say(olga, "/killswitch")
    assert board.text.count(town.said("board-missing").strip()) == len(Switch)
    await town.tap(olga, "board-init")
    assert town.sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE NOT enabled") == len(Switch)
    await town.tap(olga, "board-resume", key="payouts")
    asked = await town.newest(olga)
    assert town.said("switch-does", key="payouts") in asked.text
    assert town.sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE enabled") == 0
    await town.tap(olga, "board-sure-yes", key="payouts")
    assert town.sql("SELECT key FROM kill_switches WHERE enabled") == [{"key": "payouts"}]
    await town.tap(olga, "board-halt", key="payouts")
    assert town.said("board-halted", key="payouts") in (await town.newest(olga)).text
    assert town.sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE enabled") == 0


async def test_halting_takes_effect_at_once_and_resuming_is_asked_again(town: Town) -> None:
    olga = await town.admin()
    await town.open_everything()
    said = await town.say(olga, "/killswitch halt payouts ledger <differs>")
    assert town.said("board-halted", key="payouts") in said.text
    assert "ledger <differs>" in said.text
    (flip,) = town.sql("SELECT enabled, reason, actor FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1")
    assert (bool(flip["enabled"]), flip["reason"], flip["actor"]) == (False, "ledger <differs>", f"user:{ADMIN}")
    again = await town.say(olga, "/killswitch halt payouts once more")
    assert town.said("board-halted-already", key="payouts") in again.text
    asked = await town.say(olga, "/killswitch resume payouts books are clean")
    assert town.sql.one("SELECT enabled FROM kill_switches WHERE key = 'payouts'") in (0, False)
    assert "books are clean" in asked.text
    await town.tap(olga, "board-sure-yes", key="payouts")
    assert town.sql.one("SELECT reason FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1") == "books are clean"
    assert town.sql.one("SELECT enabled FROM kill_switches WHERE key = 'payouts'") in (1, True)


async def test_off_halts_and_on_is_never_guessed(town: Town) -> None:
    olga = await town.admin()
    await town.open_everything()
    await town.say(olga, "/killswitch off new_escrows incident")
    assert town.sql.one("SELECT enabled FROM kill_switches WHERE key = 'new_escrows'") in (0, False)
    before = town.sql.picture()
    asked = await town.say(olga, "/killswitch on new_escrows over")
    assert asked.text == town.said("board-on", key="new_escrows")
    assert town.sql.picture() == before
    await town.tap(olga, "board-on-resume")
    assert town.sql.picture() == before
    await town.tap(olga, "board-sure-yes", key="new_escrows")
    assert town.sql.one("SELECT reason FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1") == "over"
    await town.say(olga, "/killswitch on payouts")
    await town.tap(olga, "board-on-halt")
    assert town.sql.one("SELECT enabled FROM kill_switches WHERE key = 'payouts'") in (0, False)


async def test_a_reason_typed_for_one_act_is_not_taken_for_another(town: Town) -> None:
    olga = await town.admin()
    await town.open_everything()
    board = await town.say(olga, "/killswitch")
    await town.say(olga, "/killswitch resume payouts books are clean")
    await olga.tap(town.label("board-halt", key="payouts"), on=board)
    reason = town.sql.one("SELECT reason FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1")
    assert reason == town.label("board-reason")


async def test_a_yes_about_an_earlier_halt_or_with_another_reason_is_asked_again(town: Town) -> None:
    olga, yes = await town.admin(), town.label("board-sure-yes", key="payouts")
    await town.open_everything()
    await town.halt(Switch.payouts)
    first, second = [await town.say(olga, f"/killswitch resume payouts {why}") for why in ("one", "two")]
    for old, why in ((first, "two"), (second, town.label("board-reason"))):
        before = town.sql.picture()
        await olga.tap(yes, on=old)
        await town.telegram.idle()
        assert town.sql.picture() == before
        (asked,) = [m for m in (await olga.chat()).messages if m.id == old.id]
        assert town.said("board-stale") in asked.text
        assert why in asked.text
        await olga.tap(yes, on=asked)
        await town.telegram.idle()
        (flip,) = town.sql("SELECT enabled, reason FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1")
        assert (bool(flip["enabled"]), flip["reason"]) == (True, why)
        await town.app.gate.system("rollback")(kill_switches.halt, [Switch.payouts], "R1")


async def test_the_board_tells_a_limit_and_a_resume_says_that_it_stays(town: Town) -> None:
    olga = await town.admin()
    await town.open_everything()
    limited = [Switch.new_escrows], "launch", Limit(max_amount=10, max_open=1)
    await town.app.gate.user(ADMIN)(kill_switches.resume, *limited)
    limit = town.said("board-limit", max_amount=10, max_open=1)
    assert (await town.say(olga, "/killswitch")).text.count(limit) == 1
    assert limit in (await town.say(olga, "/killswitch halt new_escrows incident")).text
    asked = (await town.say(olga, "/killswitch resume new_escrows over")).text
    assert limit in asked
    assert town.said("board-limit-stays", key="new_escrows") in asked
    await town.tap(olga, "board-sure-yes", key="new_escrows")
    assert limit in (await town.newest(olga)).text
    (row,) = town.sql("SELECT enabled, max_amount, max_open FROM kill_switches WHERE key = 'new_escrows'")
    assert (bool(row["enabled"]), row["max_amount"], row["max_open"]) == (True, 10, 1)
    await town.say(olga, "/killswitch halt payouts incident")
    asked = (await town.say(olga, "/killswitch resume payouts over")).text
    assert town.said("board-limit-stays", key="payouts") not in asked


async def test_a_halt_with_a_long_reason_halts_and_the_board_is_shown(town: Town) -> None:
    olga = await town.admin()
    await town.open_everything()
    shell = town.app.gate.shell(None)
    await shell(kill_switches.halt, list(Switch), "&\"'" * 2000)
    board = (await town.say(olga, "/killswitch")).text
    assert board.count(("&\"'" * 2000)[:MOST_REASON]) == len(Switch)
    assert len(board) <= MOST_MESSAGE


async def test_a_halt_in_a_hurry_takes_all_and_needs_no_reason(town: Town) -> None:
    olga = await town.admin()
    await town.open_everything()
    said = (await town.say(olga, "/killswitch halt payouts")).text
    assert town.said("board-halted", key="payouts") in said
    assert NO_REASON in said
    before = town.sql.one("SELECT COUNT(*) AS n FROM kill_switch_flips")
    rest = [key for key in Switch if key != Switch.payouts]
    said = (await town.say(olga, "/killswitch HALT All something smells")).text
    assert town.said("board-halted-all", many=len(rest), switches=", ".join(rest)) in said
    assert said.count("something smells") == len(rest)
    assert town.sql.one("SELECT COUNT(*) AS n FROM kill_switches WHERE enabled") == 0
    assert town.sql.one("SELECT COUNT(*) AS n FROM kill_switch_flips") == before + len(rest)
    again = (await town.say(olga, "/killswitch halt all")).text
    assert town.said("board-halted-all", many=0, switches="") in again


@pytest.mark.parametrize(
    "words", ["halt", "halt everything now", "resume payouts", "resume all over", "on all", "stop it", "flip payouts x"]
)
async def test_what_it_does_not_understand_changes_nothing_and_says_what_it_does(town: Town, words: str) -> None:
    olga = await town.admin()
    await town.open_everything()
    before = town.sql.picture()
    said = await town.say(olga, f"/killswitch {words}")
    assert said.text == town.said("board-usage", switches=", ".join(Switch))
    assert town.sql.picture() == before


@pytest.mark.parametrize("command", COMMANDS)
async def test_to_others_the_commands_are_as_if_there_were_none(town: Town, command: str) -> None:
    ann = await town.person("Ann")
    nonsense = await town.say(ann, "/nonsense")
    assert nonsense.text == town.said("unknown-command")
    assert (await town.say(ann, command)).text == nonsense.text
    assert town.sql.one("SELECT COUNT(*) AS n FROM kill_switch_flips") == 0


async def test_others_cannot_press_what_the_staff_presses(town: Town) -> None:
    ann = await town.person("Ann")
    await town.open_everything()
    before, message = town.sql.picture(), (await town.newest(ann)).id
    for data in [Go(to=To.board), *(Flick(flip=flip, key=Switch.payouts) for flip in Flip)]:
        assert await ann.press(data.pack(), message) == town.said("stale")
    assert town.sql.picture() == before


async def test_an_operator_may_halt_but_not_resume(town: Town) -> None:
    oleg = await town.person("Oleg")
    await town.open_everything()
    town.sql("UPDATE users SET is_operator = 1 WHERE id = :id", id=oleg.id)
    assert town.said("board-halted", key="payouts") in (await town.say(oleg, "/killswitch halt payouts why")).text
    await town.say(oleg, "/killswitch resume payouts why")
    answer = await town.tap(oleg, "board-sure-yes", key="payouts")
    assert answer == town.said("error-not-allowed")
    assert town.sql.one("SELECT enabled FROM kill_switches WHERE key = 'payouts'") in (0, False)


async def test_the_status_counts_what_there_is(town: Town) -> None:
    olga = await town.admin()
    await town.open_everything()
    bob, ann = await town.person("Bob"), await town.person("Ann")
    await town.listed(bob)
    await town.funded(ann)
    await town.booked(ann)
    await town.halt(Switch.payouts)
    said = (await town.say(olga, "/status")).text
    for words in ("SQLite", "payouts", "queued 1", "400 ⭐"):
        assert words in said
