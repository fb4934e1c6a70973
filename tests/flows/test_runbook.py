"""Every line that the runbook has people write to the bot does what it says there, on both databases."""

from domain.action import Switch
from tests.flows.conftest import Town
from tests.runbook import INCIDENTS, blocks


async def test_every_line_that_the_runbook_writes_to_the_bot_is_understood(city: Town) -> None:
    town = city
    olga = await town.admin()
    await town.open_everything()
    lines = [line for block in blocks("") for line in block.lines]
    assert {block.section for block in blocks("")} >= set(INCIDENTS) - {
        "Telegram API Outage"
    }  # in which the chat is down
    halted: set[str] = set()
    for line in lines:
        words = line.split()
        answer = await town.say(olga, line)
        assert answer.text not in (
            town.said("unknown-command"),
            town.said("board-usage", switches=", ".join(Switch)),
        ), line
        if words[:2] == ["/killswitch", "halt"]:
            assert words[2] in answer.text
            assert town.sql.one("SELECT enabled FROM kill_switches WHERE key = :key", key=words[2]) in (0, False)
            halted.add(words[2])
    assert halted == {"payouts", "new_escrows", "money_movement", "worker_post"}
