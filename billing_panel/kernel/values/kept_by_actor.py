"""What is made of nothing but an actor is made once for each."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, wraps
from typing import TypeVar, TypeVarTuple

from billing_panel.kernel.values.actor import Actor

T = TypeVar("T")
More = TypeVarTuple("More")
# as many people with the rights they have now
KEPT = 1_000


def kept_by_actor(make: Callable[[Actor, *More], T]) -> Callable[[Actor, *More], T]:
    """Keep what ``make`` gives, such as a statement: it may ask the actor alone, and no database.

    Somebody with other rights, another scope or another language is another actor, so nothing that
    is kept can be of rights that are gone. Where the actor sits is left out. What else ``make`` is
    given, such as the name of a dialect, is part of what it is kept by.
    """
    kept = lru_cache(maxsize=KEPT)(make)

    @wraps(make)
    def given(actor: Actor, *more: *More) -> T:
        return kept(replace(actor, address=None), *more)

    return given
