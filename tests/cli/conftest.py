"""One prepared home for all tests of the command line, and copies for those that write."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from billing_panel.kernel.fonts import ensure_fonts
from tests.cli.shell import Ran, Shell
from tests.conftest import CACHE, Templates


def new_home(folder: Path) -> Path:
    """An empty home; its fonts are those the tests made at their first run."""
    ensure_fonts(CACHE / "fonts")
    folder.mkdir()
    (folder / "fonts").symlink_to(CACHE / "fonts")
    return folder


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Ran, Ran]:
    """A home with the demo, and what ``init`` and ``demo`` said when they made it."""
    shell = Shell(new_home(tmp_path_factory.mktemp("cli") / "home"))
    return shell, shell.run("init"), shell.run("demo")


@pytest.fixture(scope="session")
def demo(first_run: tuple[Shell, Ran, Ran]) -> Shell:
    """The demo, for commands that only read or are refused."""
    shell, *_ = first_run
    return shell


@pytest.fixture
def shell(demo: Shell, tmp_path: Path) -> Shell:
    """A copy of the demo in an SQLite file, to write in."""
    shutil.copytree(demo.home, tmp_path / "home", symlinks=True)
    return Shell(tmp_path / "home")


@pytest.fixture
def empty(tmp_path: Path) -> Shell:
    """A home in which nothing was done yet."""
    return Shell(new_home(tmp_path / "home"))


@pytest.fixture
def on(templates: Templates, tmp_path: Path) -> Iterator[Callable[[str, str], Shell]]:
    """``on("postgresql", "demo")``: a shell on a copy of such a database."""
    with ExitStack() as stack:

        def open_shell(engine: str, content: str) -> Shell:
            url = stack.enter_context(templates.copy(engine, content))
            return Shell(new_home(tmp_path / "home"), {"BILLING_PANEL_DATABASE_URL": url})

        yield open_shell
