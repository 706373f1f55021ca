"""Slow work stays out of writing transactions, which make all other writers wait.

What takes long, or waits for somebody else's answer, is declared ``slow``: hashing, judging of
passwords, drawing, decoding of pictures, the network. Called while this thread writes, it is
refused on the spot, so that no test and no page ever gets used to it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_writing: ContextVar[bool] = ContextVar("writing", default=False)


class SlowWhileWriting(RuntimeError):
    """A mistake of ours: slow work was about to be done inside a writing transaction."""


@contextmanager
def while_writing() -> Iterator[None]:
    """What runs inside is a writing transaction of this thread."""
    before = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(before)


def refuse_while_writing(what: str) -> None:
    """Raises SlowWhileWriting."""
    if _writing.get():
        raise SlowWhileWriting(f"{what} would keep everybody who writes waiting")


def slow(work: Callable[P, R]) -> Callable[P, R]:
    """``work`` raises SlowWhileWriting when it is called while this thread writes."""

    @wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        refuse_while_writing(work.__qualname__)
        return work(*args, **kwargs)

    return guarded
