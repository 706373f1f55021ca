"""What one running panel is made of, handed to whatever serves it: pages, API, commands, jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from billing_panel.accounts.signing_in.sessions import Life
from billing_panel.accounts.signing_in.sign_in import Door
from billing_panel.kernel.database.db import Database
from billing_panel.kernel.extension.gateways import Gateway
from billing_panel.kernel.extension.hooks import (
    ClientRecords,
    EventReader,
    FunctionInfo,
    SearchedKind,
)
from billing_panel.kernel.process.concurrency_limit import Places
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.clock import Clock
from billing_panel.live.feed import Feed

EXTENSION = "billing_panel"


@dataclass(frozen=True)
class Panel:
    """``gateways``: payment systems by key, those for which there are keys.

    ``drawings`` and ``exports`` bound, in this process, the PDFs drawn and the files sent at once.
    """

    config: Config
    database: Database
    clock: Clock
    functions: tuple[FunctionInfo, ...]
    event_readers: tuple[EventReader, ...]
    client_records: tuple[ClientRecords, ...]
    feed: Feed
    searched_kinds: tuple[SearchedKind, ...] = ()
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    drawings: Places = field(default_factory=partial(Places, most=8, of_one=2))
    exports: Places = field(default_factory=partial(Places, most=8, of_one=2))

    @property
    def door(self) -> Door:
        """What signing in stands on."""
        config = self.config
        idle, whole = config.session_idle_minutes, config.session_hours
        return Door(
            database=self.database,
            clock=self.clock,
            secret_key=config.secret_key,
            free_failures=config.free_sign_in_failures,
            life=Life(idle=timedelta(minutes=idle), whole=timedelta(hours=whole)),
        )

    @property
    def known(self) -> frozenset[str]:
        """Names of every function there is."""
        return frozenset(str(info.name) for info in self.functions)
