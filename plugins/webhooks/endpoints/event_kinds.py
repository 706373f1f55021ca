"""Which kinds of events an endpoint can be told: those of the feed (docs/live.md)."""

from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Sight
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from permissions.panel_functions import PanelFunction
from plugins.webhooks.endpoints.event_subjects import is_chosen
from plugins.webhooks.session_info_keys import known_events

# what is done to webhooks is told by no webhook
OWN = "webhook."


def kinds_known(session: Session) -> Mapping[str, Text]:
    """Titles by kind, in their order: all but what people do with their own accounts."""
    known = known_events(session)
    told = (kind for kind, sight in known.sights.items() if _is_of_provider(kind, sight))
    return {kind: known.titles[kind] for kind in sorted(told)}


def kinds_offered(session: Session, actor: Actor) -> Mapping[str, Text]:
    """Those of them of which ``actor`` is told."""
    sights = known_events(session).sights
    reads_log = allows(actor, PanelFunction.AUDIT_READ)
    return {
        kind: title
        for kind, title in kinds_known(session).items()
        if reads_log or (sights[kind].functions and allows(actor, *sights[kind].functions))
    }


def kinds_chosen(session: Session, chosen: Collection[str]) -> Mapping[str, Text]:
    """Those that are told where these kinds, and these whole subjects, were chosen."""
    known = kinds_known(session)
    return {kind: title for kind, title in known.items() if is_chosen(kind, chosen)}


def _is_of_provider(kind: str, sight: Sight) -> bool:
    return not sight.themselves and not kind.startswith(OWN)
