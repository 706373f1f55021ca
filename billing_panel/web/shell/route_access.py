"""Every route says who may use it. A test walks the URL map and fails on one that does not."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import current_app

from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.request_context import current_actor, signed_in_actor
from permissions.guard import allows, require

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Access:
    """``functions``: one of them is needed. None named: ``signed_in`` or everybody.

    ``for_staff``: no page of a client's own area; to a client it does not exist.
    """

    functions: tuple[str, ...] = ()
    signed_in: bool = True
    for_staff: bool = False

    def check(self, actor: Actor) -> None:
        """Raises FunctionNotHeld; NotFound for a client where only staff may come."""
        if self.functions:
            require(actor, *self.functions)
        if self.for_staff:
            staff_only(actor)

    def lets_in(self, actor: Actor) -> bool:
        """The same as a question, for the buttons that lead here."""
        kept_out = self.for_staff and actor.client_id is not None
        return not kept_out and (not self.functions or allows(actor, *self.functions))


PUBLIC = Access(signed_in=False)
SIGNED_IN = Access()
ATTRIBUTE = "panel_access"
FILES = "panel_takes_files"


def needs(*functions: str, for_staff: bool = False) -> Access:
    """Access for whoever holds one of ``functions``; ``for_staff``: for staff alone."""
    if not functions:
        raise ValueError("name a function, or say SIGNED_IN")
    return Access(functions, for_staff=for_staff)


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
                declared.check(current_actor())
            return view(*args, **kwargs)

        setattr(guarded, ATTRIBUTE, declared)
        return guarded

    return declare


def takes_files(view: Callable[P, R]) -> Callable[P, R]:
    """Declare that files may be sent there, by people who are signed in (``request_bounds``)."""
    setattr(view, FILES, True)
    return view


def may_send_files(endpoint: str | None) -> bool:
    """Whether the page at ``endpoint`` takes files of whoever is signed in."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, FILES, False) and signed_in_actor() is not None


def may_open(endpoint: str) -> bool:
    """Whether whoever is signed in may use the page or the button at ``endpoint``.

    Asked of the route's own declaration; what belongs to one row alone, its action still checks.
    """
    declared: Access = getattr(current_app.view_functions[endpoint], ATTRIBUTE)
    if not declared.signed_in:
        return True
    actor = signed_in_actor()
    return actor is not None and declared.lets_in(actor)
