"""One running panel, as handed to pages, API, commands and jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pluggy

from billing_panel.core.plugins import (
    all_client_records,
    all_event_readers,
    all_feed_sources,
    all_functions,
    all_gateways,
    all_searched_kinds,
)
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.extension.gateways import Gateway
from billing_panel.kernel.extension.hooks import (
    ClientRecords,
    EventReader,
    FunctionInfo,
    SearchedKind,
)
from billing_panel.kernel.process.concurrency_limit import Places
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.process.lazy_imports import Named
from billing_panel.kernel.process.lazy_values import Lazy, kept_property
from billing_panel.kernel.values.clock import Clock

if TYPE_CHECKING:
    from billing_panel.accounts.signing_in.sessions import Life
    from billing_panel.accounts.signing_in.sign_in import SigningIn
    from billing_panel.live.feed import Feed

EXTENSION = "billing_panel"
SIGNING_IN: Named[type[SigningIn]] = Named("billing_panel.accounts.signing_in.sign_in:SigningIn")
LIFE: Named[type[Life]] = Named("billing_panel.accounts.signing_in.sessions:Life")
FEED: Named[type[Feed]] = Named("billing_panel.live.feed:Feed")


class Brought:
    """What plugins bring to one panel; each thing is asked for when somebody first needs it."""

    def __init__(
        self, plugins: pluggy.PluginManager, config: Config, database: Database, clock: Clock
    ) -> None:
        self.plugins = plugins
        self._config = config
        self._database = database
        self._clock = clock

    @kept_property
    def functions(self) -> tuple[FunctionInfo, ...]:
        return all_functions(self.plugins)

    @kept_property
    def known(self) -> frozenset[str]:
        return frozenset(str(info.name) for info in self.functions)

    @kept_property
    def event_readers(self) -> tuple[EventReader, ...]:
        return all_event_readers(self.plugins)

    @kept_property
    def client_records(self) -> tuple[ClientRecords, ...]:
        return all_client_records(self.plugins)

    @kept_property
    def searched_kinds(self) -> tuple[SearchedKind, ...]:
        return all_searched_kinds(self.plugins)

    @kept_property
    def gateways(self) -> Mapping[str, Gateway]:
        return all_gateways(self.plugins, self._config)

    def complete(self) -> None:
        """Ask for all of it, as whoever answers pages does. Raises ConfigError, ValueError."""
        for name in ("event_readers", "client_records", "searched_kinds", "gateways", "feed"):
            getattr(self, name)
        for thing in self._database.info.values():
            if isinstance(thing, Lazy):
                thing()

    @kept_property
    def feed(self) -> Feed:
        return FEED()(
            self._database,
            self._clock,
            sights={
                kind: sight
                for reader in self.event_readers
                for kind, sight in reader.sights.items()
            },
            sources=all_feed_sources(self.plugins),
            idle=timedelta(minutes=self._config.session_idle_minutes),
            most=self._config.listeners,
        )


@dataclass(frozen=True)
class Panel:
    """``drawings`` and ``exports`` bound, in this process, the PDFs drawn and the files sent."""

    config: Config
    database: Database
    clock: Clock
    brought: Brought
    drawings: Places = field(default_factory=partial(Places, most=8, of_one=2))
    exports: Places = field(default_factory=partial(Places, most=8, of_one=2))

    @property
    def functions(self) -> tuple[FunctionInfo, ...]:
        return self.brought.functions

    @property
    def event_readers(self) -> tuple[EventReader, ...]:
        return self.brought.event_readers

    @property
    def client_records(self) -> tuple[ClientRecords, ...]:
        return self.brought.client_records

    @property
    def searched_kinds(self) -> tuple[SearchedKind, ...]:
        """What is found by words."""
        return self.brought.searched_kinds

    @property
    def gateways(self) -> Mapping[str, Gateway]:
        """Payment systems by key, those for which there are keys. Raises ConfigError."""
        return self.brought.gateways

    @property
    def feed(self) -> Feed:
        return self.brought.feed

    @property
    def signing_in(self) -> SigningIn:
        """What signing in stands on."""
        config = self.config
        idle, whole = config.session_idle_minutes, config.session_hours
        return SIGNING_IN()(
            database=self.database,
            clock=self.clock,
            secret_key=config.secret_key,
            free_failures=config.free_sign_in_failures,
            life=LIFE()(idle=timedelta(minutes=idle), whole=timedelta(hours=whole)),
        )

    @property
    def known(self) -> frozenset[str]:
        """Names of every function there is."""
        return self.brought.known
