"""What a plugin may bring. Each hook is used by a plugin of this repository."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import pluggy
from flask import Blueprint

from billing_panel.kernel.text import Text

PROJECT = "billing_panel"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True)
class FunctionInfo:
    """A function of the permission matrix, named ``area:resource:action``.

    ``section`` is the row of the matrix it opens from; ``moves_money`` marks it there.
    """

    name: str
    section: Text
    title: Text
    moves_money: bool = False


class PanelHooks:
    @hookspec
    def panel_functions(self) -> Sequence[FunctionInfo]:
        """Functions the plugin adds to the matrix."""
        return ()

    @hookspec
    def panel_blueprints(self) -> Sequence[Blueprint]:
        """Routes of pages and of the API."""
        return ()

    @hookspec
    def panel_commands(self) -> Sequence[click.Command]:
        """Commands under ``billing-panel``."""
        return ()

    @hookspec
    def panel_migrations(self) -> Path | None:
        """The folder of the plugin's own Alembic versions."""
        return None
