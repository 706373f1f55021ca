"""Commands typed without starting a process for each, on the database of one test."""

from dataclasses import dataclass

from click.testing import CliRunner, Result

from billing_panel.cli import main
from billing_panel.console import Console
from billing_panel.panel import Panel

BUY = ("order", "place", "--as", "maria", "--client", "stoyanova")
WEB_START = ("--line", "web-start:1 month:1")
TRANSFER = ("--payment-method", "bank_transfer")


@dataclass(frozen=True)
class Keyboard:
    panel: Panel

    def type(self, *arguments: str) -> Result:
        """What came of it. Whatever was asked, it never ends with a traceback."""
        console = Console(lambda: self.panel)
        typed = CliRunner().invoke(main, arguments, obj=console, prog_name="billing-panel")
        if typed.exception and not isinstance(typed.exception, SystemExit):
            raise typed.exception
        return typed

    def read(self, *arguments: str) -> list[str]:
        """The lines printed by a command that did what was asked."""
        typed = self.type(*arguments)
        assert (typed.exit_code, typed.stderr) == (0, ""), typed.output
        return typed.stdout.splitlines()
