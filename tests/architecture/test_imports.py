"""Knowledge flows one way (docs/architecture.md); the contracts stand in setup.cfg."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ORDERS = ROOT / "plugins" / "orders"
MOST_IN_A_ROOM = 15
LONGEST = 400
HOUSE = ("billing_panel", "invoices", "permissions", "plugins", "templates")
# a file for each change of the tables
GROWING = {ROOT / "billing_panel/migrations/versions", *ROOT.glob("plugins/*/migrations")}


def test_the_import_contracts_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout


def rooms() -> dict[str, set[str]]:
    """The folders of code in the orders plugin, and the modules of each."""
    folders = (one.parent for one in ORDERS.rglob("__init__.py") if one.parent != ORDERS)
    return {
        folder.relative_to(ORDERS).as_posix(): {
            module.stem for module in folder.glob("*.py") if module.stem != "__init__"
        }
        for folder in folders
        if folder.name != "migrations"
    }


def imported(file: Path) -> set[str]:
    """The modules that a file imports, as paths; of a name its module."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for dotted in (node.module, *(f"{node.module}.{name.name}" for name in node.names)):
                found.add(dotted.replace(".", "/") + ".py")
    return found


def test_a_room_of_the_orders_plugin_stays_small() -> None:
    assert len(rooms()) >= 15
    for room, modules in rooms().items():
        assert 0 < len(modules) <= MOST_IN_A_ROOM, room


def test_a_room_stays_small_and_so_do_its_modules() -> None:
    files = [file for folder in HOUSE for file in (ROOT / folder).rglob("*.py")]
    product = [file for file in files if file.parent not in GROWING]
    assert len(product) >= 200
    for room in {file.parent for file in product}:
        modules = [file for file in product if file.parent == room and file.stem != "__init__"]
        assert len(modules) <= MOST_IN_A_ROOM, room
    for file in product:
        assert len(file.read_text().splitlines()) <= LONGEST, file


def test_the_table_of_rooms_names_every_module() -> None:
    architecture = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| `([a-z_/]+)/` \| [^|]+ \| ([^|]+) \|$", architecture, re.MULTILINE)
    told = {room: set(re.findall(r"`(\w+)`", modules)) for room, modules in rows}
    assert told == rooms()


def test_a_payment_never_turns_back_on_its_way() -> None:
    """Of the files that docs/architecture.md lists, none imports one that stands before it."""
    architecture = (ROOT / "docs" / "architecture.md").read_text()
    way = re.findall(r"^\d+\. `([a-z_/]+\.py)`:", architecture, re.MULTILINE)
    assert len(way) >= 15
    for place, file in enumerate(way):
        assert not imported(ROOT / file) & set(way[:place]), file
