"""When Python's collector looks for objects that hold nothing but each other.

It reads every object there is, in vain while modules are imported: what they make stays. Of half a
million objects of a panel that starts hardly two thousand are waste.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """Leave waste where it is meanwhile. Whoever is inside another one changes nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
