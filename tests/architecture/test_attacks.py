"""Attacks that are made impossible by what does not stand in the code (docs/security.md)."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CODE = ("billing_panel", "invoices", "permissions", "plugins")


def test_attack_13_no_float_where_money_is_reckoned() -> None:
    places = (
        "billing_panel/kernel/values/money.py",
        "billing_panel/ledger",
        "billing_panel/catalog/rules",
        "plugins/orders/settlement/ledger/order_ledger.py",
        "plugins/orders/settlement/ledger/order_postings.py",
        "plugins/orders/settlement/ledger/refund_ledger.py",
        "plugins/orders/store/order_sums.py",
        "plugins/orders/store/order_sum_rules.py",
    )
    files = [
        file
        for place in places
        for file in ([ROOT / place] if place.endswith(".py") else (ROOT / place).glob("*.py"))
    ]
    assert len(files) >= 8
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            names_it = isinstance(node, ast.Name) and node.id == "float"
            assert not is_float, f"{file}:{node.lineno}"  # type: ignore[attr-defined]
            assert not names_it, f"{file}:{node.lineno}"  # type: ignore[attr-defined]


def test_attack_35_no_words_become_a_template() -> None:
    """Templates are files of ours; nothing else is ever compiled."""
    for folder in CODE:
        for file in (ROOT / folder).rglob("*.py"):
            source = file.read_text()
            for word in ("render_template_string", "from_string(", "Template("):
                assert word not in source, file


def test_every_test_that_the_table_of_attacks_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+\*?)`", (ROOT / "docs" / "security.md").read_text()))
    sources = "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)", sources))
    assert len(named) >= 60
    for name in named:
        assert any(test.startswith(name.rstrip("*")) for test in there), name
        assert name.endswith("*") or name in there, name
