"""A business of one's own, whose books are looked through when the test is over."""

from collections.abc import Callable, Iterator

import pytest

from tests.businesses import Business, check_books, opened
from tests.world import World

Opening = Callable[[str], Business]


@pytest.fixture
def business(world: World) -> Iterator[Opening]:
    """``business("desk")`` opens one that runs the workflow ``desk``."""
    yield lambda workflow: opened(world, workflow)
    check_books(world)
