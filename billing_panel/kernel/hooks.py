"""What a plugin may bring. Each hook is used by a plugin of this repository."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pluggy
from flask import Blueprint
from sqlalchemy.orm import Session

from billing_panel.config import Config
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.db import Database
from billing_panel.kernel.gateways import Gateway
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


@dataclass(frozen=True)
class NavigationEntry:
    """A place in the menu: the label, the endpoint with its values, and an icon of the sprite.

    ``settings``: it stands below, among the places where the panel is set up.
    """

    label: Text
    endpoint: str
    icon: str
    values: Mapping[str, Any] = field(default_factory=dict)
    settings: bool = False


@dataclass(frozen=True)
class SetupStep:
    """Something an empty panel still needs: what to do, why, and the endpoint where it is done.

    ``optional``: orders can be placed without it.
    """

    title: Text
    sentence: Text
    endpoint: str
    is_done: bool
    values: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True)
class PeriodicJob:
    """``run(database, actor, clock)`` each ``minutes`` minutes; ``actor`` is the system.

    It may run in two workers at once, or late: it does what is due, once.
    """

    name: str
    minutes: int
    run: Callable[[Database, Actor, Clock], object]


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
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:  # noqa: ARG002 (names it)
        """Places the actor may open."""
        return ()

    @hookspec
    def panel_setup_steps(self, session: Session, actor: Actor) -> Sequence[SetupStep]:  # noqa: ARG002
        """Steps of the actor's on the way to the first order, after the panel's own."""
        return ()

    @hookspec
    def panel_commands(self) -> Sequence[click.Command]:
        """Commands under ``billing-panel``."""
        return ()

    @hookspec
    def panel_gateways(self, config: Config) -> Sequence[Gateway]:  # noqa: ARG002
        """Payment systems for which there are keys. Raises ConfigError for half of them."""
        return ()

    @hookspec
    def panel_jobs(self, gateways: Mapping[str, Gateway]) -> Sequence[PeriodicJob]:  # noqa: ARG002
        """What the worker does again and again."""
        return ()

    @hookspec
    def panel_migrations(self) -> Path | None:
        """The folder of the plugin's own Alembic versions."""
        return None
