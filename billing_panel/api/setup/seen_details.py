"""Changing what has details (``concurrent_changes``) through the API.

A program says by ``version`` which state it saw, as a page does by its whole form. A body that
changes names the fields that change; what it leaves out stays as it is.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from billing_panel.administration.details.concurrent_changes import state_of, version_of
from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_dispatch import AnyCall
from billing_panel.api.request_bodies import Body
from billing_panel.kernel.language.errors import Conflict
from billing_panel.kernel.language.stale_version import STALE
from billing_panel.kernel.language.text import text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

D = TypeVar("D", bound="DataclassInstance")

CHANGED_SINCE = text(
    "Someone has changed this since; compare with what is there now, then send it again."
)
# what an action says when somebody else was quicker by a moment
CHANGED_MEANWHILE = "changed_meanwhile"


def named_in(body: Body) -> Mapping[str, Any]:
    """The fields that were sent, without the version."""
    return {name: getattr(body, name) for name in body.model_fields_set if name != "version"}


def changed(now: D, body: Body, **read: Any) -> D:
    """``now`` with what the body names; ``read``: values of fields of it that it says as text."""
    named = named_in(body)
    return replace(now, **{name: read.get(name, value) for name, value in named.items()})


@contextmanager
def on_state(
    call: AnyCall,
    now: "DataclassInstance",
    current: Callable[[], Answer],
    *,
    version: int | None = None,
    hidden: Collection[str] = (),
) -> Iterator[str]:
    """The state of ``now``, for the action's ``seen``; ``version``: its number, else by details.

    ``hidden``: fields that the caller may not see, nor so change.

    Raises Conflict ``stale_version`` with ``current`` where the caller saw another version, or
    somebody changes it at this moment.
    """
    there = version_of(now, hidden) if version is None else version
    with on_version(call, there, current):
        yield state_of(now, hidden)


@contextmanager
def on_version(call: AnyCall, there: int, current: Callable[[], Answer]) -> Iterator[None]:
    """The same of what is numbered; ``there``: the number it has now."""
    if call.version is not None and call.version != there:
        raise _stale(current)
    try:
        yield
    except Conflict as error:
        if error.code != CHANGED_MEANWHILE:
            raise
        raise _stale(current) from error


def _stale(current: Callable[[], Answer]) -> Conflict:
    return Conflict(CHANGED_SINCE, code=STALE, facts={"current": current()})
