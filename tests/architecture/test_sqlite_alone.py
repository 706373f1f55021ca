"""The list of tests that PostgreSQL does without names tests that there are."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_of_them_is_there() -> None:
    listed = (ROOT / "tests" / "sqlite_alone.txt").read_text().splitlines()
    named = [line.split("::") for line in listed if not line.startswith("#")]
    assert len(named) >= 100
    written = {path: (ROOT / path).read_text() for path, _ in named}
    gone = [f"{path}::{test}" for path, test in named if f"def {test}(" not in written[path]]
    assert gone == [], "run scripts/choose_repeats.py"
