"""The guard of every action. The only module that knows Flask-Principal.

``Permission.allows`` is used, not ``require``: it needs no application context, so the command
line, jobs and tests pass the same guard as the pages.
"""

from functools import lru_cache

from flask_principal import Identity, Need, Permission

from billing_panel.kernel.language.errors import FunctionNotHeld
from billing_panel.kernel.values.actor import Actor


@lru_cache(maxsize=1_000)
def identity_of(functions: frozenset[str]) -> Identity:
    """An identity that provides a need for each function of somebody who holds these."""
    identity = Identity("holder")
    identity.provides.update(Need("function", function) for function in functions)
    return identity


@lru_cache(maxsize=1_000)
def _permission(functions: frozenset[str]) -> Permission:
    return Permission(*(Need("function", name) for name in functions))


def allows(actor: Actor, function: str, *or_any_of: str) -> bool:
    """Whether ``actor`` holds at least one of the named functions; at least one must be named."""
    asked = _permission(frozenset(map(str, (function, *or_any_of))))
    return bool(asked.allows(identity_of(actor.functions)))


def require(actor: Actor, function: str, *or_any_of: str) -> None:
    """Raises FunctionNotHeld, naming the first, when ``actor`` holds none of the functions."""
    if not allows(actor, function, *or_any_of):
        raise FunctionNotHeld(str(function))
