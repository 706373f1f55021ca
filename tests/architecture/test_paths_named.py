"""Paths that documents and docstrings name are there: a module moves with its mentions."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("billing_panel", "invoices", "permissions", "plugins", "tests", "benchmarks", "scripts")
NAMED = re.compile(r"[a-z0-9_]+(?:/[a-z0-9_]+)+\.py")


def modules() -> set[str]:
    return {str(path.relative_to(ROOT)) for top in CODE for path in (ROOT / top).rglob("*.py")}


def texts() -> Iterator[Path]:
    yield from ROOT.glob("*.md")
    yield from (ROOT / "docs").glob("*.md")
    for top in CODE:
        yield from (ROOT / top).rglob("*.py")


def test_every_path_of_a_module_that_is_named_is_there() -> None:
    """What is told of earlier versions stays as it was."""
    there = {f"/{module}" for module in modules()}
    gone = {
        f"{text.relative_to(ROOT)}: {named}"
        for text in texts()
        if text.name != "CHANGES.md"
        for named in NAMED.findall(text.read_text(encoding="utf-8"))
        if not any(module.endswith(f"/{named}") for module in there)
    }
    assert gone == set()
