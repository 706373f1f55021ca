"""Choose which tests PostgreSQL runs again, and write down those that it does without.

Every test of an action or a page runs on SQLite. On PostgreSQL it would say the same, unless it
sends a statement that no other test sends there. So all of them are run once with notes of what
they send (``tests/sent_statements.py``), then as few are kept as send every statement, the quickest
for what it adds first. A test that is not in the list, being new, runs on both.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tests" / "sqlite_alone.txt"
HEAD = "# Tests that PostgreSQL does without: scripts/choose_repeats.py writes this list.\n"


@dataclass(frozen=True)
class Sent:
    """By one test on PostgreSQL. ``repeats``: it says nothing that SQLite does not."""

    test: str
    seconds: float
    repeats: bool
    statements: frozenset[str]


def main() -> None:
    with TemporaryDirectory() as folder:
        notes = Path(folder)
        run(notes)
        found = [*sent(notes)]
    left_out = {one.test for one in found} - {one.test for one in kept(found)}
    LIST.write_text(HEAD + "".join(f"{test}\n" for test in sorted(left_out)))
    saved = sum(one.seconds for one in found if one.test in left_out)
    sys.stdout.write(
        f"PostgreSQL runs {len(found) - len(left_out)} tests, and does without {len(left_out)}"
        f" that take {saved:.0f} of {sum(one.seconds for one in found):.0f} s.\n"
    )


def run(notes: Path) -> None:
    """Raises SystemExit where one fails, for what it sends is not all then."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--maxprocesses", "4"]
    asked = ["-p", "tests.sent_statements", "--sent-to", str(notes)]
    where = ["-k", "postgresql", "tests/actions", "tests/http"]
    done = subprocess.run([*command, *asked, *where], cwd=ROOT, check=False)  # noqa: S603 (a fixed command)
    if done.returncode:
        sys.exit("Some fail; what they send is not known.")


def sent(notes: Path) -> Iterator[Sent]:
    """One by one, as the workers of pytest noted it."""
    for file in sorted(notes.iterdir()):
        for line in file.read_text().splitlines():
            item, seconds, repeats, statements = json.loads(line)
            test = item.partition("[")[0]
            yield Sent(test, seconds, repeats=repeats, statements=frozenset(statements))


def kept(found: Sequence[Sent]) -> list[Sent]:
    """Those that must run, and of the others enough to send every statement."""
    chosen = [one for one in found if not one.repeats or not one.statements]
    missing = frozenset[str]().union(*(one.statements for one in found))
    missing -= frozenset[str]().union(*(one.statements for one in chosen))
    left = [one for one in found if one.repeats]
    while missing:
        best = max(left, key=lambda one: len(one.statements & missing) / one.seconds)
        chosen.append(best)
        missing -= best.statements
    return chosen


if __name__ == "__main__":
    main()
