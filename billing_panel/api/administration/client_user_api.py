"""The API of a client's users: adding, changing and disabling them, giving them sign-in links."""

from billing_panel.accounts.access.scope import find_client
from billing_panel.administration.clients.client_users import (
    CHANGING,
    INVITING,
    MANAGING,
    ClientUserDetails,
    change_client_user,
    client_user_details,
    client_user_to_invite,
    find_client_user,
    invite_client_user,
)
from billing_panel.api.account_answers import ClientUserAnswer, client_user_answer
from billing_panel.api.administration.client_bodies import ChangeClientUserBody, NewClientUserBody
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.setup.seen_details import on_state
from billing_panel.api.setup.sign_in_link_answers import LinkBody, SignInLinkAnswer, link_answer

USERS = "/clients/<bigid:client_id>/users"
USER = f"{USERS}/<bigid:user_id>"
REFUSED = ("shared_client", "cannot_grant")
ERASED = {409: ("client_erased",)}

api = Api("panel_client_user_api", "Clients")


@api.post(
    USERS,
    *INVITING,
    status=201,
    example={"login": "accounts.stoyanova", "role": "accountant", "email": "a@example.com"},
    errors={403: REFUSED, **ERASED},
)
def post_client_user(call: Call[NewClientUserBody], client_id: int) -> ClientUserAnswer:
    """Adds somebody who signs in for the client; they can't before they have a link."""
    client = find_client(call.session, call.actor, client_id=client_id)
    details = call.body.details(ClientUserDetails("", language=client.language))
    made = invite_client_user(
        call.session, client_id, details, actor=call.actor, clock=call.panel.clock
    )
    return client_user_answer(made)


@api.get(USER, *MANAGING)
def show_client_user(call: Call, client_id: int, user_id: int) -> ClientUserAnswer:
    """Shows somebody who signs in for the client."""
    return _shown(call, client_id, user_id)


@api.patch(
    USER,
    *CHANGING,
    example={"role": "buyer", "disabled": False},
    errors={403: (*REFUSED, "own_rights", "last_owner"), **ERASED},
)
def patch_client_user(
    call: Call[ChangeClientUserBody], client_id: int, user_id: int
) -> ClientUserAnswer:
    """Changes a user's role, language or address, or locks them out, which ends their tokens."""
    now = client_user_details(find_client_user(call.session, call.actor, client_id, user_id))
    with on_state(call, now, lambda: _shown(call, client_id, user_id)) as seen:
        change_client_user(
            call.session,
            client_id,
            user_id,
            call.body.details(now),
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _shown(call, client_id, user_id)


@api.post(
    f"{USER}/sign-in-link",
    *INVITING,
    example={"mail": True},
    errors={403: (*REFUSED, "own_rights"), **ERASED, 422: ("mail_not_set_up", "no_address")},
    tells_secret=True,
)
def post_client_user_link(call: Call[LinkBody], client_id: int, user_id: int) -> SignInLinkAnswer:
    """Makes a link by which a user of the client chooses a password, or mails it to them."""
    user = client_user_to_invite(
        call.session, client_id, user_id, actor=call.actor, clock=call.panel.clock
    )
    return link_answer(call, user)


def _shown(call: AnyCall, client_id: int, user_id: int) -> ClientUserAnswer:
    """Raises NotFound."""
    return client_user_answer(find_client_user(call.session, call.actor, client_id, user_id))
