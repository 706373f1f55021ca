"""The sounds that the panel plays are made by its own script, the same bytes each time."""

from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_script_makes_the_sound_that_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    kept = ROOT / "billing_panel/static/sounds/notice.wav"
    assert import_module("sounds").wav() == kept.read_bytes()
    assert kept.stat().st_size < 50_000
