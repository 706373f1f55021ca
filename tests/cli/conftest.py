"""Homes with the demo for processes, and databases for commands typed within the tests."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.runtime.open_panel import open_panel
from tests.cli.keyboard import Keyboard
from tests.cli.shell import Ran, Shell, Typed
from tests.conftest import CACHE, new_home
from tests.world import World


@pytest.fixture
def config(config: Config) -> Config:
    """Fonts are made at the first run of the tests and kept."""
    return replace(config, home=CACHE)


@pytest.fixture
def keyboard(world: World) -> Keyboard:
    return Keyboard(world.panel)


@pytest.fixture
def empty_keyboard(empty_url: str, clock: FixedClock) -> Iterator[Keyboard]:
    """On a database without a table."""
    config = Config(home=CACHE, database_url=empty_url, secret_key="only for tests")
    panel = open_panel(config, load_plugins(), clock)
    yield Keyboard(panel)
    panel.database.close()


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


@pytest.fixture(scope="session")
def typed_demo(demo: Shell) -> Typed:
    """The demo, for commands that only read or are refused, as any process is."""
    return Typed(demo.home)


@pytest.fixture
def typed(shell: Shell) -> Typed:
    """A copy of the demo to write in."""
    return Typed(shell.home)


@pytest.fixture
def shell(demo: Shell, tmp_path: Path) -> Shell:
    """A copy of the demo in an SQLite file, to write in."""
    shutil.copytree(demo.home, tmp_path / "home", symlinks=True)
    return Shell(tmp_path / "home")


@pytest.fixture
def empty(tmp_path: Path) -> Shell:
    """A home in which nothing was done yet."""
    return Shell(new_home(tmp_path / "home"))
