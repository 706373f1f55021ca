"""By which ``Session.info`` has who is told of each kind of event, and the titles of the kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import Sight
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.process.lazy_values import Lazy

if TYPE_CHECKING:
    # whoever asks for the plugins alone needs no database
    from sqlalchemy.orm import Session

KNOWN_EVENTS = "webhooks.known_events"
KNOWN_FUNCTIONS = "webhooks.known_functions"


@dataclass(frozen=True)
class KnownEvents:
    """By kind of event: its title, and who is told of it at once."""

    titles: Mapping[str, Text]
    sights: Mapping[str, Sight]


def known_events(session: Session) -> KnownEvents:
    """Of the panel this session is of."""
    kept: Lazy[KnownEvents] = session.info[KNOWN_EVENTS]
    return kept()


def known_functions(session: Session) -> frozenset[str]:
    """Names of all the functions there are."""
    return frozenset(session.info[KNOWN_FUNCTIONS])
