"""Rules that hold in the whole house; each test's docstring is its rule."""

import ast
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest

from domain import books  # noqa: F401  (imports every noun, and so every action)
from domain.action import ACTIONS, QUERIES
from domain.base import Base
from domain.flow import FLOWS
from domain.ledger import GATES

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "domain", "scheduler", "storage")


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def sources(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    return ((path, ast.parse(path.read_text())) for path in modules(*packages))


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_transactions_begin_and_end_only_in_storage() -> None:
    """`.begin(`, `.commit(` and `.rollback(` appear only in storage/."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in sources("bot", "domain", "scheduler")
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("begin", "commit", "rollback")
    ]
    assert found == []


def test_checkpoints_are_drawn_in_one_place() -> None:
    """Only scheduler/sealing.py, which looks at everything first, names the action that seals the books."""
    found = {
        str(path.relative_to(ROOT))
        for path, tree in sources("bot", "scheduler", "storage")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in ("books.checkpoint", "checkpoints.checkpoint"))
        or (
            (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("domain.books"))
            and "checkpoint" in {alias.name for alias in node.names}
        )
    }
    assert found == {"scheduler/sealing.py"}


def test_actions_never_call_actions() -> None:
    """An action is called by the gate alone: no function in domain/ calls a function that is an action."""
    names = {(action.__module__.split(".")[1], action.__name__) for action in ACTIONS}
    bare = {name for _, name in names}
    found = []
    for path, tree in sources("domain"):
        own = path.relative_to(ROOT / "domain").parts[0].removesuffix(".py")
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if ((node.module or "").split(".")[-1], alias.name) in names or alias.name in bare
        }
        for call in calls(tree):
            if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
                called = (call.func.value.id, call.func.attr) in names
            elif isinstance(call.func, ast.Name):
                called = call.func.id in imported or (own, call.func.id) in names
            else:
                called = False
            if called:
                found.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert found == []


def test_an_action_cannot_await() -> None:
    """Actions are plain functions, so nothing inside a transaction can wait for a network."""
    found = [
        node.name for _, tree in sources("domain") for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)
    ]
    protocols = {
        "__call__",
        "each",
        "ask",
        "look",
        "tell",
        "publish",
        "pin",
        "stars",
        "visit",
        "balance",
        "permit",
        "search",
        "take_down",
        "name",
    }
    assert set(found) <= protocols


def test_every_action_and_query_states_its_roles() -> None:
    """Nobody may do what nobody was allowed: every action and query names at least one role."""
    assert len(ACTIONS) > 20
    assert all(facts.roles for facts in ACTIONS.values())
    assert all(QUERIES.values())


def test_every_action_has_a_name_of_its_own_and_says_what_it_does() -> None:
    """An action's name is `noun.verb`, unique, and its docstring tells."""
    names = [facts.name for facts in ACTIONS.values()]
    assert len(set(names)) == len(names)
    assert [facts.name for action, facts in ACTIONS.items() if not action.__doc__ or "." not in facts.name] == []


def test_every_action_that_moves_money_is_gated_by_the_switches_of_its_transfers() -> None:
    """The gates of actions are taken from ledger.GATES, so triggers and actions ask the same switches."""
    gated = {facts.name: facts.gates for facts in ACTIONS.values()}
    assert gated["payments.credit"] == GATES["deposit"]
    assert gated["escrow.hold"] == GATES["escrow_hold"]
    assert gated["escrow.release"] == GATES["payout"] == GATES["fee"]
    assert gated["escrow.refund"] == GATES["refund"]
    movers = {
        path.stem
        for path, tree in sources("domain")
        for call in calls(tree)
        if ast.unparse(call.func) == "ledger.transfer"
    }
    assert gated["payments.reverse"] == GATES["loss"]
    assert gated["books.adjust"] == GATES["adjustment"]
    assert movers == {"incoming", "reversing", "holding", "resolving", "repairs", "moving"}
    assert {gated[f"withdrawals.{act}"] for act in ("cancel", "reject", "give_back")} == {GATES["withdrawal_return"]}
    assert gated["withdrawals.request"] == GATES["withdrawal_hold"]
    assert gated["withdrawals.send"] == gated["withdrawals.pay"] == GATES["withdrawal"]


def test_every_status_column_is_under_a_flow() -> None:
    """A column called status or approval has a flow, and its table a CHECK of its words."""
    wanted = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name in ("status", "approval")
    }
    assert wanted == {(g.table, g.column) for g in FLOWS}
    for table, column in wanted:
        checks = {c.name for c in Base.metadata.tables[table].constraints}
        assert f"ck_{table}_{column}" in checks


def test_flows_end_and_every_status_can_be_reached() -> None:
    """Every status is a birth or follows another; each flow has an end."""
    for g in FLOWS:
        reached = {new for news in g.steps.values() for new in news} | set(g.born)
        assert reached == set(g.steps), g
        cyclic = {"channels"}
        assert g.table in cyclic or any(not news for news in g.steps.values()), g


def test_rows_follow_their_flows_before_the_database_is_asked() -> None:
    """A row that checks its status takes what may come next, what it has already, and nothing else."""
    rows = {mapper.class_.__tablename__: mapper for mapper in Base.registry.mappers}
    checked = [g for g in FLOWS if g.column in rows[g.table].validators]
    assert {g.table for g in checked} > {"escrows", "post_jobs", "tickets", "reports", "channels"}
    for g in checked:
        taken = set()
        for old, new in product(g.steps, repeat=2):
            row = rows[g.table].class_(**{g.column: old})
            with suppress(ValueError):
                setattr(row, g.column, new)
                taken.add((old, new))
        assert taken == {(old, new) for old, news in g.steps.items() for new in (old, *news)}, g


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_states_its_law(package: str) -> None:
    """Every module begins with a docstring."""
    assert [str(path.relative_to(ROOT)) for path, tree in sources(package) if not ast.get_docstring(tree)] == []


def test_no_module_grows_past_its_room() -> None:
    """A module that passes about 300 lines becomes a package."""
    long = [str(p.relative_to(ROOT)) for p in modules(*PACKAGES) if len(p.read_text().splitlines()) > 330]
    assert [path for path in long if "migrations" not in path] == []


def test_no_catch_all_rooms() -> None:
    """No utils, helpers, common, services, managers: everything has a noun."""
    banned = {"utils", "helpers", "common", "services", "managers", "misc"}
    assert [str(p.relative_to(ROOT)) for p in modules(*PACKAGES) if p.stem in banned or p.parent.name in banned] == []


def test_the_top_level_is_as_agreed() -> None:
    """pyproject.toml bot domain storage scheduler tests deploy README.md, a Makefile and dot files; nothing else."""
    agreed = {"pyproject.toml", "bot", "domain", "storage", "scheduler", "tests", "deploy", "README.md", "Makefile"}
    made = {"build"}
    found = {p.name for p in ROOT.iterdir() if not p.name.startswith(".") and not p.name.endswith((".egg-info", ".db"))}
    assert found - made <= agreed
