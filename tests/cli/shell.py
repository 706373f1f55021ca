"""The installed command, run as a person at a terminal runs it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

from tests.cli.keyboard import Keyboard

PROGRAM = Path(sys.executable).with_name("billing-panel")


@dataclass(frozen=True)
class Ran:
    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    def json(self, code: int = 0) -> Any:
        """What it printed with ``--json``, and nothing else, when it ended so."""
        assert (self.code, self.err) == (code, ""), self
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """What it printed, when it did what was asked."""
        assert (self.code, self.err) == (0, ""), self
        return self.out.splitlines()

    def refused(self, code: int = 1) -> str:
        """The sentences on standard error, when it refused; nothing else was printed."""
        assert (self.code, self.out) == (code, ""), self
        assert self.err.strip(), self
        return self.err


@dataclass(frozen=True)
class Shell:
    """Runs commands with ``home`` as BILLING_PANEL_HOME, and ``more`` of the environment."""

    home: Path
    more: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **more: str) -> Ran:
        """Whatever was asked of it, it never ends with a traceback."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            env=self.environment(**more),
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        ran = Ran(arguments, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in ran.err, ran.err
        return ran

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("BILLING_PANEL_", "LC_", "LANG", "PORT"))
        }
        own = {"BILLING_PANEL_HOME": str(self.home), "LC_ALL": "C.UTF-8"}
        return {**inherited, **own, **self.more, **more}


class Typed(Shell):
    """The same commands on the same home, typed without a process for each."""

    @override
    def run(self, *arguments: str, **more: str) -> Ran:
        keyboard = Keyboard(environment=self.environment(**more))
        typed = keyboard.type(*arguments)
        return Ran(arguments, typed.exit_code, typed.stdout, typed.stderr)
