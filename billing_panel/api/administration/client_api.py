"""The API of clients: adding and changing them, and the terms between them and providers."""

from billing_panel.accounts.access.scope import find_client, find_provider, seen_memberships
from billing_panel.accounts.people.client_models import Membership
from billing_panel.administration.clients.change_client import change_client, create_client
from billing_panel.administration.clients.change_client_terms import (
    change_membership,
    join_provider,
)
from billing_panel.administration.clients.client_details import (
    GUARDED,
    client_details,
    hidden_terms,
    membership_details,
)
from billing_panel.administration.clients.client_owner_to_invite import user_to_invite
from billing_panel.api.account_answers import (
    ClientAnswer,
    TermsAnswer,
    client_answer,
    terms_answer,
)
from billing_panel.api.administration.client_bodies import (
    NOBODY,
    ChangeClientBody,
    JoinBody,
    NewClientBody,
    TermsBody,
)
from billing_panel.api.administration.details_bodies import WRONG_AMOUNT
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.setup.seen_details import on_state
from billing_panel.api.setup.sign_in_link_answers import LinkBody, SignInLinkAnswer, link_answer
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from permissions.guard import require
from permissions.panel_functions import PanelFunction

CLIENT = "/clients/<bigid:client_id>"
ERASED = {409: ("client_erased",)}
SHARED = {403: ("shared_client",), **ERASED}

api = Api("panel_client_api", "Clients")


@api.post(
    "/clients",
    PanelFunction.CLIENT_CREATE,
    status=201,
    example={
        "provider": "nordvik",
        "login": "new.client",
        "name": "Example OOD",
        "kind": "company",
        "country": "BG",
        "vat_number": "BG204512345",
        "email": "office@example.com",
        "accounting_emails": ["accounts@example.com"],
        "address": "22 Oborishte St",
        "post_code": "1504",
        "city": "Sofia",
        "language": "bg",
    },
)
def post_client(call: Call[NewClientBody]) -> ClientAnswer:
    """Adds a client of a provider, with their next account number.

    Their owner can't sign in before they have a link.
    """
    made = create_client(
        call.session,
        call.body.details(NOBODY),
        provider=call.body.provider,
        actor=call.actor,
        clock=call.panel.clock,
    )
    return _client(call, made.id)


@api.patch(
    CLIENT,
    PanelFunction.CLIENT_CHANGE,
    example={"phone": "+359 2 000 000", "city": "Sofia"},
    errors=SHARED,
)
def patch_client(call: Call[ChangeClientBody], client_id: int) -> ClientAnswer:
    """Changes who a client is: their name, requisites, contacts and addresses."""
    client = find_client(call.session, call.actor, client_id=client_id)
    now = client_details(client)
    with on_state(call, now, lambda: _client(call, client_id)) as seen:
        change_client(
            call.session,
            client_id,
            call.body.details(now),
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _client(call, client_id)


@api.post(
    f"{CLIENT}/providers",
    PanelFunction.CLIENT_CREATE,
    status=201,
    example={"provider": "nordvik"},
    errors=ERASED,
)
def post_client_provider(call: Call[JoinBody], client_id: int) -> TermsAnswer:
    """Makes the client one of another provider too."""
    membership = join_provider(
        call.session, client_id, call.body.provider, actor=call.actor, clock=call.panel.clock
    )
    return terms_answer(membership, call.actor, call.language)


@api.patch(
    f"{CLIENT}/providers/<key>",
    *dict.fromkeys(GUARDED.values()),
    example={"group": "vip", "credit_limit": "250.00"},
    errors={**ERASED, 422: ("below_floor", *WRONG_AMOUNT[422])},
)
def patch_terms(call: Call[TermsBody], client_id: int, key: str) -> TermsAnswer:
    """Changes the terms between a client and a provider: group, credit limit, block.

    Each field that is sent requires its function, even where it says what there is already.
    """
    for name in call.body.sent():
        require(call.actor, GUARDED[name])
    membership = _membership(call, client_id, key)
    now, hidden = membership_details(membership), hidden_terms(call.actor)
    details = call.body.details(now, membership.provider.currency)
    with on_state(call, now, lambda: _terms(call, client_id, key), hidden=hidden) as seen:
        change_membership(
            call.session,
            client_id,
            key,
            details,
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _terms(call, client_id, key)


@api.post(
    f"{CLIENT}/sign-in-link",
    PanelFunction.CLIENT_INVITE,
    example={"mail": False},
    errors={**SHARED, 422: ("mail_not_set_up", "no_address")},
    tells_secret=True,
)
def post_client_link(call: Call[LinkBody], client_id: int) -> SignInLinkAnswer:
    """Makes a link by which the client's first owner chooses a password, or mails it to them."""
    user = user_to_invite(call.session, client_id, actor=call.actor, clock=call.panel.clock)
    return link_answer(call, user)


def _client(call: AnyCall, client_id: int) -> ClientAnswer:
    """Raises NotFound."""
    client = find_client(call.session, call.actor, client_id=client_id)
    return client_answer(client, call.actor, call.language)


def _terms(call: AnyCall, client_id: int, key: str) -> TermsAnswer:
    """Raises NotFound."""
    return terms_answer(_membership(call, client_id, key), call.actor, call.language)


def _membership(call: AnyCall, client_id: int, key: str) -> Membership:
    """Of a client and a provider in scope. Raises NotFound."""
    client = find_client(call.session, call.actor, client_id=client_id)
    find_provider(call.session, call.actor, key)
    there = seen_memberships(call.actor, client)
    found = next((one for one in there if one.provider.key == key), None)
    if found is None:
        raise NotFound(text("This client has no account with this provider."))
    return found
