"""What the scripts of this repository make of what they read."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(SCRIPTS)
    return import_module("figures")


@pytest.fixture
def constraints(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(SCRIPTS)
    return import_module("constraints")


def test_a_cycle_is_whoever_comes_round_to_itself(figures: ModuleType) -> None:
    imports = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}
    assert figures.cycles(imports) == [{"b", "c"}]


def test_imports_are_named_in_full(figures: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "cart.py").write_text(
        "import os\nfrom shop import stock\nfrom .x import y\n"
    )
    (cart,) = figures.modules(tmp_path, "shop")
    assert figures.imported(cart, {"shop", "shop.stock", "shop.x"}) == {"shop.stock", "shop.x"}


def test_migrations_are_not_counted(figures: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop_0001_first_tables.py").write_text("")
    assert [*figures.modules(tmp_path, "shop")] == []


def test_constraints_are_sorted_and_leave_the_project_out(constraints: ModuleType) -> None:
    named = [("Flask", "3.1.3"), ("billing-panel", "0.1.0"), ("argon2_cffi", "25.1.0")]
    rows = [{"metadata": {"name": name, "version": version}} for name, version in named]
    report = {"install": rows}
    assert [*constraints.lines(report)] == ["argon2-cffi==25.1.0", "flask==3.1.3"]
