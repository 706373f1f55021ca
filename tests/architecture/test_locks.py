"""R1: what is decided on is read after the lock, as far as that can be told from the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("billing_panel", "invoices", "permissions", "plugins")
ORDERS = ROOT / "plugins/orders"

# writes by statements of its own on a connection, which remembers nothing
ALONE = {"billing_panel/ledger/entry_accounts.py"}
LOCKING = {"with_for_update", "lock", "lock_row", "locked"}
# whoever locks in the orders plugin calls one of these
LOCKS = {
    "lock_for_change",
    "lock_payment",
    "lock_together",
    "lock_client",
    "lock_membership",
    "lock_workflow",
    "lock_cart_line",
    "lock_row",
    "_locked",
}
# before that: the guard, what was typed, the moment, and who is meant (scope, read again after)
BEFORE = {
    "require",
    "clock.now",
    "_check_written",
    "_check_reason",
    "find_code",
    "find_exception",
    "find_provider",
    "find_top_up",
    "_order_corrected",
    "_check_number",
    "_of_one_client",
    "self._ids_of",
    "giving_up",
}


def modules(*folders: Path) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in folder.rglob("*.py"):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def calls(node: ast.AST) -> list[ast.Call]:
    """Those inside, as they stand in the source."""
    found = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


def test_r1_every_lock_is_taken_so_that_what_was_read_is_forgotten() -> None:
    """A statement FOR UPDATE is only ever handed to ``row_locks``, whatever runs it."""
    locking = 0
    for name, tree in modules(*(ROOT / folder for folder in CODE)):
        if name in ALONE or name == "billing_panel/kernel/database/row_locks.py":
            continue
        for call in calls(tree):
            given = {one.arg for one in call.keywords}
            assert "with_for_update" not in given, f"{name}:{call.lineno}"
        handed = {
            id(part)
            for call in calls(tree)
            if ast.unparse(call.func) in {"lock", "row_locks.lock"}
            for part in ast.walk(call)
        }
        for call in calls(tree):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "with_for_update":
                locking += 1
                # statements made once are constants of the module of locks
                is_constant = name == "plugins/orders/store/locks/lock_sequence.py"
                assert is_constant or id(call) in handed, f"{name}:{call.lineno}"
    assert locking >= 10


def test_r1_an_action_on_orders_asks_nothing_before_its_lock() -> None:
    looked_at = set()
    for name, tree in modules(ORDERS):
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            named = [ast.unparse(call.func) for call in calls(function)]
            first = next((place for place, one in enumerate(named) if one in LOCKS), None)
            if first is None or function.name in LOCKS:
                continue
            looked_at.add(f"{name}:{function.name}")
            assert set(named[:first]) <= BEFORE, f"{name}:{function.name}"
    assert len(looked_at) >= 20, sorted(looked_at)
