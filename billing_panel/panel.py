"""What one running panel is made of, handed to whatever serves it: pages, API, commands, jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from billing_panel.config import Config
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.db import Database
from billing_panel.kernel.gateways import Gateway
from billing_panel.kernel.hooks import ClientRecords, EventReader, FunctionInfo

EXTENSION = "billing_panel"


@dataclass(frozen=True)
class Panel:
    """``gateways``: payment systems by key, those for which there are keys."""

    config: Config
    database: Database
    clock: Clock
    functions: tuple[FunctionInfo, ...]
    event_readers: tuple[EventReader, ...]
    client_records: tuple[ClientRecords, ...]
    gateways: Mapping[str, Gateway] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[str]:
        """Names of every function there is."""
        return frozenset(str(info.name) for info in self.functions)
