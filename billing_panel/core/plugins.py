"""Plugins: what is installed under the entry point ``billing_panel.plugins``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pluggy

from billing_panel.kernel.extension.background_work import Follower, PeriodicJob
from billing_panel.kernel.extension.hooks import (
    PROJECT,
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    PanelHooks,
    SearchedKind,
)
from billing_panel.kernel.language.errors import ConfigError, NotFound
from permissions.panel_functions import PanelFunction

if TYPE_CHECKING:
    # whoever asks for the plugins alone needs no database
    from sqlalchemy.orm import Session

    from billing_panel.kernel.database.database import Database
    from billing_panel.kernel.extension.feed_sources import FeedSource
    from billing_panel.kernel.extension.gateways import Gateway
    from billing_panel.kernel.extension.mail_kinds import Attachment, MailAnswer, MailKind
    from billing_panel.kernel.process.config import Config
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock


def load_plugins() -> pluggy.PluginManager:
    """Every installed plugin, in the order of their names; the panel’s own come the same way.

    What a plugin has as ``hooks`` are hooks of its own, for others. Raises
    pluggy.PluginValidationError for a hook that nobody declares.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(PanelHooks)
    for entry_point in sorted(entry_points(group="billing_panel.plugins"), key=lambda e: e.name):
        plugin = entry_point.load()
        manager.register(plugin, name=entry_point.name)
        if own := getattr(plugin, "hooks", None):
            manager.add_hookspecs(own)
    manager.check_pending()
    return manager


def all_functions(manager: pluggy.PluginManager) -> tuple[FunctionInfo, ...]:
    """The rows of the permission matrix: the panel's own functions, then those of plugins."""
    brought = [info for infos in manager.hook.panel_functions() for info in infos]
    # each area's in the order in which its plugin declares them
    return tuple(sorted(brought, key=lambda info: _area(info.name)))


def _area(name: str) -> str:
    """``order`` of ``order:history:read``; the panel's own functions are one area, before all."""
    return "" if name in frozenset(PanelFunction) else name.partition(":")[0]


def all_event_readers(manager: pluggy.PluginManager) -> tuple[EventReader, ...]:
    """How events are read: the panel's own kinds, then those of plugins."""
    return tuple(reader for readers in manager.hook.panel_event_readers() for reader in readers)


def all_searched_kinds(manager: pluggy.PluginManager) -> tuple[SearchedKind, ...]:
    """What is found by words, in the order in which it is shown: what can be done comes last."""
    brought = [kind for kinds in manager.hook.panel_search() for kind in kinds]
    return tuple(sorted(brought, key=lambda kind: kind.is_action))


def all_feed_sources(manager: pluggy.PluginManager) -> tuple[FeedSource, ...]:
    """What is addressed to people, beside the log."""
    return tuple(source for brought in manager.hook.panel_feed_sources() for source in brought)


def all_followers(manager: pluggy.PluginManager, config: Config) -> tuple[Follower, ...]:
    """What the worker does as soon as something has happened."""
    return tuple(one for brought in manager.hook.panel_followers(config=config) for one in brought)


def all_jobs(
    manager: pluggy.PluginManager, gateways: Mapping[str, Gateway], config: Config
) -> tuple[PeriodicJob, ...]:
    """What the worker does again and again."""
    brought = manager.hook.panel_jobs(gateways=gateways, config=config)
    return tuple(job for jobs in brought for job in jobs)


def all_client_records(manager: pluggy.PluginManager) -> tuple[ClientRecords, ...]:
    """What is held about clients: by the panel itself, then by plugins."""
    return tuple(held for records in manager.hook.panel_client_records() for held in records)


def all_checks(manager: pluggy.PluginManager) -> tuple[Check, ...]:
    """What must be true of a database, by name."""
    brought = [check for checks in manager.hook.panel_checks() for check in checks]
    return tuple(sorted(brought, key=lambda check: check.name))


def all_session_info(manager: pluggy.PluginManager) -> Mapping[str, object]:
    """What plugins give to whoever works in a session. Raises ValueError when two clash."""
    brought = manager.hook.panel_session_info(manager=manager, functions=all_functions(manager))
    return {name: value for info in brought for name, value in info.items()}


def all_mail_kinds(manager: pluggy.PluginManager) -> Mapping[str, MailKind]:
    """Kinds of letters by key, in the order of plugins. Raises ValueError when two clash."""
    brought = [kind for kinds in manager.hook.panel_mail_kinds() for kind in kinds]
    if len({kind.key for kind in brought}) != len(brought):
        raise ValueError("two plugins bring letters of one kind")
    return {kind.key: kind for kind in brought}


def mail_attachment(
    manager: pluggy.PluginManager,
) -> Callable[[Database, str, int], Attachment | None]:
    """How a letter's attachment is fetched: by the plugin it belongs to."""

    def fetch(database: Database, noun: str, row_id: int) -> Attachment | None:
        found: Attachment | None = manager.hook.panel_mail_attachment(
            database=database, noun=noun, id=row_id
        )
        return found

    return fetch


def mail_answer(
    manager: pluggy.PluginManager,
) -> Callable[[Session, MailAnswer, Actor, Clock], None]:
    """How an answer by mail is taken: by the plugin it concerns. Raises NotFound: it is none's."""

    def take(session: Session, answer: MailAnswer, actor: Actor, clock: Clock) -> None:
        taken = manager.hook.panel_mail_answer(
            session=session, answer=answer, actor=actor, clock=clock
        )
        if not taken:
            raise NotFound

    return take


def all_gateways(manager: pluggy.PluginManager, config: Config) -> Mapping[str, Gateway]:
    """Payment systems by key. Raises ConfigError."""
    gateways: dict[str, Gateway] = {}
    for brought in manager.hook.panel_gateways(config=config):
        for gateway in brought:
            if gateway.key in gateways:
                raise ConfigError(f"two plugins bring a payment system {gateway.key!r}")
            gateways[gateway.key] = gateway
    return gateways
