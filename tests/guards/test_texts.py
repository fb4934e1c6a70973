"""Every word a person reads is in both languages, with the same facts, and nowhere in the code."""

import ast
import inspect
import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

import bot.handlers
import domain
from bot import moments, notices, texts
from bot.dispatcher import COMMANDS, STAFF_COMMANDS
from domain.action import Switch
from domain.campaigns import Approval
from domain.channels import RIGHTS
from domain.channels import Status as ChannelStatus
from domain.errors import Refusal
from domain.escrow import Status as EscrowStatus
from domain.launch import PHASES, Phase
from domain.ledger import Reason
from domain.payments import Status as DepositStatus
from domain.post_jobs import Failure
from domain.post_jobs import Status as JobStatus
from domain.reports import Status as ReportStatus
from domain.tickets import Status as TicketStatus
from domain.users import LANGUAGES
from domain.withdrawals import Status as WithdrawalStatus

BOT = Path(texts.__file__).parent
SOURCES = sorted(
    path
    for path in BOT.glob("**/*.py")
    if not {"sandbox", "cli", "demo", "drills"} & set(path.relative_to(BOT).parts) and not path.stem.startswith("demo")
)


class Facts(Visitor):
    """Collects the `$facts` of a message."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802
        self.found.add(node.id.name)


class Variants(Visitor):
    """Collects the words that a message chooses by."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_Variant(self, node: ftl.Variant) -> None:  # noqa: N802
        if isinstance(node.key, ftl.Identifier):
            self.found.add(node.key.name)


@cache
def entries(language: str) -> list[tuple[str, ftl.EntryType]]:
    """What the files of a language hold, each entry with its file's name; parsed once."""
    files = sorted((texts.FOLDER / language).glob("*.ftl"))
    return [(file.name, e) for file in files for e in FluentParser().parse(file.read_text(encoding="utf-8")).body]


@cache
def messages(language: str) -> dict[str, set[str]]:
    """The keys of a language with the facts that each one uses. What the parser could not read is an error."""
    found: dict[str, set[str]] = {}
    for file, entry in entries(language):
        assert not isinstance(entry, ftl.Junk), f"{file}: {entry.content}"
        if isinstance(entry, ftl.Message):
            assert entry.id.name not in found, f"{entry.id.name} is there twice"
            facts = Facts()
            facts.visit(entry)
            found[entry.id.name] = facts.found
    return found


def refusals() -> list[type[Refusal]]:
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        import_module(module.name)
    assert moments.UnreadableTime in Refusal.__subclasses__()
    return sorted(Refusal.__subclasses__(), key=lambda refusal: refusal.key())


def test_both_languages_say_the_same_with_the_same_facts() -> None:
    assert len(LANGUAGES) == 2
    assert messages("en") == messages("ru")


class Numbers(Visitor):
    """Collects the facts that a message prints as numbers."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_FunctionReference(self, node: ftl.FunctionReference) -> None:  # noqa: N802
        self.found |= {one.id.name for one in node.arguments.positional if isinstance(one, ftl.VariableReference)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("whole", [False, True], ids=["cut", "whole"])
def test_no_text_is_left_unsaid_for_the_length_of_its_facts(language: str, *, whole: bool) -> None:
    """The longest words, all of them quotes, which are longest when they are escaped; and what we have put together ourselves."""
    text = texts.Texts().bind(language)
    fact = texts.Text.whole("&" * 2000) if whole else "&" * 4000
    for _, entry in entries(language):
        if isinstance(entry, ftl.Message):
            facts, numbers = Facts(), Numbers()
            facts.visit(entry)
            numbers.visit(entry)
            given = {name: 4000 if name in numbers.found else fact for name in facts.found}
            said = text(entry.id.name, **given)
            assert texts.length(texts.within(said)) <= texts.MOST_MESSAGE
            text.plain(entry.id.name, **given)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: refusal.key())
def test_every_refusal_has_words_made_of_its_facts(refusal: type[Refusal], language: str) -> None:
    known = messages(language)
    key = f"error-{refusal.key()}"
    assert key in known
    assert known[key] <= set(refusal.__dataclass_fields__)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_notice_has_words(language: str) -> None:
    known = messages(language)
    assert [kind for kind in notices.KINDS if f"notice-{kind}" not in known] == []


OWING = ("owe_admins", "owe_admins_each", "owe_both", "owe_staff", "owe_staff_each")


def owed(tree: ast.AST) -> set[str]:
    """The kinds named in notices (user, kind, about, args), in calls of `owe_admins` and the like, and in outcomes."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(OWING):
            found.append(node.args[1])
        if isinstance(node, ast.Tuple) and len(node.elts) == 4 and isinstance(node.elts[3], ast.Dict | ast.Name):
            found.append(node.elts[1])
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 3:
            found += node.value.elts[2].elts[:1] if isinstance(node.value.elts[2], ast.Tuple) else []
    return {kind.value for kind in found if isinstance(kind, ast.Constant) and isinstance(kind.value, str)}


def test_the_chat_knows_every_kind_that_the_domain_owes_and_no_other() -> None:
    found: set[str] = set()
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        found |= owed(ast.parse(inspect.getsource(import_module(module.name))))
    assert found == set(notices.KINDS)


STEPS = {step.name for steps in PHASES.values() for step in steps}
CHOICES = [
    ("wallet-entry", Reason),
    ("failure", Failure),
    ("switch-does", Switch),
    ("channel-state", ChannelStatus),
    ("withdrawal-state", WithdrawalStatus),
    ("withdrawal-line", WithdrawalStatus),
    ("case-withdrawal", WithdrawalStatus),
    ("word-approval", Approval),
    ("word-deposit", DepositStatus),
    ("word-escrow", EscrowStatus),
    ("word-job", JobStatus),
    ("word-report", ReportStatus),
    ("word-ticket", TicketStatus),
    ("word-transfer", Reason),
    ("word-withdrawal", WithdrawalStatus),
    ("launch-phase", Phase),
    ("launch-step", STEPS),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("key", "words"), CHOICES, ids=[key for key, _ in CHOICES])
def test_every_member_of_an_enum_has_its_variant(key: str, words: Iterable[str], language: str) -> None:
    chosen = set()
    for _, entry in entries(language):
        if isinstance(entry, ftl.Message) and entry.id.name == key:
            variants = Variants()
            variants.visit(entry)
            chosen = variants.found
    assert set(words) <= chosen


def test_statuses_are_told_in_russian() -> None:
    text = texts.Texts().bind("ru")
    for key, words in CHOICES:
        if key.startswith("word-"):
            for word in words:
                said = text.plain(key, word=word)
                assert not [letter for letter in said if letter.isascii() and letter.isalpha()], (key, said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rights_and_commands_have_words(language: str) -> None:
    keys = {f"right-{right}" for right in RIGHTS} | {f"command-{name}" for name in (*COMMANDS, *STAFF_COMMANDS)}
    assert keys <= set(messages(language))


class Literals(ast.NodeVisitor):
    """Strings with a space or a capital letter that are no docstring, no log line, no assertion: what a person might read."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func)
        if called.startswith("log.") or called.endswith(("Error", "TextMissing", "BadSettings", "re.compile")):
            return
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and any(" " in word for word in [node.value.strip()]) and len(node.value) > 3:
            self.found.append(node.value)


CODE = ("handlers", "dialogs")


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if set(CODE) & set(path.parts) or path.stem in ("cards", "notices", "screen", "buttons")],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_no_word_for_people_is_written_in_code(path: Path) -> None:
    literals = Literals()
    literals.visit(ast.parse(path.read_text(encoding="utf-8")))
    allowed = {"message is not modified"}
    assert [found for found in literals.found if found not in allowed] == []


def test_every_text_is_used() -> None:
    """A key that no code names is dead. Keys are written out, or as an f-string that begins with their prefix."""
    written, prefixes = set(), set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                written.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                prefixes.add(str(node.values[0].value))
    prefixes = {prefix for prefix in prefixes if prefix.endswith("-")}
    dead = [key for key in messages("en") if key not in written and not key.startswith(tuple(prefixes))]
    assert dead == []


def test_the_check_finds_a_literal() -> None:
    literals = Literals()
    literals.visit(ast.parse('say("Hello there")'))
    assert literals.found == ["Hello there"]
    assert bot.handlers.__doc__
