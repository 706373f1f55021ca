"""The API of webhooks: endpoints, and their secrets."""

from typing import Annotated

from pydantic import Field

from billing_panel.api.answer_models import Answer, Key, Moment, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_place
from billing_panel.api.request_bodies import MAX_NAMES, Body, Name, NoBody
from billing_panel.kernel.language.text import say
from plugins.webhooks.endpoints.change_endpoint import (
    EndpointDetails,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    endpoint_details,
    replace_secret,
)
from plugins.webhooks.endpoints.endpoint_secrets import secrets_of
from plugins.webhooks.endpoints.event_kinds import kinds_offered
from plugins.webhooks.endpoints.event_subjects import subject_of
from plugins.webhooks.functions import WebhooksFunction
from plugins.webhooks.store.find_endpoints import endpoints, find_endpoint, saved_by
from plugins.webhooks.store.models import MAX_TITLE, MAX_URL, Endpoint, OffReason
from plugins.webhooks.webhook_settings import webhook_settings

api = Api("webhook_api", "Webhooks")
EXAMPLE = "https://crm.example.com/hooks"
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"  # noqa: S105 (of the standard's own examples)

Kinds = Annotated[list[Name], Field(max_length=MAX_NAMES)]


class WebhookBody(Body):
    """``kinds`` of events, or whole subjects, such as ``orders.*``: at least one."""

    provider: Name
    title: Annotated[str, Field(max_length=MAX_TITLE)]
    url: Annotated[str, Field(max_length=MAX_URL)]
    kinds: Kinds
    on: bool = True


class WebhookChanges(Body):
    """What is left out stays as it is."""

    title: Annotated[str, Field(max_length=MAX_TITLE)] | None = None
    url: Annotated[str, Field(max_length=MAX_URL)] | None = None
    kinds: Kinds | None = None
    on: bool | None = None


class SecretAnswer(Answer):
    """A secret by its dates alone. ``good_until`` null: it is the newest."""

    made_at: Moment
    good_until: Moment | None


class WebhookAnswer(Answer):
    """Where a provider's events are posted, with the rights of ``saved_by``, a login.

    ``saved_by`` empty: somebody who works for other providers alone, and is not named.

    ``off_reason``: ``by_hand``, ``failing`` (nothing has arrived for five days), ``gone`` (410), or
    ``person`` (who saved it may not look after webhooks any more).
    """

    id: int
    provider: Key
    title: str = Field(examples=["CRM"])
    url: str = Field(examples=[EXAMPLE])
    kinds: list[str] = Field(examples=[["order.placed", "order.moved"]])
    on: bool
    off_at: Moment | None
    off_reason: OffReason | None
    failing_since: Moment | None
    made_at: Moment
    saved_by: str = Field(examples=["maria"])
    secrets: list[SecretAnswer]


class NewSecretAnswer(Answer):
    """``secret`` is told in this answer alone."""

    secret: str = Field(examples=[SECRET])
    webhook: WebhookAnswer


class KindAnswer(Answer):
    """A kind of event that can be chosen, alone or with its ``subject``, as ``orders.*``."""

    kind: str = Field(examples=["order.placed"])
    subject: str = Field(examples=["orders"])
    title: str = Field(examples=["Order placed"])


@api.get("/webhooks", WebhooksFunction.READ, WebhooksFunction.CHANGE)
def list_webhooks(call: Call[NoBody, PageQuery]) -> PageAnswer[WebhookAnswer]:
    """Lists the webhooks of the providers in scope."""
    found, cursor = page_by_place(call.query, endpoints(call.session, call.actor))
    return PageAnswer(items=[webhook_answer(call, one) for one in found], next_cursor=cursor)


@api.get("/webhooks/kinds", WebhooksFunction.READ, WebhooksFunction.CHANGE)
def list_kinds(call: Call[NoBody, PageQuery]) -> PageAnswer[KindAnswer]:
    """Lists the kinds of events that a webhook of the caller’s would be told."""
    offered = [*kinds_offered(call.session, call.actor).items()]
    page, cursor = page_by_place(call.query, offered)
    items = [
        KindAnswer(kind=kind, subject=subject_of(kind).key, title=say(title, call.language))
        for kind, title in page
    ]
    return PageAnswer(items=items, next_cursor=cursor)


@api.post(
    "/webhooks",
    WebhooksFunction.CHANGE,
    status=201,
    example={"provider": "nordvik", "title": "CRM", "url": EXAMPLE, "kinds": ["order.placed"]},
    errors={422: ("too_many_webhooks",)},
    tells_secret=True,
)
def add_webhook(call: Call[WebhookBody]) -> NewSecretAnswer:
    """Adds a webhook, which is told of what happens from now on; tells its secret, once."""
    body = call.body
    made = create_endpoint(
        call.session,
        body.provider,
        EndpointDetails(body.title, body.url, body.kinds, body.on),
        settings=webhook_settings(call.panel.config),
        actor=call.actor,
        clock=call.panel.clock,
    )
    return _told(call, made.endpoint_id, made.secret)


@api.get("/webhooks/<bigid:endpoint_id>", WebhooksFunction.READ, WebhooksFunction.CHANGE)
def show_webhook(call: Call, endpoint_id: int) -> WebhookAnswer:
    """Shows a webhook."""
    return webhook_answer(call, find_endpoint(call.session, call.actor, endpoint_id))


@api.patch("/webhooks/<bigid:endpoint_id>", WebhooksFunction.CHANGE, example={"on": False})
def alter_webhook(call: Call[WebhookChanges], endpoint_id: int) -> WebhookAnswer:
    """Changes a webhook; from now on it is told what the caller may see.

    What happens while it is off is not delivered later.
    """
    body = call.body
    now = endpoint_details(find_endpoint(call.session, call.actor, endpoint_id))
    changed = change_endpoint(
        call.session,
        endpoint_id,
        EndpointDetails(
            title=now.title if body.title is None else body.title,
            url=now.url if body.url is None else body.url,
            kinds=now.kinds if body.kinds is None else body.kinds,
            on=now.on if body.on is None else body.on,
        ),
        settings=webhook_settings(call.panel.config),
        actor=call.actor,
        clock=call.panel.clock,
    )
    return webhook_answer(call, changed)


@api.delete("/webhooks/<bigid:endpoint_id>", WebhooksFunction.CHANGE)
def remove_webhook(call: Call, endpoint_id: int) -> WebhookAnswer:
    """Deletes a webhook, with what was delivered; answers with it as it was."""
    before = webhook_answer(call, find_endpoint(call.session, call.actor, endpoint_id))
    delete_endpoint(call.session, endpoint_id, actor=call.actor, clock=call.panel.clock)
    return before


@api.post(
    "/webhooks/<bigid:endpoint_id>/secret",
    WebhooksFunction.CHANGE,
    status=201,
    example={},
    tells_secret=True,
)
def renew_secret(call: Call, endpoint_id: int) -> NewSecretAnswer:
    """Replaces the secret; for 24 hours the old one signs beside it."""
    made = replace_secret(
        call.session,
        endpoint_id,
        settings=webhook_settings(call.panel.config),
        actor=call.actor,
        clock=call.panel.clock,
    )
    return _told(call, endpoint_id, made.secret)


def _told(call: AnyCall, endpoint_id: int, secret: str) -> NewSecretAnswer:
    endpoint = find_endpoint(call.session, call.actor, endpoint_id)
    return NewSecretAnswer(secret=secret, webhook=webhook_answer(call, endpoint))


def webhook_answer(call: AnyCall, endpoint: Endpoint) -> WebhookAnswer:
    """Answer with an endpoint, without its secrets."""
    good = secrets_of(call.session, endpoint.id, at=call.panel.clock.now())
    return WebhookAnswer(
        id=endpoint.id,
        provider=endpoint.provider.key,
        title=endpoint.title,
        url=endpoint.url,
        kinds=endpoint.kinds,
        on=endpoint.off_at is None,
        off_at=endpoint.off_at,
        off_reason=endpoint.off_reason,
        failing_since=endpoint.failing_since,
        made_at=endpoint.made_at,
        saved_by=saved_by(call.session, endpoint, call.actor).login,
        secrets=[SecretAnswer(made_at=one.made_at, good_until=one.good_until) for one in good],
    )
