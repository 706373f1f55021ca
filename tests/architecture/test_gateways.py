"""A payment system is asked through ``slow`` alone, so never while a transaction writes (R14)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ASKED = frozenset({"begin", "read", "refund"})
# a payment system's own plugin, and the protocol
OWN = ("plugins/sandbox", "plugins/stripe_checkout", "billing_panel/kernel/extension/gateways.py")
CODE = ("billing_panel", "invoices", "permissions", "plugins")


def unguarded(source: str) -> Iterator[int]:
    """Lines where a payment system's method stands anywhere but as what ``slow`` is given."""
    tree = ast.parse(source)
    names = {"gateway", *_named(tree)}
    given = {id(part) for call in _calls(tree, "slow") for part in call.args}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ASKED and id(node) not in given:
            inside = {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)}
            if inside & names or _mentions_gateways(node.value):
                yield node.lineno


def _named(tree: ast.AST) -> Iterator[str]:
    """Whatever is annotated as a payment system, or taken from among them."""
    makers = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.returns and "Gateway" in _names(node.returns)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation and "Gateway" in _names(node.annotation):
            yield node.arg
        elif isinstance(node, ast.Assign) and (
            _mentions_gateways(node.value) or makers & _names(node.value)
        ):
            yield from (
                part.id
                for one in node.targets
                for part in ast.walk(one)
                if isinstance(part, ast.Name)
            )


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _mentions_gateways(tree: ast.AST) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr == "gateways")
        or (isinstance(node, ast.Name) and node.id == "gateways")
        for node in ast.walk(tree)
    )


def test_r14_a_payment_system_is_asked_through_slow_alone() -> None:
    asking = guarded = 0
    for path in (path for folder in CODE for path in (ROOT / folder).rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if place.startswith(OWN):
            continue
        source = path.read_text()
        assert list(unguarded(source)) == [], place
        guarded += sum(
            isinstance(part, ast.Attribute) and part.attr in ASKED
            for call in _calls(ast.parse(source), "slow")
            for part in call.args
        )
        asking += "gateways" in source
    # beginning, hearing and giving back
    assert guarded >= 3
    assert asking >= 5


@pytest.mark.parametrize(
    "source",
    [
        "def f(one: Gateway): one.begin(x)",
        "def f(gateways): gateways[key].refund(x)",
        "def f(gateways):\n  one = gateways.get(key)\n  slow(work)(one.read)",
        "def g() -> Gateway: ...\ndef f():\n  one = g()\n  ask = one.refund",
        "running.gateways[key].read(body)",
    ],
)
def test_r14_control_whoever_asks_it_otherwise_is_found(source: str) -> None:
    assert list(unguarded(source))
