"""Outgoing webhooks, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from billing_panel.core.plugins import all_event_readers
from billing_panel.kernel.extension.background_work import Follower, PeriodicJob
from billing_panel.kernel.extension.hooks import (
    Check,
    EventReader,
    FunctionInfo,
    NavigationEntry,
    hookimpl,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.lazy_imports import Named, named
from billing_panel.kernel.process.lazy_values import Lazy
from plugins.webhooks.functions import WEBHOOKS_FUNCTIONS
from plugins.webhooks.session_info_keys import KNOWN_EVENTS, KNOWN_FUNCTIONS, KnownEvents

if TYPE_CHECKING:
    import pluggy
    from flask import Blueprint

    from billing_panel.kernel.database.database import Database
    from billing_panel.kernel.process.config import Config
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock

PLACES: Named[Callable[[Actor], Iterable[NavigationEntry]]] = Named(
    "plugins.webhooks.surface.webhook_menu:places"
)
QUEUE: Named[Callable[..., object]] = Named("plugins.webhooks.delivering.queue_events:queue_events")
SEND: Named[Callable[..., object]] = Named(
    "plugins.webhooks.delivering.send_deliveries:send_waiting"
)
FORGET: Named[Callable[..., object]] = Named(
    "plugins.webhooks.delivering.forget_old_deliveries:forget_old_deliveries"
)


class WebhooksPlugin:
    """Plugin that posts what happens to where a provider wants it."""

    @hookimpl
    def panel_session_info(
        self, manager: pluggy.PluginManager, functions: tuple[FunctionInfo, ...]
    ) -> Mapping[str, object]:
        known = frozenset(str(info.name) for info in functions)
        return {KNOWN_EVENTS: Lazy(partial(_known_events, manager)), KNOWN_FUNCTIONS: known}

    @hookimpl
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return WEBHOOKS_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "plugins.webhooks.surface.endpoint_pages:webhooks",
            "plugins.webhooks.surface.delivery_pages:webhook_deliveries",
            "plugins.webhooks.surface.webhook_api:api.blueprint",
            "plugins.webhooks.surface.delivery_api:api.blueprint",
        )

    @hookimpl
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        return tuple(PLACES()(actor))

    @hookimpl
    def panel_tables(self) -> Sequence[str]:
        return ("plugins.webhooks.store.models",)

    @hookimpl
    def panel_jobs(self) -> Sequence[PeriodicJob]:
        def forget(database: Database, actor: Actor, clock: Clock) -> None:
            FORGET()(database, actor, clock)

        return (
            PeriodicJob("webhooks.forget", text("Deleting old webhook deliveries"), 60, forget),
        )

    @hookimpl
    def panel_followers(self, config: Config) -> Sequence[Follower]:
        def queue(database: Database, actor: Actor, clock: Clock) -> None:
            QUEUE()(database, actor=actor, clock=clock)

        def send(database: Database, actor: Actor, clock: Clock) -> None:
            SEND()(database, config=config, actor=actor, clock=clock)

        return (
            Follower("webhooks.queue", text("Preparing webhook deliveries"), queue),
            Follower("webhooks.send", text("Sending webhooks"), send),
        )

    @hookimpl
    def panel_checks(self) -> Sequence[Check]:
        (checks,) = named("plugins.webhooks.delivering.webhook_checks:WEBHOOK_CHECKS")
        return tuple(checks)

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return named("plugins.webhooks.surface.webhook_event_wording:WEBHOOK_EVENTS")

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"


def _known_events(manager: pluggy.PluginManager) -> KnownEvents:
    readers = all_event_readers(manager)
    return KnownEvents(
        titles={kind: title for one in readers for kind, title in one.kinds.items()},
        sights={kind: sight for one in readers for kind, sight in one.sights.items()},
    )


plugin = WebhooksPlugin()
