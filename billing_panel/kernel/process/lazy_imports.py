"""What is imported when it is first asked for (docs/performance.md, *Start*).

Functions import nothing, so a module costs whoever imports it all that it names. What a plugin
brings and the commands of the command line are many such modules, of which a process needs few:
they are written ``package.module:name``. ``tests/unit/test_named.py`` looks each of them up.
"""

from pkgutil import resolve_name
from typing import Any, Generic, TypeVar

import click
from typing_extensions import override

from billing_panel.kernel.process.collecting import without_collecting

T = TypeVar("T")


class Named(Generic[T]):
    """A thing of another module; called, it is that thing."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __call__(self) -> T:
        """Raises ImportError, AttributeError: nothing stands there."""
        found: T = resolve_name(self.where)
        return found


def named(*where: str) -> tuple[Any, ...]:
    """The things of those names. Raises ImportError, AttributeError."""
    return tuple(resolve_name(one) for one in where)


class NamedCommand(click.Command):
    """A command known by its name and its help; the rest is imported when it is run.

    ``help``: the first sentence of its docstring, which lists of commands show.
    """

    def __init__(self, name: str, where: str, help: str) -> None:  # noqa: A002 (click names it)
        super().__init__(name, help=help)
        self.real = Named[click.Command](where)

    @override
    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: object,
    ) -> click.Context:
        with without_collecting():
            real = self.real()
        return real.make_context(info_name, args, parent, **extra)
