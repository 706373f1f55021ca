"""Every route says who may use it. A test walks the URL map and fails on one that does not."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.context import current_actor
from permissions.guard import require

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Access:
    """``functions``: one of them is needed. None named: ``signed_in`` or everybody."""

    functions: tuple[str, ...] = ()
    signed_in: bool = True


PUBLIC = Access(signed_in=False)
SIGNED_IN = Access()
ATTRIBUTE = "panel_access"


def needs(*functions: str) -> Access:
    """Access for whoever holds one of ``functions``."""
    if not functions:
        raise ValueError("name a function, or say SIGNED_IN")
    return Access(functions)


def staff_only(actor: Actor) -> None:
    """What staff see of clients is no page of a client's own area. Raises NotFound."""
    if actor.client_id is not None:
        raise NotFound


def access(declared: Access) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare and enforce who may use a page; the guard runs before anything of it is read."""

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if declared.signed_in:
                actor = current_actor()
                if declared.functions:
                    require(actor, *declared.functions)
            return view(*args, **kwargs)

        setattr(guarded, ATTRIBUTE, declared)
        return guarded

    return declare
