"""Commands typed without starting a process for each, on the database of one test."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from click.testing import CliRunner, Result

from billing_panel.cli.main import main
from billing_panel.command_console import Console
from billing_panel.core.panel import Panel

BUY = ("order", "place", "--as", "maria", "--client", "stoyanova")
WEB_START = ("--line", "web-start:1 month:1")
TRANSFER = ("--payment-method", "bank_transfer")


@dataclass(frozen=True)
class Keyboard:
    """On an open panel; without one, each command opens what ``environment`` says."""

    panel: Panel | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def type(self, *arguments: str) -> Result:
        """What came of it. Whatever was asked, it never ends with a traceback."""
        panel = self.panel
        console = Console(lambda: panel) if panel else None
        runner = CliRunner(env=self.environment)
        typed = runner.invoke(main, arguments, obj=console, prog_name="billing-panel")
        if typed.exception and not isinstance(typed.exception, SystemExit):
            raise typed.exception
        return typed

    def refuse(self, *arguments: str, code: int = 1) -> str:
        """The sentences on standard error; nothing else was printed."""
        typed = self.type(*arguments)
        assert (typed.exit_code, typed.stdout) == (code, ""), typed.output
        return typed.stderr

    def read(self, *arguments: str) -> list[str]:
        """The lines printed by a command that did what was asked."""
        typed = self.type(*arguments)
        assert (typed.exit_code, typed.stderr) == (0, ""), typed.output
        return typed.stdout.splitlines()
