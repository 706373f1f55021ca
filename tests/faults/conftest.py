"""Homes with a database of the demo, for servers in processes of their own."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.conftest import Templates, new_home


@pytest.fixture
def schema_url(templates: Templates, engine: str) -> Iterator[str]:
    """A database without a row: a server starts on it at once, with no logins to hand out."""
    with templates.copy(engine, "schema") as url:
        yield url


@pytest.fixture
def home_of(tmp_path: Path) -> Callable[..., Shell]:
    """``home_of(url, HEAD_SECONDS=1)``: a shell with these settings on that database."""
    numbers = count(1)

    def make(url: str, **settings: object) -> Shell:
        named = {f"BILLING_PANEL_{name}": str(value) for name, value in settings.items()}
        home = new_home(tmp_path / f"home-{next(numbers)}")
        return Shell(home, {"BILLING_PANEL_DATABASE_URL": url, **named})

    return make
