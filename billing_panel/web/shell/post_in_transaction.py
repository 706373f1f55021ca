"""A page's answer to a refusal: itself again, with everything that was typed, and the reason."""

from collections.abc import Callable
from typing import TypeVar

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import DomainError
from billing_panel.web.shell.request_context import panel

T = TypeVar("T")

# what a person can fix, or must be told beside what they typed
TOLD_ON_THE_PAGE = frozenset({409, 422})
# the same, where a right that is missing is told there too
WITH_RIGHTS = TOLD_ON_THE_PAGE | {403}


def answer(
    act: Callable[[], ResponseReturnValue],
    page: Callable[[DomainError], ResponseReturnValue],
    told: frozenset[int] = TOLD_ON_THE_PAGE,
) -> ResponseReturnValue:
    """What ``act`` answers; ``page`` shows a refusal whose status is among ``told``.

    Raises every other refusal: it has a page of its own.
    """
    try:
        return act()
    except DomainError as refusal:
        if refusal.status not in told:
            raise
        return page(refusal)


def change(
    act: Callable[[Session], T],
    page: Callable[[DomainError], ResponseReturnValue],
    then: Callable[[T], ResponseReturnValue],
    told: frozenset[int] = TOLD_ON_THE_PAGE,
) -> ResponseReturnValue:
    """Run ``act`` in one writing transaction and answer with ``then``; refusals as ``answer``.

    ``then`` comes after the commit: it gets plain values, no rows.
    """

    def done() -> ResponseReturnValue:
        with panel().database.writing() as db:
            made = act(db)
        return then(made)

    return answer(done, page, told)
