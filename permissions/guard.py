"""The guard of every action. The only module that knows Flask-Principal.

``Permission.allows`` is used, not ``require``: it needs no application context, so the command
line, jobs and tests pass the same guard as the pages.
"""

from flask_principal import Identity, Need, Permission

from billing_panel.kernel.language.errors import FunctionNotHeld
from billing_panel.kernel.values.actor import Actor


def identity_of(actor: Actor) -> Identity:
    """Make an identity that provides a need for each function the actor holds."""
    identity = Identity(actor.login)
    identity.provides.update(Need("function", function) for function in actor.functions)
    return identity


def allows(actor: Actor, function: str, *or_any_of: str) -> bool:
    """Whether ``actor`` holds at least one of the named functions; at least one must be named."""
    needs = [Need("function", str(name)) for name in (function, *or_any_of)]
    return bool(Permission(*needs).allows(identity_of(actor)))


def require(actor: Actor, function: str, *or_any_of: str) -> None:
    """Raises FunctionNotHeld, naming the first, when ``actor`` holds none of the functions."""
    if not allows(actor, function, *or_any_of):
        raise FunctionNotHeld(str(function))
