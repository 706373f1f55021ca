"""A business of one's own, in which all must be right when the test is over."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.businesses import Business, opened, wrongs
from tests.conftest import NOON, Templates
from tests.world import World

Opening = Callable[[str], Business]


@pytest.fixture
def business(
    world: World, templates: Templates, engine: str, request: pytest.FixtureRequest
) -> Iterator[Opening]:
    """``business("desk")`` opens one that runs the workflow ``desk``; what was done before is gone.

    Each kind is opened once, and kept for the tests to come. What one writer leaves is the same on
    both engines and looked at on SQLite alone; what several leave is looked at on both.
    """
    is_open = False

    def open_business(workflow: str) -> Business:
        nonlocal is_open
        is_open = True
        assert world.clock.at == NOON
        make = partial(opened, world, workflow)
        templates.restore_made(engine, f"business_{workflow}", world.database, make)
        return Business(world)

    yield open_business
    assert is_open, "until then the database is that of the test before"
    if engine == "sqlite" or "races" in request.path.stem:
        assert wrongs(world) == []
