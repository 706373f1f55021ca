"""Endpoints added, changed and deleted, and their secrets replaced."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.input.invisible_characters import tidy
from billing_panel.kernel.language.errors import FieldError, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.webhooks.endpoints.endpoint_log import log_endpoint
from plugins.webhooks.endpoints.endpoint_secrets import new_endpoint_secret
from plugins.webhooks.endpoints.event_kinds import kinds_known
from plugins.webhooks.endpoints.event_subjects import WHOLES, without_repeats
from plugins.webhooks.endpoints.receiver_address import BadReceiver, read_receiver
from plugins.webhooks.endpoints.switch_off_failing import end_waiting
from plugins.webhooks.functions import WebhooksFunction
from plugins.webhooks.store.find_endpoints import find_endpoint
from plugins.webhooks.store.models import (
    MAX_TITLE,
    Delivery,
    DeliveryAttempt,
    Endpoint,
    EndpointSecret,
    OffReason,
)
from plugins.webhooks.webhook_settings import WebhookSettings

# each event is judged and kept for each endpoint
MOST_ENDPOINTS = 20


@dataclass(frozen=True)
class EndpointDetails:
    """An endpoint as people type it; ``on``: it is delivered to.

    ``kinds`` of events, and whole subjects, such as ``orders.*``.
    """

    title: str
    url: str
    kinds: Sequence[str] = field(default_factory=list)
    on: bool = True


@dataclass(frozen=True)
class MadeEndpoint:
    """``secret``: told now, and never again."""

    endpoint_id: int
    secret: str


def endpoint_details(endpoint: Endpoint) -> EndpointDetails:
    """Read an endpoint as people type it."""
    on = endpoint.off_at is None
    return EndpointDetails(endpoint.title, endpoint.url, [*endpoint.kinds], on)


def create_endpoint(
    session: Session,
    provider: str,
    details: EndpointDetails,
    *,
    settings: WebhookSettings,
    actor: Actor,
    clock: Clock,
) -> MadeEndpoint:
    """Add an endpoint, which is told of what happens from now on.

    Raises FunctionNotHeld, NotFound, Invalid, Refused ``too_many_webhooks``.
    """
    require(actor, WebhooksFunction.CHANGE)
    of = find_provider(session, actor, provider)
    lock_row(session, of)
    _refuse_too_many(session, of.id)
    endpoint = Endpoint(provider_id=of.id, made_at=clock.now(), event_id=_newest_event(session))
    _write(session, endpoint, details, settings, actor, clock)
    secret = new_endpoint_secret(session, endpoint.id, settings.seal, at=clock.now())
    facts = {"title": endpoint.title, "url": endpoint.url, "kinds": endpoint.kinds}
    log_endpoint(session, "webhook.created", endpoint, facts, actor, clock)
    return MadeEndpoint(endpoint.id, secret)


def change_endpoint(
    session: Session,
    endpoint_id: int,
    details: EndpointDetails,
    *,
    seen: str | None = None,
    settings: WebhookSettings,
    actor: Actor,
    clock: Clock,
) -> Endpoint:
    """From now on it receives what ``actor`` may see, whoever saved it before.

    What happens while it is off is not delivered later. Raises FunctionNotHeld, NotFound, Invalid,
    Conflict ``changed_meanwhile``.
    """
    require(actor, WebhooksFunction.CHANGE)
    endpoint = find_endpoint(session, actor, endpoint_id)
    lock_row(session, endpoint)
    now, whose_sight = endpoint_details(endpoint), (endpoint.user_id, endpoint.functions)
    refuse_stale(now, seen)
    if details.on and not now.on:
        endpoint.event_id = _newest_event(session)
        endpoint.failing_since = None
    _write(session, endpoint, details, settings, actor, clock)
    changes = differences(now, endpoint_details(endpoint))
    if changes or whose_sight != (endpoint.user_id, endpoint.functions):
        log_endpoint(session, "webhook.changed", endpoint, {"changes": changes}, actor, clock)
    return endpoint


def delete_endpoint(session: Session, endpoint_id: int, *, actor: Actor, clock: Clock) -> None:
    """Delete an endpoint with all that was delivered. Raises FunctionNotHeld, NotFound."""
    require(actor, WebhooksFunction.CHANGE)
    endpoint = find_endpoint(session, actor, endpoint_id)
    lock_row(session, endpoint)
    facts = {"title": endpoint.title, "url": endpoint.url}
    log_endpoint(session, "webhook.deleted", endpoint, facts, actor, clock)
    own = select(Delivery.id).where(Delivery.endpoint_id == endpoint_id)
    session.execute(delete(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(own)))
    session.execute(delete(Delivery).where(Delivery.endpoint_id == endpoint_id))
    session.execute(delete(EndpointSecret).where(EndpointSecret.endpoint_id == endpoint_id))
    session.delete(endpoint)


def replace_secret(
    session: Session, endpoint_id: int, *, settings: WebhookSettings, actor: Actor, clock: Clock
) -> MadeEndpoint:
    """Make a new secret; for 24 hours the old one signs beside it.

    Raises FunctionNotHeld, NotFound.
    """
    require(actor, WebhooksFunction.CHANGE)
    endpoint = find_endpoint(session, actor, endpoint_id)
    lock_row(session, endpoint)
    secret = new_endpoint_secret(session, endpoint.id, settings.seal, at=clock.now())
    log_endpoint(session, "webhook.secret_replaced", endpoint, {}, actor, clock)
    return MadeEndpoint(endpoint.id, secret)


def _write(
    session: Session,
    endpoint: Endpoint,
    details: EndpointDetails,
    settings: WebhookSettings,
    actor: Actor,
    clock: Clock,
) -> None:
    validators.refuse_wrong(_wrong(session, details, settings))
    endpoint.title, endpoint.url = tidy(details.title), details.url.strip()
    endpoint.kinds = without_repeats(details.kinds)
    endpoint.user_id = session.get_one(User, actor.user_id).id
    # None: all that they hold at each moment; else those of the token by which they save it
    endpoint.functions = sorted(actor.functions) if actor.narrowed else None
    if details.on:
        endpoint.off_at = endpoint.off_reason = None
    elif endpoint.off_at is None:
        endpoint.off_at, endpoint.off_reason = clock.now(), OffReason.BY_HAND
    session.add(endpoint)
    session.flush()
    if not details.on:
        end_waiting(session, endpoint.id, at=clock.now())


def _wrong(
    session: Session, details: EndpointDetails, settings: WebhookSettings
) -> Iterator[FieldError]:
    yield from validators.filled("title", details.title, most=MAX_TITLE)
    yield from validators.printable("title", details.title)
    try:
        read_receiver(details.url.strip(), settings.allowed)
    except BadReceiver as error:
        yield FieldError("url", "bad_address", error.said)
    if not details.kinds:
        yield FieldError("kinds", "required", text("Choose at least one kind of event."))
    yield from validators.among("kinds", details.kinds, kinds_known(session).keys() | WHOLES)


def _newest_event(session: Session) -> int:
    return session.scalar(select(func.max(Event.id))) or 0


def _refuse_too_many(session: Session, provider_id: int) -> None:
    own = select(func.count()).select_from(Endpoint).where(Endpoint.provider_id == provider_id)
    if (session.scalar(own) or 0) >= MOST_ENDPOINTS:
        raise Refused(
            text(
                "A provider can have at most %(most)s webhooks; delete one first.",
                most=MOST_ENDPOINTS,
            ),
            code="too_many_webhooks",
        )
