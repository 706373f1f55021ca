"""What a reader is told of an event at once: no more than a page of theirs would show.

Each kind says who may know of it (``EventReader.sights``); here it is bounded by provider and
client, as every query is. What nobody has decided on is told nobody. Pure, but for
``surroundings``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.accounts.people.staff_models import staff_provider
from billing_panel.kernel.extension.hooks import EventReader, Sight
from billing_panel.kernel.values.actor import Actor
from billing_panel.live.log_reader import LoggedEvent
from permissions.guard import allows
from permissions.panel_functions import PanelFunction

News = Mapping[str, object]


@dataclass(frozen=True)
class Surroundings:
    """What decides about some events besides themselves.

    ``keys`` of providers by id; ids of the providers of each client, and of each member of staff.
    """

    keys: Mapping[int, str] = field(default_factory=dict)
    of_clients: Mapping[int, frozenset[int]] = field(default_factory=dict)
    of_staff: Mapping[int, frozenset[int]] = field(default_factory=dict)


def all_sights(readers: Iterable[EventReader]) -> Mapping[str, Sight]:
    """Who is told at once, for every kind of event."""
    return {kind: sight for reader in readers for kind, sight in reader.sights.items()}


def surroundings(session: Session, entries: Sequence[LoggedEvent]) -> Surroundings:
    """Look up, for all of ``entries`` at once, what decides who is told."""
    keys = {row.id: row.key for row in session.execute(select(Provider.id, Provider.key))}
    clients = {one.client_id for one in entries if one.provider_id is None and one.client_id}
    staff = {one.subject_id for one in entries if one.subject_kind == "staff"}
    of_clients, of_staff = Membership.client_id, staff_provider.c.staff_id
    return Surroundings(
        keys,
        _providers(session, of_clients, Membership.provider_id, clients),
        _providers(session, of_staff, staff_provider.c.provider_id, staff),
    )


def _providers(
    session: Session,
    whose: ColumnElement[int] | InstrumentedAttribute[int],
    provider: ColumnElement[int] | InstrumentedAttribute[int],
    ids: Collection[int],
) -> Mapping[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(select(whose, provider).where(whose.in_(ids))) if ids else ()
    for one, provider_id in rows:
        found[one].add(provider_id)
    return {one: frozenset(providers) for one, providers in found.items()}


class Judge:
    """Decides what ``actor`` is told of events; their functions are looked up once for each kind.

    ``in_person``: False for someone else who sees the panel as they do. A token with functions of
    its own is somebody else, too: what concerns its owner's account is none of its business.
    """

    def __init__(
        self, actor: Actor, sights: Mapping[str, Sight], *, in_person: bool = True
    ) -> None:
        self._actor = actor
        self._in_person = in_person and not actor.narrowed
        self._sights = sights
        self._held: dict[str, bool] = {}
        self._reads_log = actor.client_id is None and allows(actor, PanelFunction.AUDIT_READ)

    def news(self, entry: LoggedEvent, around: Surroundings) -> News | None:
        """What they are sent about ``entry``; None: nothing, not even that it exists."""
        kind = self._told(entry, around)
        if kind is None:
            return None
        return {
            "id": entry.id,
            "kind": kind,
            "subject": {"kind": entry.subject_kind, "id": entry.subject_id},
            "client": entry.client_id,
            "provider": around.keys.get(entry.provider_id or 0),
            "by_me": entry.user_id is not None and entry.user_id == self._actor.user_id,
        }

    def _told(self, entry: LoggedEvent, around: Surroundings) -> str | None:
        """As which kind."""
        sight = self._sights.get(entry.kind)
        if sight is None:
            return None
        if self._actor.client_id is not None:
            return self._told_client(entry, sight)
        if self._is_theirs(entry, sight) or self._is_in_log(entry):
            return entry.kind
        within = self._holds(entry.kind, sight) and self._is_in_scope(entry, around)
        return entry.kind if within else None

    def _told_client(self, entry: LoggedEvent, sight: Sight) -> str | None:
        if self._is_theirs(entry, sight):
            return entry.kind
        own = sight.clients and entry.client_id == self._actor.client_id
        return (sight.told_as or entry.kind) if own and self._holds(entry.kind, sight) else None

    def _is_theirs(self, entry: LoggedEvent, sight: Sight) -> bool:
        subject = (entry.subject_kind, entry.subject_id)
        return self._in_person and sight.themselves and subject == ("user", self._actor.user_id)

    def _is_in_log(self, entry: LoggedEvent) -> bool:
        """As ``audit.event_queries`` has it."""
        own = self._actor.provider_ids
        return self._reads_log and (own is None or entry.provider_id in own)

    def _is_in_scope(self, entry: LoggedEvent, around: Surroundings) -> bool:
        """As ``accounts.access.scope`` has it; what is of no provider is of the whole house."""
        own = self._actor.provider_ids
        if own is None:
            return True
        if entry.provider_id is not None:
            return entry.provider_id in own
        if entry.client_id is not None:
            return not own.isdisjoint(around.of_clients.get(entry.client_id, ()))
        if entry.subject_kind == "staff":
            return not own.isdisjoint(around.of_staff.get(entry.subject_id, ()))
        return True

    def _holds(self, kind: str, sight: Sight) -> bool:
        if kind not in self._held:
            functions = [str(name) for name in sight.functions]
            self._held[kind] = bool(functions) and allows(self._actor, *functions)
        return self._held[kind]
