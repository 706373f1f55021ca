"""The sources of the style sheet joined, and the name that changes with them."""

import re
from pathlib import Path

import pytest

import billing_panel
from billing_panel.web.shell.assets import SHEET, joined, version_of

STATIC = Path(billing_panel.__file__).parent / "static"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "sheet.css").write_text(
        "@layer base, parts;\n"
        '@import url("base.css") layer(base);\n'
        '@import url("parts/card.css") layer(parts) print;\n'
    )
    (tmp_path / "base.css").write_text("a {\n  color: red;\n}\n")
    (tmp_path / "parts" / "card.css").write_text(
        'b {\n  background: url("dot.svg"), url("/root.svg"), url("data:,x");\n}\n'
    )
    return tmp_path


def test_each_import_gives_way_to_its_file_in_its_layer_and_medium(folder: Path) -> None:
    assert joined(folder / "sheet.css") == (
        "@layer base, parts;\n"
        "@layer base {\na {\n  color: red;\n}\n}\n"
        "@media print {\n@layer parts {\n"
        'b {\n  background: url("parts/dot.svg"), url("/root.svg"), url("data:,x");\n}\n'
        "}\n}\n"
    )


def test_what_is_imported_may_import_too(folder: Path) -> None:
    (folder / "parts" / "card.css").write_text('@import url("deep/dot.css");\n')
    (folder / "parts" / "deep").mkdir()
    (folder / "parts" / "deep" / "dot.css").write_text('i {\n  background: url("dot.svg");\n}\n')
    assert 'url("parts/deep/dot.svg")' in joined(folder / "sheet.css")


def test_the_panels_sheet_holds_every_source_once_in_the_order_of_the_layers() -> None:
    sheet = joined(STATIC / SHEET)
    sources = {path: path.read_text("utf-8") for path in (STATIC / "css").rglob("*.css")}
    del sources[STATIC / SHEET]
    assert {path: sheet.count(text) for path, text in sources.items()} == dict.fromkeys(sources, 1)
    assert "@import" not in sheet
    order = re.search(r"@layer ([\w, ]+);", sheet)
    assert order is not None
    opened = list(dict.fromkeys(re.findall(r"^@layer (\w+) {", sheet, re.MULTILINE)))
    assert opened == order[1].split(", ")


def test_the_version_changes_with_the_content_and_with_the_name_of_any_file(folder: Path) -> None:
    before = version_of(folder)
    assert version_of(folder) == before
    (folder / "base.css").write_text("a {\n  color: tan;\n}\n")
    changed = version_of(folder)
    (folder / "base.css").rename(folder / "other.css")
    assert len({before, changed, version_of(folder)}) == 3
