"""docs/glossary.md knows every code that is cited, and leads to rooms that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs/glossary.md"
CODE = ("billing_panel", "invoices", "permissions", "plugins", "templates", "tests")
ROW = re.compile(r"^\| ([HPMDW]\d{1,2}) \|", re.MULTILINE)
# as a comment or a docstring cites one: "(H2)", "D7, D12", not a key like "M0 0" of a drawing
CITED = re.compile(r"(?<![\w./\"'-])[HPMDW](?:1[0-5]|[1-9])(?![\w.\"'])")


def known() -> list[str]:
    return ROW.findall(GLOSSARY.read_text(encoding="utf-8"))


def test_each_row_stands_there_once() -> None:
    rows = {"H": 8, "P": 7, "M": 15, "D": 13, "W": 7}
    assert known() == [f"{letter}{n}" for letter, most in rows.items() for n in range(1, most + 1)]


def test_a_cited_row_is_known() -> None:
    cited = {
        code
        for folder in CODE
        for kind in ("*.py", "*.toml")
        for file in (ROOT / folder).rglob(kind)
        for line in file.read_text(encoding="utf-8").splitlines()
        if "#" in line or '"""' in line
        for code in CITED.findall(line)
    }
    assert cited
    assert cited - set(known()) == set()


def test_rooms_it_leads_to_are_there() -> None:
    paths = re.findall(r"`([\w/]+/[\w./]*)`", GLOSSARY.read_text(encoding="utf-8"))
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
