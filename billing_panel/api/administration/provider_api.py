"""The API of providers' settings: adding and changing them, and their pictures."""

from collections.abc import Collection
from typing import TypedDict

from flask import Response

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Logo
from billing_panel.administration.providers.change_provider import change_provider, create_provider
from billing_panel.administration.providers.logos import Picture, Png, set_picture
from billing_panel.administration.providers.provider_details import (
    ProviderDetails,
    provider_details,
)
from billing_panel.api.administration.details_bodies import WRONG_AMOUNT
from billing_panel.api.administration.provider_bodies import (
    PICTURE,
    ChangeProviderBody,
    NewProviderBody,
    PictureBody,
    ProviderSettingsAnswer,
    settings_answer,
)
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.setup.seen_details import on_state
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.mail_settings import mail_is_set_up
from permissions.panel_functions import PanelFunction

PROVIDER = "/providers/<key>"
ONE_PICTURE = f"{PROVIDER}/pictures/<picture>"
BLANK = ProviderDetails(key="", name="", legal_name="", country="", address="", currency="")

api = Api("panel_provider_api", "Providers")


class _Settings(TypedDict):
    """What the installation allows: its payment systems, and whether it sends e-mails."""

    gateways: Collection[str]
    mails: bool


@api.post(
    "/providers",
    PanelFunction.PROVIDER_CREATE,
    status=201,
    example={
        "key": "example",
        "name": "Example",
        "legal_name": "Example OOD",
        "country": "BG",
        "vat_number": "BG204512345",
        "address": "1 Main St",
        "city": "Sofia",
        "currency": "EUR",
        "timezone": "Europe/Sofia",
        "tax_rates": [{"tax_class": "standard", "since": "2026-01-01", "percent": "20"}],
        "payment_methods": [{"kind": "bank_transfer"}, {"kind": "cash", "staff_may_take": True}],
    },
    errors=WRONG_AMOUNT,
)
def post_provider(call: Call[NewProviderBody]) -> ProviderSettingsAnswer:
    """Adds a provider. Whoever adds one works for it."""
    provider = create_provider(
        call.session,
        call.body.details(BLANK),
        actor=call.actor,
        clock=call.panel.clock,
        **_settings(call),
    )
    return settings_answer(provider)


@api.get(PROVIDER, PanelFunction.PROVIDER_CHANGE)
def show_provider(call: Call, key: str) -> ProviderSettingsAnswer:
    """Shows everything that is set for a provider."""
    return _shown(call, key)


@api.patch(
    PROVIDER,
    PanelFunction.PROVIDER_CHANGE,
    example={"phone": "+359 2 000 000", "clients_may_order": False},
    errors=WRONG_AMOUNT,
)
def patch_provider(call: Call[ChangeProviderBody], key: str) -> ProviderSettingsAnswer:
    """Changes what is set for a provider: its legal details, taxes, documents, ways to pay.

    Key, currency and whether prices include tax can't be changed. A list that is sent stands in for
    the whole of the one there was; what orders or tariffs stand on can't be left out of it.
    """
    now = provider_details(find_provider(call.session, call.actor, key))
    with on_state(call, now, lambda: _shown(call, key)) as seen:
        change_provider(
            call.session,
            key,
            call.body.details(now),
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
            **_settings(call),
        )
    return _shown(call, key)


@api.get(f"{ONE_PICTURE}.png", PanelFunction.PROVIDER_CHANGE, media="image/png")
def show_picture(call: Call, key: str, picture: str) -> Response:
    """Answers with a picture that stands on the provider's documents; 404 where there is none."""
    digest = getattr(find_provider(call.session, call.actor, key), _picture(picture).value)
    kept = call.session.get(Logo, digest) if digest else None
    if kept is None:
        raise NotFound(text("This provider has no such picture."))
    return Response(kept.png, content_type="image/png")


@api.put(ONE_PICTURE, PanelFunction.PROVIDER_CHANGE, example={"picture": PICTURE})
def put_picture(call: Call[PictureBody], key: str, picture: str) -> ProviderSettingsAnswer:
    """Puts a logo, a signature or a stamp on the provider's documents from now on."""
    return _set(call, key, picture, call.body.png)


@api.delete(ONE_PICTURE, PanelFunction.PROVIDER_CHANGE)
def delete_picture(call: Call, key: str, picture: str) -> ProviderSettingsAnswer:
    """Takes a picture away. Documents that were issued with it stay as they are."""
    return _set(call, key, picture, None)


def _picture(name: str) -> Picture:
    """Raises NotFound."""
    if name not in {one.value for one in Picture}:
        raise NotFound(text("Use logo, signature or stamp."))
    return Picture(name)


def _set(call: AnyCall, key: str, picture: str, png: Png | None) -> ProviderSettingsAnswer:
    which, clock = _picture(picture), call.panel.clock
    set_picture(call.session, key, which, png, actor=call.actor, clock=clock)
    return _shown(call, key)


def _shown(call: AnyCall, key: str) -> ProviderSettingsAnswer:
    """Raises NotFound."""
    return settings_answer(find_provider(call.session, call.actor, key))


def _settings(call: AnyCall) -> _Settings:
    return {
        "gateways": call.panel.gateways.keys(),
        "mails": mail_is_set_up(call.panel.config),
    }
