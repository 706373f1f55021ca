"""A kind of notice: who is told, by which channels, and how people choose. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from billing_panel.kernel.language.text import Text, text


class Channel(StrEnum):
    """By what somebody is told. Sound and desktop notifications come where the panel is open."""

    PANEL = "panel"
    MAIL = "mail"
    SOUND = "sound"
    DESKTOP = "desktop"


CHANNEL_TITLES: Mapping[Channel, Text] = {
    Channel.PANEL: text("In the panel"),
    Channel.MAIL: text("E-mail"),
    Channel.SOUND: text("With a sound"),
    Channel.DESKTOP: text("On the desktop"),
}

Channels = frozenset[Channel]


class Audience(StrEnum):
    """On which side of an order somebody stands."""

    STAFF = "staff"
    CLIENT = "client"


@dataclass(frozen=True)
class NoticeKind:
    """``key`` is ``noun.past_participle``, and the kind of its letter too.

    ``functions``: any one of them lets somebody be told; none: everybody of the ``audience``.
    ``channels``: by what, until somebody chooses otherwise. ``weight``: of several kinds that one
    step of an order brings, the heaviest is told.

    ``is_receipt``: whoever did it is written to as well. ``to_one``: it concerns one person, whom
    the event names, and nobody else. ``to_client``, ``to_accounting``, ``to_provider``: a letter
    goes to the client's own address, to those of their accounting, to the provider's own.
    """

    key: str
    title: Text
    section: Text
    audience: Audience
    functions: tuple[str, ...]
    channels: Channels
    weight: int = 0
    is_receipt: bool = False
    to_one: bool = False
    to_client: bool = False
    to_accounting: bool = False
    to_provider: bool = False
