"""A business of one's own, in which all must be right when the test is over."""

from collections.abc import Callable, Iterator

import pytest

from tests.businesses import Business, opened, wrongs
from tests.world import World

Opening = Callable[[str], Business]


@pytest.fixture
def business(world: World) -> Iterator[Opening]:
    """``business("desk")`` opens one that runs the workflow ``desk``."""
    yield lambda workflow: opened(world, workflow)
    assert wrongs(world) == []
