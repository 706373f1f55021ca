"""The sums of orders and payments are changed by the rows themselves, and by nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
OWNERS = {
    ROOT / "plugins" / "orders" / "store" / "models.py",
    ROOT / "plugins" / "orders" / "store" / "order_sums.py",
    ROOT / "plugins" / "orders" / "store" / "payment.py",
}
SUMS = frozenset(
    {
        *("goods", "discount", "total", "paid", "paid_points", "owed", "written_off", "refunded"),
        *("refunded_points", "surplus", "taxed", "earned", "kept", "kept_tax", "kept_points"),
    }
)


def set_in(file: Path) -> Iterator[tuple[int, str]]:
    """(line, name) of each sum that the file sets, of an object or by UPDATE."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if node.attr in SUMS:
                yield node.lineno, node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            named = [word.arg or "" for word in node.keywords if node.func.attr == "values"]
            yield from ((node.lineno, name) for name in named if name in SUMS)


def test_nobody_but_the_rows_changes_their_sums() -> None:
    files = [
        file
        for package in ("billing_panel", "invoices", "plugins")
        for file in (ROOT / package).rglob("*.py")
        if "migrations" not in file.parts
    ]
    assert len(files) > 200
    assert all([*set_in(owner)] for owner in OWNERS)
    for file in files:
        if file not in OWNERS:
            assert not [*set_in(file)], file
