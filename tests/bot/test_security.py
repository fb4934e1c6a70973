"""What strangers may try at our doors: the webhook, checkouts, forged charges, links, markup, settings, dialog state."""

import ast
import asyncio
import io
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot import webhook
from bot.buttons import Trail
from bot.settings import BadSettings, load
from bot.texts import Texts
from domain import payments
from domain.campaigns import Content
from domain.campaigns.content import BadLink, check_content
from domain.errors import NotFound, Refused
from domain.payments import ChargeMismatch, InvoiceMismatch
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.flows.conftest import Town, town_of
from tests.servers import free_port
from tests.story import ANN, BOB

ROOT = Path(__file__).parents[2]
SECRET = "A-secret_7"


# the webhook


@asynccontextmanager
async def receiving(address: str, port: int) -> AsyncIterator[Town]:
    """A town whose updates come by webhook: from the sandbox, and from whoever else knocks."""
    given = {"webhook_url": f"http://127.0.0.1:{port}/hook", "webhook_secret": SECRET, "webhook_port": port}
    async for town in town_of(address, "en", "security-webhook", **given):
        yield town


async def knock(port: int, body: bytes, **headers: str | bytes) -> int:
    """The status of a delivery with these headers, `_` for `-`."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}/hook"
        async with session.post(
            url, data=io.BytesIO(body), headers={"Content-Type": "application/json"} | sent
        ) as answer:  # type: ignore[arg-type]
            return answer.status


def start_of(user: int) -> bytes:
    sender = {"id": user, "is_bot": False, "first_name": "Eve"}
    chat = {"id": user, "type": "private", "first_name": "Eve"}
    message = {"message_id": 1, "date": 1772452800, "chat": chat, "from": sender, "text": "hello"}
    return json.dumps({"update_id": 10_000 + user, "message": message}).encode()


async def test_the_webhook_hears_only_who_knows_the_secret_and_no_more_than_it_bears(sqlite_address: str) -> None:
    port = free_port()
    async with receiving(sqlite_address, port) as town:
        ann = await town.person("Ann")
        assert town.said("start", name="Ann") in (await town.newest(ann)).text
        strangers = f"SELECT COUNT(*) AS n FROM users WHERE id <> {ann.id}"
        for wrong in ({}, *({"X_Telegram_Bot_Api_Secret_Token": t} for t in ("", SECRET[:-1], SECRET + "x", "пароль"))):
            assert await knock(port, start_of(77), **wrong) == 401
        assert town.sql.one(strangers) == 0
        await town.telegram.person("Eve", id=77)
        right = {"X_Telegram_Bot_Api_Secret_Token": SECRET}
        assert await knock(port, b" " * webhook.MOST_BYTES + start_of(77), **right) == 413
        assert town.sql.one(strangers) == 0
        assert await knock(port, start_of(77), **right) == 200
        assert town.sql.one(strangers) == 1
        assert await knock(port, start_of(78), **right) == 200  # whom Telegram does not know, and so cannot be answered


def test_the_secret_is_compared_in_constant_time() -> None:
    """By `secrets.compare_digest`, and in no other way."""
    tree = ast.parse(Path(webhook.__file__).read_text())
    (verify,) = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "verify_secret"]
    assert not [node for node in ast.walk(verify) if isinstance(node, ast.Compare)]
    assert "secrets.compare_digest" in ast.unparse(verify)
    assert secrets.compare_digest(b"a", b"a")


# payments


async def test_a_checkout_must_be_the_stored_invoice_of_that_person(house: House) -> None:
    await story.people(house)
    await story.switches(house, *story.Switch)
    invoice = await house.gate.user(ANN)(payments.invoice, 100)
    wrong: list[tuple[int, str, int, str]] = [
        (BOB, invoice.payload, 100, "XTR"),
        (ANN, invoice.payload + "x", 100, "XTR"),
        (ANN, "", 100, "XTR"),
        (ANN, invoice.payload, 99, "XTR"),
        (ANN, invoice.payload, 101, "XTR"),
        (ANN, invoice.payload, 100, "USD"),
    ]
    for who, *checkout in wrong:
        with pytest.raises(Refused) as refused:
            await house.gate.user(who)(payments.check_out, *checkout)
        assert isinstance(refused.value.refusal, InvoiceMismatch | NotFound), checkout
    await house.gate.user(ANN)(payments.check_out, invoice.payload, 100, "XTR")
    await house.system(payments.receive, ANN, 100, "XTR", "c1", invoice.payload)
    with pytest.raises(Refused) as refused:
        await house.gate.user(ANN)(payments.check_out, invoice.payload, 100, "XTR")
    assert isinstance(refused.value.refusal, InvoiceMismatch)


async def test_only_a_payment_credits_and_once_for_its_charge(house: House) -> None:
    await story.people(house)
    await story.switches(house, *story.Switch)
    invoice = await house.gate.user(ANN)(payments.invoice, 100)
    await house.gate.user(ANN)(payments.check_out, invoice.payload, 100, "XTR")
    assert house.sql.one("SELECT COUNT(*) AS n FROM transfers") == 0
    deposits = [await house.system(payments.receive, ANN, 100, "XTR", "c1", invoice.payload) for _ in range(3)]
    await asyncio.gather(*(house.system(payments.credit, deposit.id) for deposit in deposits))
    with pytest.raises(Refused) as refused:
        await house.system(payments.receive, BOB, 100, "XTR", "c1")
    assert isinstance(refused.value.refusal, ChargeMismatch)
    assert story.balance(house, f"user:{ANN}:XTR") == 100
    assert house.sql.one("SELECT COUNT(*) AS n FROM transfers") == 1


# what people write


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://a.example/x",
        "//a.example",
        "http://",
        "tg://",
    ],
)
def test_a_button_opens_http_https_and_tg_and_nothing_else(link: str) -> None:
    with pytest.raises(Refused) as refused:
        check_content(Content(text="x", buttons=[[{"text": "Go", "url": link}]]))
    assert refused.value.refusal == BadLink(link)
    for right in ("http://a.example", "https://a.example/x?y=1", "tg://resolve?domain=a"):
        check_content(Content(text="x", buttons=[[{"text": "Go", "url": right}]]))


def test_markup_is_escaped_in_one_place() -> None:
    """Of what is ours only bot/texts.py knows how; who needs it elsewhere goes through `Text`."""
    users = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "bot").rglob("*.py"))
        if "sandbox" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Import)
        and ("html" in [alias.name for alias in node.names] or getattr(node, "module", "") == "html")
        and "texts.py" not in path.name
    ]
    assert users == []
    said = Texts().bind("en")("notice-ticket", id="1", name='<b a="">&', text="</i>", **{"from": "7"})
    assert "&lt;b a=&quot;&quot;&gt;&amp;" in said
    assert "&lt;/i&gt;" in said


def test_links_of_people_are_never_fetched() -> None:
    """Only the doctor and the sandbox make requests of their own, and none to an address that people gave."""
    callers = {
        str(path.relative_to(ROOT))
        for package in ("bot", "domain", "scheduler", "storage")
        for path in (ROOT / package).rglob("*.py")
        if "sandbox" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name) and node.id in ("ClientSession", "urlopen")
    }
    assert callers <= {"bot/cli/doctor.py"}


# the settings and the state of dialogs


def test_production_needs_two_admins_who_are_numbers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOLDFAST_ADMINS", "HOLDFAST_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    for admins in ("", f"{ADMIN}", f"{ADMIN},{ADMIN}"):
        with pytest.raises(BadSettings, match="at least two"):
            load(environment="production", admins=admins)
    assert load(environment="production", admins=f"{ADMIN},{OTHER_ADMIN}").admins == {ADMIN, OTHER_ADMIN}
    for admins in ("@olga", "olga,9001", "-5", "9001;9002"):
        with pytest.raises(BadSettings, match="numbers with commas"):
            load(admins=admins)


async def test_the_state_of_a_dialog_is_json(sqlite_address: str) -> None:
    async for town in town_of(sqlite_address, "en", "security-dialogs"):
        ann = await town.person("Ann")
        await town.drafted(ann)
        rows = town.sql("SELECT state, data FROM dialog_states")
        assert rows
        assert all(isinstance(json.loads(row["data"]), dict) for row in rows)


def test_no_word_of_a_button_is_read_as_code() -> None:
    """Callback data is words and numbers; what does not fit its class is no button of ours."""
    for forged in ("trail|a|b", "trail||||x|0|0", "trail||||2|y|0"):
        with pytest.raises((TypeError, ValueError)):
            Trail.unpack(forged)
