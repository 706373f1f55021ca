"""What is left to be written late goes with the savepoint it was left in."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("billing_panel", "invoices", "permissions", "plugins")
# begins one as a transaction of the upgrade, which leaves nothing
ALLOWED = {
    "billing_panel/kernel/database/rows_written_at_commit.py",
    "billing_panel/migrations/search_words.py",
}


def test_every_savepoint_is_one_of_late_rows() -> None:
    begun = {
        path.relative_to(ROOT).as_posix()
        for folder in CODE
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "begin_nested"
    }
    assert begun == ALLOWED
