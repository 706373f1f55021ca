"""Kinds of mail, as the panel and its plugins declare them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.actor import Actor

# stands in examples for the panel's own address, which a preview puts in its place
EXAMPLE_URL = "https://panel.example.com"


@dataclass(frozen=True)
class Attachment:
    """A file attached to a letter, as it was when the letter was sent."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class MailAnswer:
    """What somebody answered a letter by mail: ``words`` without what they quote.

    The letter was to ``address`` (and so of ``user_id``, where it is a user's), from the provider,
    about ``thread``. ``files``: (name, content), as they were sent.
    """

    thread: str | None
    provider_id: int | None
    client_id: int | None
    user_id: int | None
    address: str
    language: str
    words: str
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Sample:
    """What a preview is filled in with: the placeholders' values, and what they were taken from."""

    values: Mapping[str, str]
    source: Text | None = None


def no_sample(_session: Session, _actor: Actor, _provider_id: int, _language: str) -> Sample | None:
    """There is nothing of theirs to show it with: made-up values are used."""
    return None


@dataclass(frozen=True)
class MailKind:
    """One kind of letter. Its usual text is ``templates/mail/<language>/<key>.txt``.

    ``key`` is ``noun.past_participle``; ``section`` is the heading it stands under in the settings.
    ``placeholders``: what may stand in the text, with what it is; ``example`` has a made-up value
    for each. ``samples(session, actor, provider_id, language)`` takes values from something real
    of that provider which the actor may see. ``secrets``: those placeholders that come sealed.
    ``optional``: whoever gets it can switch it off on the page of their notices.
    """

    key: str
    section: Text
    title: Text
    placeholders: Mapping[str, Text]
    example: Mapping[str, str]
    samples: Callable[[Session, Actor, int, str], Sample | None] = no_sample
    secrets: frozenset[str] = field(default_factory=frozenset)
    optional: bool = False
